/** What was noted while a recording ran, in media time. */

/** An event as `GET /sessions/:id/events` returns it. */
export interface NotedEvent {
  readonly id: string
  readonly event: string
  readonly time: string
  readonly phase: 'start' | 'end' | 'instant'
  readonly class: string
}

export interface Moment {
  readonly id: string
  readonly text: string
  /** Seconds from the start of the recording. */
  readonly atSeconds: number
}

/** The starts of incidents and technical faults within a recording, in order. */
export function momentsOf (events: readonly NotedEvent[], startedAtMs: number, durationMs: number): Moment[] {
  return events
    .filter(({ phase, class: kind }) => phase !== 'end' && kind !== 'information')
    .map(({ id, event, time }) => ({ id, text: event, atSeconds: (Date.parse(time) - startedAtMs) / 1000 }))
    .filter(({ atSeconds }) => atSeconds >= 0 && atSeconds * 1000 <= durationMs)
    .sort((a, b) => a.atSeconds - b.atSeconds)
}

/** A moment this near is where the reader is. */
const NEAR_SECONDS = 0.5

/** The moment before or after a place in the recording; one that is just there does not count. */
export function nextMoment (moments: readonly Moment[], atSeconds: number, direction: -1 | 1): Moment | undefined {
  return direction === 1
    ? moments.find(moment => moment.atSeconds > atSeconds + NEAR_SECONDS)
    : moments.filter(moment => moment.atSeconds < atSeconds - NEAR_SECONDS).at(-1)
}
