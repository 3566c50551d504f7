import type { LogEntry } from '../live/protocol.ts'
import { clockTime, number } from '../text/format.ts'
import { t } from '../text/index.ts'

interface Props {
  readonly entries: ReadonlyArray<LogEntry & { readonly who?: string }>
  readonly empty: string
}

/** The colour class of an entry: technical troubles are never shown as if they were the candidate's doing. */
const tone = (entry: LogEntry) => entry.class === 'technical' ? 'technical' : entry.severity

/** Events, newest first; read out by a screen reader as they come. */
export function Log ({ entries, empty }: Props) {
  if (entries.length === 0) return <p className='quiet'>{empty}</p>
  return (
    <div className='log' role='log' tabIndex={0}>
      <ol>
        {entries.map(entry => (
          <li key={entry.id}>
            <time dateTime={entry.time}>{clockTime(entry.time)}</time>
            <span>{entry.who !== undefined && <b>{entry.who}: </b>}{entry.event}</span>
            <span className={`pill ${tone(entry)}`}>
              {entry.phase === 'end'
                ? t('lasted', { seconds: number((entry.durationMs ?? 0) / 1000) })
                : t(`tone.${tone(entry)}` as 'tone.low')}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
