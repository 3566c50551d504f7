import type { Admission } from '../live/load/admission.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { Counters } from '../counters.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { by, counter, gauge, type Reading } from './reading.ts'

/** Groups of current values, exported as gauges. All other groups are totals since the process started. */
const STATES: ReadonlySet<string> = new Set(['sockets'] satisfies Array<keyof Counters>)

/** Exports every close code from the start with 0: Prometheus sees no increase in a series that begins at 1. */
const NO_CLOSES: ReadonlyMap<number, number> = new Map(Object.values(CLOSE).map(code => [code, 0]))

/**
 * Exports all of `Counters`, so that a new counter needs no code here. `frames.received` becomes
 * `invigil_frames_received_total`; a record within a group has one sample for each member, a map one for each code.
 */
export function countersOf (counters: Counters): Reading[] {
  return Object.entries(counters).flatMap(([group, counts]: [string, Group]) => {
    if (counts instanceof Map) {
      return [
        counter(
          `invigil_${snake(group)}_total`,
          by('code', group === 'closes' ? new Map([...NO_CLOSES, ...counts]) : counts)
        )
      ]
    }
    if (STATES.has(group)) {
      return [gauge(`invigil_${snake(group)}`, by('kind', counts as Readonly<Record<string, number>>))]
    }
    return Object.entries(counts).map(([name, count]) =>
      counter(
        `invigil_${snake(group)}_${snake(name)}_total`,
        typeof count === 'number' ? count : by(name === 'dropped' ? 'cause' : 'kind', count)
      )
    )
  })
}

type Group = ReadonlyMap<string | number, number> | Readonly<Record<string, number | Readonly<Record<string, number>>>>

/** Open sessions, events that wait for the database, and whether Redis is reachable. */
export function statesOf ({
  sessionsOpen,
  writer,
  cluster
}: Pick<LiveGateway, 'sessionsOpen' | 'writer' | 'cluster'>): Reading[] {
  return [
    gauge('invigil_sessions_open', sessionsOpen),
    gauge('invigil_events_waiting', writer.waiting),
    ...(cluster.isShared ? [gauge('invigil_redis_up', cluster.isUp ? 1 : 0)] : [])
  ]
}

/** Whether new sessions may begin here, and how many were refused. */
export function admissionReadings (admission: Pick<Admission, 'state' | 'refused'>): Reading[] {
  const { admitting, draining } = admission.state()
  return [
    gauge('invigil_admitting', admitting ? 1 : 0),
    gauge('invigil_draining', draining ? 1 : 0),
    counter('invigil_sessions_refused_total', by('cause', admission.refused))
  ]
}

function snake (name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
