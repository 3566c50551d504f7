/** How much a candidate needs a proctor now, and the order of the queue. */
import type { Finding } from './incidents.ts'

/** How a finding counts; `blind`: the candidate is not seen. */
export type Grade = 'serious' | 'notable' | 'minor' | 'blind' | 'none'

const GRADE_POINTS: Readonly<Record<Grade, number>> = { serious: 100, notable: 40, minor: 10, blind: 30, none: 0 }
const FRESH_POINTS = 10
/** Points of a finding that is over halve in so long. */
export const HALF_LIFE_MS = 180_000
/** An open finding counts up to four times after so long. */
const LASTING_MS = 60_000
const LASTING_MAX = 3
const HAND_POINTS = 200
const CALL_POINTS = 150
/** After so much more of the same a finding that was seen counts again. */
export const SEEN_AGAIN_MS = 60_000

export function gradeOf ({ class: kind, severity }: Pick<Finding, 'class' | 'severity'>): Grade {
  if (kind === 'coverage') return 'blind'
  if (kind === 'technical') return severity === 'info' ? 'none' : 'blind'
  if (kind === 'information') return 'none'
  return severity === 'high' ? 'serious' : severity === 'medium' ? 'notable' : severity === 'low' ? 'minor' : 'none'
}

export interface Acknowledged {
  readonly state: 'seen' | 'flagged' | 'not_relevant'
  readonly atMs: number
}

export interface AttentionInput {
  readonly findings: readonly Finding[]
  /** By the id of the finding. */
  readonly acknowledged: ReadonlyMap<string, Acknowledged>
  readonly handRaised: boolean
  /** Also for a break that is asked for and for messages that nobody has seen: a person waits for an answer. */
  readonly isAsking: boolean
  readonly isCalled: boolean
  /** Of a session that runs, and whose candidate is not connected. */
  readonly isLineLost: boolean
}

/** Whether a finding still wants a look at `nowMs`. */
export function isUnseen (finding: Finding, acknowledged: Acknowledged | undefined, nowMs: number): boolean {
  if (acknowledged === undefined) return true
  if (acknowledged.state === 'not_relevant') return false
  return (finding.endMs ?? nowMs) - acknowledged.atMs >= SEEN_AGAIN_MS
}

/** The attention of a candidate at `nowMs`; 0: nothing to look at. */
export function attentionOf (input: AttentionInput, nowMs: number): number {
  let open = 0
  let fresh = 0
  for (const finding of input.findings) {
    const points = GRADE_POINTS[gradeOf(finding)]
    if (points === 0 || !isUnseen(finding, input.acknowledged.get(finding.id), nowMs)) continue
    if (finding.endMs === undefined) {
      const seconds = Math.max(0, nowMs - finding.startMs)
      open = Math.max(open, points * (1 + Math.min(seconds / LASTING_MS, LASTING_MAX)))
    } else {
      fresh += finding.weight * FRESH_POINTS * 0.5 ** (Math.max(0, nowMs - finding.endMs) / HALF_LIFE_MS)
    }
  }
  if (input.isLineLost) open = Math.max(open, GRADE_POINTS.blind)
  return (
    open +
    fresh +
    (input.handRaised || input.isAsking ? HAND_POINTS : 0) +
    (input.isCalled ? CALL_POINTS : 0)
  )
}

/** Below it a candidate is not in the queue. */
export const QUEUE_MIN = 1
/** Two neighbors change places only at a greater difference. */
const SWAP_SHARE = 0.2

/**
 * The queue with new scores: those who remain keep their order as long as they differ by less than a fifth; new ones
 * are put where their score belongs. Sessions below `QUEUE_MIN` leave.
 */
export function orderQueue (before: readonly string[], scores: ReadonlyMap<string, number>): string[] {
  const score = (id: string): number => scores.get(id) ?? 0
  const queue = before.filter(id => score(id) >= QUEUE_MIN)
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (let at = 1; at < queue.length; at++) {
      const [upper, lower] = [queue[at - 1]!, queue[at]!]
      if (score(lower) <= score(upper) * (1 + SWAP_SHARE)) continue
      queue[at - 1] = lower
      queue[at] = upper
      isChanged = true
    }
  }
  const known = new Set(queue)
  const fresh = [...scores.keys()].filter(id => !known.has(id) && score(id) >= QUEUE_MIN)
  for (const id of fresh.sort((a, b) => score(b) - score(a))) {
    const place = queue.findIndex(other => score(other) < score(id))
    queue.splice(place === -1 ? queue.length : place, 0, id)
  }
  return queue
}

/** Sessions that belong into the queue and are not in it: it stands still while a proctor uses it. */
export const newIn = (queue: readonly string[], scores: ReadonlyMap<string, number>): number => {
  const known = new Set(queue)
  return [...scores].filter(([id, score]) => score >= QUEUE_MIN && !known.has(id)).length
}
