import { SegmentedControl } from '@mantine/core'
import { useState, type KeyboardEvent, type PointerEvent } from 'react'
import { clockTime } from '../text/format.ts'
import classes from './console.module.css'
import type { Finding } from './logic/incidents.ts'
import { marksOf, neighbor, stretchOf, ZOOMS_MS, type Lane, type Milestone } from './logic/timeline.ts'
import type { Candidate } from './logic/room.ts'
import { t } from './text.ts'

interface Props {
  readonly candidate: Candidate
  readonly nowMs: number
  /** The moment that is looked at; undefined: now. */
  readonly atMs: number | undefined
  onMove (atMs: number | undefined): void
}

const LANES: readonly Lane[] = ['integrity', 'milestone', 'technical']
const STEP_MS = 10_000
const FINE_STEP_MS = 1_000

/** The timeline of a session that runs. */
export function Timeline ({ candidate, ...props }: Props) {
  const startedAtMs = Date.parse(candidate.session.startedAt)
  return (
    <Lanes
      findings={candidate.findings} milestones={milestonesOf(candidate, startedAtMs)} startedAtMs={startedAtMs}
      firstZoomMs={600_000} {...props}
    />
  )
}

interface LanesProps extends Omit<Props, 'candidate'> {
  readonly findings: readonly Finding[]
  readonly milestones: readonly Milestone[]
  readonly startedAtMs: number
  /** The stretch that is shown first; undefined: all. */
  readonly firstZoomMs: number | undefined
  /** What readers of screens say of a moment; absent: its time. */
  valueText? (atMs: number): string
}

/** The whole session or its last minutes in three lanes, with a playhead. `nowMs` is the end of one that is over. */
export function Lanes ({
  findings, milestones, startedAtMs, firstZoomMs, nowMs, atMs, onMove, valueText = clockTime
}: LanesProps) {
  const [zoomMs, setZoomMs] = useState<number | undefined>(firstZoomMs)
  const stretch = stretchOf(zoomMs, startedAtMs, nowMs)
  const marks = marksOf(findings, milestones, stretch)
  const lengthMs = Math.max(1, stretch.toMs - stretch.fromMs)
  const clamp = (ms: number): number | undefined => ms >= nowMs - 500 ? undefined : Math.max(startedAtMs, ms)

  const onKey = (event: KeyboardEvent) => {
    const step = event.shiftKey ? FINE_STEP_MS : STEP_MS
    const from = atMs ?? nowMs
    const next = {
      ArrowLeft: () => clamp(from - step),
      ArrowRight: () => clamp(from + step),
      Home: () => startedAtMs,
      End: () => undefined,
      '[': () => neighbor(findings, from, -1)?.startMs ?? atMs,
      ']': () => neighbor(findings, from, 1)?.startMs
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    onMove(next())
  }
  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === 'pointermove' && event.buttons !== 1) return
    const { left, width } = event.currentTarget.getBoundingClientRect()
    onMove(clamp(stretch.fromMs + ((event.clientX - left) / width) * lengthMs))
  }
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - stretch.fromMs) / lengthMs))

  return (
    <div className={classes['timeline']}>
      <div className={classes['timelineTop']}>
        <h3 className={classes['heading']}>{t('timeline')}</h3>
        <SegmentedControl
          size='xs' aria-label={t('zoom')} value={String(zoomMs ?? 'all')}
          onChange={value => setZoomMs(value === 'all' ? undefined : Number(value))}
          data={ZOOMS_MS.map(ms => ({ value: String(ms ?? 'all'), label: t(`zoom.${ms ?? 'all'}`) }))}
        />
      </div>
      <div
        className={classes['lanes']} role='slider' tabIndex={0} aria-label={t('timeline')} title={t('timelineHelp')}
        aria-valuemin={startedAtMs} aria-valuemax={Math.round(nowMs)} aria-valuenow={Math.round(atMs ?? nowMs)}
        aria-valuetext={valueText(atMs ?? nowMs)}
        onKeyDown={onKey} onPointerDown={onPointer} onPointerMove={onPointer}
      >
        {LANES.map(lane => (
          <div key={lane} className={classes['lane']} data-lane={lane}>
            {marks.filter(mark => mark.lane === lane).map(({ id, left, width, severity, text, startMs }) => (
              <span
                key={id} data-severity={severity} title={`${clockTime(startMs)} ${text}`}
                style={{ left: `${left * 100}%`, width: `max(3px, ${width * 100}%)` }}
              />
            ))}
          </div>
        ))}
        <span className={classes['playhead']} style={{ left: `${share(atMs ?? nowMs) * 100}%` }} />
      </div>
      <div className={classes['timelineEnds']}>
        <span>{clockTime(stretch.fromMs)}</span>
        <span>{t('lane.integrity')} · {t('lane.milestone')} · {t('lane.technical')}</span>
        <span>{clockTime(stretch.toMs)}</span>
      </div>
    </div>
  )
}

/** Steps of a session that are no incidents. */
function milestonesOf ({ thread, events, acknowledgements }: Candidate, startedAtMs: number): Milestone[] {
  return [
    { id: 'begun', atMs: startedAtMs, text: t('begun') },
    ...thread.map(({ id, createdAt, kind, text }) => ({
      id, atMs: Date.parse(createdAt), text: `${t(`kind.${kind}`)}${text === '' ? '' : `: ${text}`}`
    })),
    ...events.filter(({ kind, phase }) => kind === 'paused' && phase !== 'end').map(({ id, time, event }) => ({
      id: `${id} paused`, atMs: Date.parse(time), text: event
    })),
    ...[...acknowledgements.values()].filter(({ state }) => state === 'flagged').map(({ eventId, at, by }) => ({
      id: `${eventId} flag`, atMs: Date.parse(at), text: t('ack.flagged', { name: by.name ?? t('someone') })
    }))
  ]
}
