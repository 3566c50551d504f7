import { Alert, Anchor, Button, Group, Paper, Progress, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, dataOf } from '../../api/client.ts'
import type { paths } from '../../api/schema.d.ts'
import { EvidenceList } from '../../shared/evidence.tsx'
import { Problem } from '../../shared/problem.tsx'
import { dateTime, number } from '../../text/format.ts'
import { State } from '../review/inbox.tsx'
import { Values } from '../review/incidents.tsx'
import { ReasonDialog } from '../review/reason-dialog.tsx'
import { t as review } from '../review/text.ts'
import { t } from './text.ts'

type Drawn =
  paths['/api/v1/exams/{examId}/dismissals/{dismissalId}']['get']['responses'][200]['content']['application/json']
type Item = Drawn['sample'][number]
type Opened = paths['/api/v1/reviews/{sessionId}/incidents/{eventId}/open']['post']['responses'][200]['content']['application/json']

interface Props {
  readonly drawn: Drawn
  onChanged (): Promise<void>
  onEnd (): void
}

/** The sample that must be opened, and the dismissal of all that was selected. */
export function Sample ({ drawn, onChanged, onEnd }: Props) {
  const { id: dismissalId, examId, title, belowMs, count, sample, state, dismissed, isMine } = drawn
  const [isAsked, setIsAsked] = useState(false)
  const [needed, opened] = [sample.length, sample.filter(({ isOpened }) => isOpened).length]
  const isStopped = state === 'drawn' && sample.some(({ state }) => state === 'confirmed')
  const n = number(count)
  return (
    <Stack align='stretch'>
      <Text>
        {belowMs === null
          ? t('selected', { title, n })
          : t('selectedBelow', { title, n, seconds: number(belowMs / 1000, 1) })}
      </Text>
      {state === 'done' && <Alert variant='outline' role='status'>{t('dismissDone', { n: number(dismissed) })}</Alert>}
      {isStopped && <Alert variant='outline' color='orange' role='status'>{t('stopped')}</Alert>}
      {!isMine && <Alert variant='outline' color='blue' role='status'>{t('notMine')}</Alert>}
      {state !== 'done' && isMine && !isStopped && (
        <>
          <Text role='status'>{t('opened', { opened: number(opened), needed: number(needed) })}</Text>
          <Progress.Root>
            <Progress.Section value={opened / Math.max(1, needed) * 100} aria-label={t('sample')} />
          </Progress.Root>
        </>
      )}
      <Stack component='section' aria-label={t('sample')} gap='sm'>
        <Title order={2}>{t('sample')}</Title>
        {sample.map(item => <Incident key={item.eventId} item={item} onOpened={onChanged} />)}
      </Stack>
      <Group>
        {state !== 'done' && isMine && !isStopped && (
          <Button disabled={opened < needed} onClick={() => setIsAsked(true)}>{t('dismissAll', { n })}</Button>
        )}
        <Button variant='default' onClick={onEnd}>{t('another')}</Button>
      </Group>
      {isAsked && (
        <ReasonDialog
          title={t('dismissAllTitle', { n })} what={t('dismissAllWhat')} action={t('dismissAll', { n })}
          onConfirm={async reason => {
            await api.POST('/api/v1/exams/{examId}/dismissals/{dismissalId}/dismiss', {
              params: { path: { examId, dismissalId } }, body: { reason }
            })
            await onChanged()
          }}
          onClose={() => setIsAsked(false)}
        />
      )}
    </Stack>
  )
}

/** One incident of the sample. It counts as opened when its evidence was, where some is stored. */
function Incident ({ item, onOpened }: { readonly item: Item, onOpened (): Promise<void> }) {
  const { eventId, sessionId, userName, startedAtMs, state, isOpened } = item
  const [answer, setAnswer] = useState<Opened>()
  const [error, setError] = useState<Error>()
  const name = userName ?? t('someone')
  const open = () => {
    setError(undefined)
    dataOf(api.POST('/api/v1/reviews/{sessionId}/incidents/{eventId}/open', { params: { path: { sessionId, eventId } } }))
      .then(async opened => {
        setAnswer(opened)
        await onOpened()
      })
      .catch((error: Error) => setError(error))
  }
  return (
    <Paper withBorder p='md' bg='var(--card)' component='article' aria-label={`${name}, ${dateTime(startedAtMs)}`}>
      <Stack gap='xs'>
        <Group gap='xs'>
          <Text fw={600}>{name}</Text>
          <Text>{dateTime(startedAtMs)}</Text>
          <State text={isOpened && state === 'open' ? t('isOpened') : review(`incident.${state}`)} />
        </Group>
        {error !== undefined && <Problem error={error} />}
        {answer !== undefined && (
          <>
            <Values detail={answer.why} />
            {answer.incident.evidence.length === 0
              ? <Text size='sm'>{review('noPicture')}</Text>
              : (
                <EvidenceList
                  evidence={answer.incident.evidence} onOpened={() => { onOpened().catch(() => {}) }}
                />
                )}
          </>
        )}
        <Group>
          {answer === undefined && <Button size='xs' variant='default' onClick={open}>{t('openIt')}</Button>}
          <Anchor component={Link} size='sm' href={`/review/${sessionId}?incident=${eventId}`}>{t('inSession')}</Anchor>
        </Group>
      </Stack>
    </Paper>
  )
}
