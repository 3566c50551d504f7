import type { EventKind } from '../../detection/types.ts'
import { quantile } from '../numbers.ts'
import type { Incident, Matched, Truth } from './match.ts'
import type { SessionSet } from './play.ts'

/** The result of one session, compared with its truth. */
export interface SessionResult extends Matched {
  readonly name: string
  readonly set: SessionSet
  /** Groups of people that the candidate belongs to; absent in results of older runs. */
  readonly groups?: readonly string[]
  readonly durationMs: number
  readonly frames: number
  /** Number of honest stretches that could be mistaken for an incident. */
  readonly honest: number
}

export interface KindFigures {
  readonly kind: EventKind
  readonly expected: number
  readonly found: number
  readonly delayMedianMs: number
  readonly delayP95Ms: number
}

export interface Figures {
  readonly sessions: number
  readonly hours: number
  readonly expected: number
  readonly found: number
  /** 0..1. */
  readonly recall: number
  /** Incidents beyond the first in a stretch. */
  readonly repeated: number
  readonly falseIncidents: number
  readonly falsePerHour: number
  /** Upper bound of the rate with 95 % confidence (Poisson). */
  readonly falsePerHourMax: number
  readonly honest: number
  readonly delayMedianMs: number
  readonly delayP95Ms: number
  readonly kinds: readonly KindFigures[]
  readonly falseKinds: readonly FalseFigures[]
}

/** False integrity incidents of one kind. */
export interface FalseFigures {
  readonly kind: EventKind
  readonly count: number
  readonly perHour: number
  /** Poisson's 95 % interval of the rate. */
  readonly perHourLow: number
  readonly perHourHigh: number
}

/** Adds up the figures of sessions. */
export function tally (results: readonly SessionResult[]): Figures {
  const found = results.flatMap(result => result.found)
  const missed = results.flatMap(result => result.missed)
  const hours = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 3_600_000
  const falseKindOf = results.flatMap(result => result.falseIncidents.map(({ kind }) => kind))
  const falseIncidents = falseKindOf.length
  const delays = found.map(({ delayMs }) => delayMs)
  const kinds = [...new Set([...found.map(({ truth }) => truth.kind), ...missed.map(({ kind }) => kind)])].sort()
  return {
    sessions: results.length,
    hours,
    expected: found.length + missed.length,
    found: found.length,
    recall: found.length / (found.length + missed.length),
    repeated: results.reduce((sum, result) => sum + result.repeated, 0),
    falseIncidents,
    falsePerHour: falseIncidents / hours,
    falsePerHourMax: poissonMax(falseIncidents) / hours,
    honest: results.reduce((sum, result) => sum + result.honest, 0),
    delayMedianMs: quantile(delays, 0.5),
    delayP95Ms: quantile(delays, 0.95),
    kinds: kinds.map(kind => {
      const own = found.filter(({ truth }) => truth.kind === kind).map(({ delayMs }) => delayMs)
      return {
        kind,
        expected: own.length + missed.filter(truth => truth.kind === kind).length,
        found: own.length,
        delayMedianMs: quantile(own, 0.5),
        delayP95Ms: quantile(own, 0.95)
      }
    }),
    falseKinds: [...new Set(falseKindOf)].sort().map(kind => {
      const count = falseKindOf.filter(other => other === kind).length
      return {
        kind,
        count,
        perHour: count / hours,
        perHourLow: poissonMin(count) / hours,
        perHourHigh: poissonMax(count, TAIL) / hours
      }
    })
  }
}

/** Each side of a 95 % interval. */
const TAIL = 0.025

/**
 * The mean above which seeing `count` or fewer has a chance below `chance`; 3.0 for none at 5 % ("rule of three").
 */
export function poissonMax (count: number, chance = 0.05): number {
  return crossing(count * 2 + 10, mean => chanceOfAtMost(count, mean) > chance)
}

/** The mean below which seeing `count` or more has a chance below `chance`. */
export function poissonMin (count: number, chance = TAIL): number {
  return count === 0 ? 0 : crossing(count, mean => 1 - chanceOfAtMost(count - 1, mean) < chance)
}

function chanceOfAtMost (count: number, mean: number): number {
  let term = Math.exp(-mean)
  let sum = term
  for (let k = 1; k <= count; k++) sum += term *= mean / k
  return sum
}

/** The mean between 0 and `high` up to which `isBelow` holds. */
function crossing (high: number, isBelow: (mean: number) => boolean): number {
  let low = 0
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return high
}

/** One line for each missed and each false incident of a session. */
export function faults ({ missed, falseIncidents }: Pick<SessionResult, 'missed' | 'falseIncidents'>): string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return [
    ...missed.map(
      ({ kind, what, startMs, endMs }: Truth) =>
        `missed \`${kind}\` at ${seconds(startMs)}–${seconds(endMs)} s (${what})`
    ),
    ...falseIncidents.map(
      ({ kind, atMs, endMs }: Incident) => `false \`${kind}\` at ${seconds(atMs)}–${seconds(endMs)} s`
    )
  ]
}
