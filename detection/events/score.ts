import type { EventKind, ProctorEvent } from '../types.ts'
import { DEFAULT_POLICY, type RiskLimits } from './policy.ts'

/** The fields of an event that count: all three scores come from these alone, so that they can be recomputed. */
export type ScoredEvent = Pick<ProctorEvent, 'phase' | 'atMs' | 'incident' | 'class' | 'weight'> & {
  readonly kind: string
}

/**
 * While one of these lasts, there is no picture to judge the candidate by. `camera_off` is not among them: it is
 * what the page says.
 */
const UNSEEN: readonly string[] = [
  'watch_gap',
  'camera_blocked',
  'camera_upside_down',
  'too_dark',
  'frame_frozen',
  'no_frames',
  'connection_lost'
] satisfies EventKind[]
const GAP = 'watch_gap' satisfies EventKind

export type RiskLevel = 'Low' | 'Medium' | 'High'

/** A stretch of time, from `startMs` up to but not including `endMs`. */
export interface Interval {
  readonly startMs: number
  readonly endMs: number
}

export interface Scores {
  readonly riskScore: number
  readonly riskLevel: RiskLevel
  /** 0..100, an integer. Null, as the next: not enough was seen to say. */
  readonly trustScore: number | null
  /** Percent, one decimal. */
  readonly complianceScore: number | null
  /** Percent of the open time, one decimal; null: no time was open, or the exam has `watching: none`. */
  readonly seenPercent: number | null
}

export interface ScoringOptions {
  readonly riskLimits: RiskLimits
  readonly seenPercentMin: number
  /** False: there are no gaps among the events, because none were looked for. */
  readonly isWatched: boolean
}

/** The sum of the weights of the integrity incidents; each counts once, when it starts. */
export function riskScore (events: readonly ScoredEvent[]): number {
  let sum = 0
  for (const event of events) {
    if (event.class === 'integrity' && event.phase !== 'end') sum += event.weight
  }
  return Math.round(sum * 1000) / 1000
}

export function riskLevel (score: number, limits: RiskLimits = DEFAULT_POLICY.riskLimits): RiskLevel {
  if (score < limits.medium) return 'Low'
  return score < limits.high ? 'Medium' : 'High'
}

/** 100 without risk, half of it at a risk of 10. */
export function trustScore (risk: number): number {
  return Math.round(100 / (1 + risk / 10))
}

/**
 * Percent of the monitored time in which no integrity event was active. `monitored` leaves pauses out; time without a
 * picture is taken out here. An incident without an end lasts to the end of the monitored time. Without any monitored
 * time: 100.
 */
export function complianceScore (events: readonly ScoredEvent[], monitored: readonly Interval[]): number {
  const time = union(monitored)
  const endMs = time.at(-1)?.endMs ?? 0
  const seen = subtract(time, union(active(events, event => UNSEEN.includes(event.kind), endMs)))
  const total = length(seen)
  if (total === 0) return 100
  const clean = length(subtract(seen, union(active(events, event => event.class === 'integrity', endMs))))
  return Math.round(clean / total * 1000) / 10
}

/**
 * Percent of the open time in which no gap was open; null without any. `open` leaves pauses out. A gap without an end
 * lasts to the end of that time.
 */
function seenPercent (events: readonly ScoredEvent[], open: readonly Interval[]): number | null {
  const time = union(open)
  const total = length(time)
  if (total === 0) return null
  const seen = length(subtract(time, union(active(events, event => event.kind === GAP, time.at(-1)!.endMs))))
  return Math.round(seen / total * 1000) / 10
}

/** All four figures and the level of one session. */
export function scoreSession (
  events: readonly ScoredEvent[],
  monitored: readonly Interval[],
  options: Partial<ScoringOptions> = {}
): Scores {
  const { riskLimits, seenPercentMin, isWatched } = { ...DEFAULT_POLICY, isWatched: true, ...options }
  const risk = riskScore(events)
  const seen = isWatched ? seenPercent(events, monitored) : null
  const isEnough = seen === null || (seen > 0 && seen >= seenPercentMin)
  return {
    riskScore: risk,
    riskLevel: riskLevel(risk, riskLimits),
    trustScore: isEnough ? trustScore(risk) : null,
    complianceScore: isEnough ? complianceScore(events, monitored) : null,
    seenPercent: seen
  }
}

/** The stretches in which such incidents were open. */
function active (events: readonly ScoredEvent[], isSuch: (event: ScoredEvent) => boolean, untilMs: number): Interval[] {
  const intervals = new Map<number, { startMs: number, endMs: number }>()
  for (const event of events) {
    if (!isSuch(event) || event.phase === 'instant') continue
    const known = intervals.get(event.incident) ?? { startMs: -Infinity, endMs: untilMs }
    intervals.set(
      event.incident,
      event.phase === 'start' ? { ...known, startMs: event.atMs } : { ...known, endMs: event.atMs }
    )
  }
  return [...intervals.values()]
}

/** Sorted, disjoint, without empty ones. */
function union (intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(({ startMs, endMs }) => endMs > startMs).sort((a, b) => a.startMs - b.startMs)
  const joined: { startMs: number, endMs: number }[] = []
  for (const { startMs, endMs } of sorted) {
    const last = joined.at(-1)
    if (last !== undefined && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs)
    else joined.push({ startMs, endMs })
  }
  return joined
}

/** What of `from` lies in none of `holes`; both sorted and disjoint. */
function subtract (from: readonly Interval[], holes: readonly Interval[]): Interval[] {
  const rest: Interval[] = []
  let next = 0
  for (const { startMs, endMs } of from) {
    let atMs = startMs
    while (next < holes.length && holes[next]!.endMs <= startMs) next++
    for (let index = next; index < holes.length && holes[index]!.startMs < endMs; index++) {
      const hole = holes[index]!
      if (hole.startMs > atMs) rest.push({ startMs: atMs, endMs: hole.startMs })
      atMs = Math.max(atMs, hole.endMs)
    }
    if (atMs < endMs) rest.push({ startMs: atMs, endMs })
  }
  return rest
}

function length (intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
}
