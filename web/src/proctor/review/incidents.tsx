import { Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'wouter'
import { api, dataOf } from '../../api/client.ts'
import { EvidenceList } from '../../shared/evidence.tsx'
import { clockTime, dateTime, duration, number } from '../../text/format.ts'
import { gradeOf } from '../logic/attention.ts'
import { measuresOf, type Finding } from '../logic/incidents.ts'
import { Mark } from '../mark.tsx'
import { measureWords } from '../measure-words.ts'
import { State } from './inbox.tsx'
import { Moments } from './moments.tsx'
import { ReasonDialog } from './reason-dialog.tsx'
import { t } from './text.ts'
import type { Part, Review } from './types.ts'

type Incident = Review['incidents'][number]
type Why = Readonly<Record<string, unknown>>

const findingOf = ({ eventId, kind, title, severity, startedAtMs, endedAtMs, weight }: Incident): Finding => ({
  id: eventId,
  kind,
  text: title,
  class: 'integrity',
  severity,
  startMs: startedAtMs,
  endMs: endedAtMs ?? startedAtMs,
  weight,
  detail: {}
})

/** The timeline and the incidents of a session; the selected one stands in the address. */
export function Incidents ({ file, isMine, run, runShown }: Part) {
  const { session, incidents } = file
  const [search, setSearch] = useSearchParams()
  const [why, setWhy] = useState<Readonly<Record<string, Why>>>({})
  const [asked, setAsked] = useState<{ readonly incident: Incident, readonly to: 'dismissed' | 'confirmed' }>()
  const selected = incidents.find(({ eventId }) => eventId === search.get('incident'))
  const isOpen = file.review.state !== 'decided' && isMine
  const findings = incidents.map(findingOf)

  const select = (incident: Incident | undefined) => {
    if (incident === undefined) return
    setSearch({ incident: incident.eventId }, { replace: true })
    document.getElementById(incident.eventId)?.focus()
  }
  const pathOf = ({ eventId }: Incident) => ({ params: { path: { sessionId: session.id, eventId } } })
  const open = (incident: Incident): void =>
    runShown(async () => {
      const opened = await dataOf(
        api.POST('/api/v1/reviews/{sessionId}/incidents/{eventId}/open', pathOf(incident))
      )
      setWhy(known => ({ ...known, [incident.eventId]: opened.why }))
    })
  const put = async (incident: Incident, state: 'under_review' | 'dismissed' | 'confirmed', reason = '') =>
    await api.PUT('/api/v1/reviews/{sessionId}/incidents/{eventId}', {
      ...pathOf(incident), body: { state, ...(reason !== '' && { reason }) }
    })

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, ctrlKey, metaKey, altKey } = event
      const isText = target instanceof HTMLElement && target.closest('input, textarea, select, [role=dialog]') !== null
      if (isText || ctrlKey || metaKey || altKey || asked !== undefined) return
      const at = selected === undefined ? -1 : incidents.indexOf(selected)
      const act = {
        j: () => select(incidents[at + 1]),
        k: () => select(incidents[Math.max(0, at - 1)]),
        o: () => { if (selected !== undefined) open(selected) },
        d: () => { if (selected !== undefined && canDismiss(selected)) setAsked({ incident: selected, to: 'dismissed' }) }
      }[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
  const canDismiss = ({ state }: Incident) => isOpen && (state === 'open' || state === 'under_review')

  return (
    <Stack component='section' aria-label={t('incidents')} gap='sm'>
      <Title order={2}>{t('incidents')}</Title>
      {incidents.length === 0 && <Text>{t('noIncidents')}</Text>}
      {incidents.length > 0 && (
        <>
          <Moments
            session={session} findings={findings} selected={findings.find(({ id }) => id === selected?.eventId)}
            onSelect={incident => setSearch({ incident }, { replace: true })}
          />
          <Text size='sm' c='dimmed'>{t('keys')}</Text>
        </>
      )}
      {incidents.map(incident => (
        <Paper
          key={incident.eventId} id={incident.eventId} tabIndex={-1} withBorder p='md' bg='var(--card)'
          component='article' aria-label={incident.title} aria-current={incident === selected}
          {...(incident === selected && { style: { outline: '2px solid var(--mantine-primary-color-filled)' } })}
          onClick={() => { if (incident !== selected) setSearch({ incident: incident.eventId }, { replace: true }) }}
        >
          <Stack gap='xs'>
            <Group gap='xs'>
              <Mark grade={gradeOf(findingOf(incident))} />
              <Text fw={600}>{incident.title}</Text>
              <State text={t(`incident.${incident.state}`)} />
            </Group>
            <Text size='sm'>
              {incident.endedAtMs === null
                ? clockTime(incident.startedAtMs)
                : t('lasted', {
                  from: clockTime(incident.startedAtMs), time: duration(incident.endedAtMs - incident.startedAtMs)
                })}
              {' · '}{t('weight', { weight: number(incident.weight, 2) })}
            </Text>
            {incident.reason !== null && <Text>{incident.reason}</Text>}
            {incident.by !== null && incident.atMs !== null && (
              <Text size='sm' c='dimmed'>
                {t(`by.${incident.state}`, { name: incident.by.name ?? t('someone'), time: dateTime(incident.atMs) })}
              </Text>
            )}
            {incident.state === 'confirmed' && incident.isWithoutEvidence && <Text>{t('withoutEvidence')}</Text>}
            {why[incident.eventId] !== undefined && <Values detail={why[incident.eventId]!} />}
            {why[incident.eventId] !== undefined && incident.evidence.length === 0 && (
              <Text size='sm'>{t('noPicture')}</Text>
            )}
            {why[incident.eventId] !== undefined && (
              <EvidenceList
                evidence={incident.evidence}
                onOpened={() => { if (!incident.isOpened) runShown(async () => {}) }}
              />
            )}
            <Group gap='xs'>
              {why[incident.eventId] === undefined && (
                <Button size='xs' variant='default' onClick={() => open(incident)}>{t('openIt')}</Button>
              )}
              {canDismiss(incident) && (
                <>
                  <Button size='xs' variant='default' onClick={() => setAsked({ incident, to: 'dismissed' })}>
                    {t('dismiss')}
                  </Button>
                  <Button
                    size='xs' disabled={!incident.isOpened || incident.state !== 'under_review'}
                    onClick={() => setAsked({ incident, to: 'confirmed' })}
                  >
                    {t('confirm')}
                  </Button>
                  {!incident.isOpened && <Text size='sm' c='dimmed'>{t('openFirst')}</Text>}
                </>
              )}
              {isOpen && (incident.state === 'dismissed' || incident.state === 'confirmed') && (
                <Button
                  size='xs' variant='default' onClick={() => runShown(() => put(incident, 'under_review'))}
                >
                  {t('reopen')}
                </Button>
              )}
            </Group>
          </Stack>
        </Paper>
      ))}
      {asked !== undefined && (
        <ReasonDialog
          title={t(asked.to === 'dismissed' ? 'dismissTitle' : 'confirmTitle')}
          what={t(asked.to === 'dismissed' ? 'dismissWhat' : 'confirmWhat')}
          action={t(asked.to === 'dismissed' ? 'dismiss' : 'confirm')}
          isOptional={asked.to === 'dismissed'}
          onConfirm={async reason => await run(() => put(asked.incident, asked.to, reason))}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Stack>
  )
}

/** The measured values of an incident and the limits they were judged by. */
export function Values ({ detail }: { readonly detail: Why }) {
  return (
    <Table captionSide='top' withRowBorders={false} verticalSpacing={2}>
      <Table.Caption ta='left'>{t('why')}</Table.Caption>
      <Table.Tbody>
        {measuresOf({ detail }, measureWords).map(({ name, value }) => (
          <Table.Tr key={name}>
            <Table.Th scope='row' w='40%' fw={400} c='dimmed'>{name}</Table.Th>
            <Table.Td>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
