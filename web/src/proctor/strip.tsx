import type { LogEntry } from '../live/protocol.ts'
import { t } from '../text/index.ts'

interface Props {
  /** Newest first, as kept on the wall. */
  readonly log: readonly LogEntry[]
  readonly nowMs: number
  readonly spanMs: number
}

const COLOURS = { info: 'var(--quiet)', low: 'var(--low)', medium: 'var(--medium)', high: 'var(--high)' } as const

/**
 * The last minutes as a picture: one bar an incident, as long as it lasted; technical troubles run along the bottom.
 */
export function Strip ({ log, nowMs, spanMs }: Props) {
  const fromMs = nowMs - spanMs
  const ends = new Set<string>()
  const bars = log.flatMap((entry) => {
    const atMs = Date.parse(entry.time)
    const key = `${entry.kind}`
    if (entry.phase === 'end') {
      ends.add(key)
      return [{ entry, startMs: atMs - (entry.durationMs ?? 0), endMs: atMs }]
    }
    // Newest first: a start whose end was just met is drawn already.
    if (entry.phase === 'start' && ends.delete(key)) return []
    return [{ entry, startMs: atMs, endMs: entry.phase === 'start' ? nowMs : atMs }]
  }).filter(bar => bar.endMs >= fromMs)
  const x = (ms: number) => 100 * Math.max(0, Math.min(1, (ms - fromMs) / spanMs))
  return (
    <svg
      className='strip'
      viewBox='0 0 100 10'
      preserveAspectRatio='none'
      role='img'
      aria-label={t('stripLabel', { count: bars.length })}
    >
      {bars.map(({ entry, startMs, endMs }) => (
        <rect
          key={`${entry.kind}${startMs}`} x={x(startMs)} width={Math.max(0.8, x(endMs) - x(startMs))}
          y={entry.class === 'technical' ? 7.5 : 1} height={entry.class === 'technical' ? 2 : 6}
          fill={entry.class === 'technical' ? 'var(--technical)' : COLOURS[entry.severity]}
        ><title>{entry.event}</title>
        </rect>
      ))}
    </svg>
  )
}
