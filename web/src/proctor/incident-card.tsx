import { Button, Group } from '@mantine/core'
import { clockTime, duration } from '../text/format.ts'
import classes from './console.module.css'
import type { ConsoleActions } from './console-actions.ts'
import { gradeOf } from './logic/attention.ts'
import { mainFinding, measuresOf, type Finding, type Incident } from './logic/incidents.ts'
import { sample } from './logic/pictures.ts'
import type { Candidate } from './logic/room.ts'
import { Mark } from './mark.tsx'
import { measureWords } from './measure-words.ts'
import { t } from './text.ts'

interface Props {
  readonly candidate: Candidate
  readonly incident: Incident
  readonly nowMs: number
  readonly isSelected: boolean
  readonly actions: ConsoleActions
  onSelect (atMs: number): void
}

const PICTURES = 6

/** What overlaps in time, as one card: the worst of it gives the words, the measured values the reason. */
export function IncidentCard ({ candidate, incident, nowMs, isSelected, actions, onSelect }: Props) {
  const { session: { sessionId, name }, acknowledgements, pictures } = candidate
  const main = mainFinding(incident)
  const grade = gradeOf(main)
  const isOpen = incident.endMs === undefined
  const lengthMs = (incident.endMs ?? nowMs) - incident.startMs
  const shots = sample(pictures, incident.startMs, incident.endMs ?? nowMs, PICTURES)
  const waiting = incident.findings.filter(({ id }) => !acknowledgements.has(id))
  const said = incident.findings.flatMap(({ id }) => acknowledgements.get(id) ?? []).at(-1)
  const acknowledge = (state: 'seen' | 'not_relevant') => {
    for (const { id } of incident.findings) actions.acknowledge(sessionId, id, state)
  }
  return (
    <li className={classes['card']} data-grade={grade} data-open={isOpen || undefined} data-selected={isSelected || undefined}>
      <button type='button' className={classes['cardTop']} onClick={() => onSelect(incident.startMs)}>
        <Mark grade={grade} />
        <b>{main.text}</b>
        <span className={classes['grade']}>{t(`grade.${grade}`)}</span>
        <span className={classes['itemSince']}>
          {clockTime(incident.startMs)} ·{' '}
          {isOpen
            ? t('still', { time: duration(lengthMs) })
            : lengthMs >= 1000 && t('lasted', { time: duration(lengthMs) })}
        </span>
      </button>
      {incident.findings.length > 1 && (
        <p className={classes['fine']}>
          {[...new Set(incident.findings.filter(({ id }) => id !== main.id).map(({ text }) => text))].join(' · ')}
        </p>
      )}
      {shots.length > 0 && (
        <div className={classes['shots']} role='img' aria-label={t('picture', { name })}>
          {shots.map(shot => <img key={shot.atMs} src={`data:image/jpeg;base64,${shot.data}`} alt='' />)}
        </div>
      )}
      <Why findings={incident.findings} />
      {said !== undefined && (
        <p className={classes['fine']}>
          {t(`ack.${said.state}`, { name: said.by.name ?? t('someone') })}{said.note !== null && `: ${said.note}`}
        </p>
      )}
      {grade !== 'none' && (
        <Group gap={6}>
          {waiting.length > 0 && (
            <Button size='compact-sm' variant='default' onClick={() => acknowledge('seen')}>{t('seen')}</Button>
          )}
          <Button size='compact-sm' variant='default' onClick={() => actions.warn(sessionId)}>
            {t(main.class === 'technical' ? 'messageShort' : 'warn')}
          </Button>
          {said?.state !== 'flagged' && (
            <Button size='compact-sm' variant='default' onClick={() => actions.flag(sessionId, main.id)}>{t('flag')}</Button>
          )}
          {said?.state !== 'not_relevant' && (
            <Button size='compact-sm' variant='default' onClick={() => acknowledge('not_relevant')}>
              {t('notRelevant')}
            </Button>
          )}
        </Group>
      )}
    </li>
  )
}

/** The measured values of each finding, beside the limits of its rule. */
function Why ({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <details className={classes['why']}>
      <summary>{t('why')}</summary>
      {findings.map(finding => {
        const measures = measuresOf(finding, measureWords)
        return (
          <div key={finding.id}>
            {findings.length > 1 && <b>{finding.text}</b>}
            {measures.length === 0
              ? <p>{t('whyNone')}</p>
              : (
                <table>
                  <tbody>
                    {measures.map(({ name, value }) => (
                      <tr key={name}><th scope='row'>{name}</th><td>{value}</td></tr>
                    ))}
                  </tbody>
                </table>
                )}
          </div>
        )
      })}
    </details>
  )
}
