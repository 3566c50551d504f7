/** The timeline of a session: three lanes of marks over a stretch of time. */
import { gradeOf } from './attention.ts'
import type { Finding } from './incidents.ts'

export type Lane = 'integrity' | 'milestone' | 'technical'

export interface Milestone {
  readonly id: string
  readonly atMs: number
  readonly text: string
}

export interface Mark {
  readonly id: string
  readonly lane: Lane
  readonly text: string
  readonly severity: Finding['severity']
  readonly startMs: number
  readonly endMs: number | undefined
  /** Place and width as shares of the stretch. */
  readonly left: number
  readonly width: number
}

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/** Stretches that a proctor chooses from; `all` begins with the session. */
export const ZOOMS_MS = [60_000, 600_000, undefined] as const

export function stretchOf (zoomMs: number | undefined, startedAtMs: number, nowMs: number): Stretch {
  const toMs = Math.max(nowMs, startedAtMs + 1)
  return { fromMs: zoomMs === undefined ? startedAtMs : Math.max(startedAtMs, toMs - zoomMs), toMs }
}

/** Marks that are at least partly within the stretch, in the order of time. */
export function marksOf (
  findings: readonly Finding[],
  milestones: readonly Milestone[],
  { fromMs, toMs }: Stretch
): Mark[] {
  const lengthMs = Math.max(1, toMs - fromMs)
  const share = (ms: number): number => Math.min(1, Math.max(0, (ms - fromMs) / lengthMs))
  const place = (startMs: number, endMs: number): Pick<Mark, 'left' | 'width'> => ({
    left: share(startMs),
    width: share(endMs) - share(startMs)
  })
  const marks: Mark[] = []
  for (const { id, class: kind, severity, text, startMs, endMs } of findings) {
    if (startMs > toMs || (endMs ?? toMs) < fromMs) continue
    marks.push({
      id,
      lane: kind === 'integrity' || kind === 'information' ? 'integrity' : 'technical',
      text,
      severity,
      startMs,
      endMs,
      ...place(startMs, endMs ?? toMs)
    })
  }
  for (const { id, atMs, text } of milestones) {
    if (atMs < fromMs || atMs > toMs) continue
    marks.push({ id, lane: 'milestone', text, severity: 'info', startMs: atMs, endMs: atMs, ...place(atMs, atMs) })
  }
  return marks.sort((a, b) => a.startMs - b.startMs)
}

/** The finding after (1) or before (-1) a moment that a proctor should look at. */
export function neighbor (findings: readonly Finding[], atMs: number, step: 1 | -1): Finding | undefined {
  const worth = findings.filter(finding => gradeOf(finding) !== 'none')
  return step === 1
    ? worth.find(({ startMs }) => startMs > atMs)
    : worth.filter(({ startMs }) => startMs < atMs).at(-1)
}
