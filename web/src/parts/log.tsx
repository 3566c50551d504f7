import type { LogEntry } from '../protocol.ts'
import { language, t } from '../text/index.ts'

interface Props {
  readonly entries: ReadonlyArray<LogEntry & { readonly who?: string }>
  readonly empty: string
}

const clock = new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const seconds = new Intl.NumberFormat(language(), { maximumFractionDigits: 0 })

/** The colour class of an entry: technical troubles are never shown as if they were the candidate's doing. */
const tone = (entry: LogEntry) => entry.class === 'technical' ? 'technical' : entry.severity

/** Events, newest first; read out by a screen reader as they come. */
export function Log ({ entries, empty }: Props) {
  if (entries.length === 0) return <p class='quiet'>{empty}</p>
  return (
    <div class='log' role='log' tabIndex={0}>
      <ol>
        {entries.map(entry => (
          <li key={entry.id}>
            <time dateTime={entry.time}>{clock.format(new Date(entry.time))}</time>
            <span>{entry.who !== undefined && <b>{entry.who}: </b>}{entry.event}</span>
            <span class={`pill ${tone(entry)}`}>
              {entry.phase === 'end'
                ? t('lasted', { seconds: seconds.format((entry.durationMs ?? 0) / 1000) })
                : t(`tone.${tone(entry)}` as 'tone.low')}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
