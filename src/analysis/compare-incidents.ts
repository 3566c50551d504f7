import type { FoundIncident, Recording } from '../../db/index.ts'
import { RULES } from '../../detection/events/rules.ts'
import { isKnown } from '../protocol/event-report.ts'

/** An incident of the session. */
export interface LiveIncident extends FoundIncident {
  readonly eventId: string
}

/**
 * Why the two may differ. `start`: the recording begins here, and what the rules had learned before is not known.
 * `gap`: pictures are missing near it. `end`: the recording ends here. `moments`: live, pictures were judged as the
 * workers had time, and here all of them.
 */
export type Because = 'start' | 'gap' | 'end' | 'moments'

export interface Comparison {
  /** The live incidents that were found again. */
  readonly again: ReadonlyArray<LiveIncident & { readonly foundAtMs: number }>
  readonly missing: ReadonlyArray<LiveIncident & { readonly because: Because }>
  readonly added: ReadonlyArray<FoundIncident & { readonly because: Because }>
  /** Live incidents that no picture or sound shows, such as those that the page reported. */
  readonly unseen: number
}

/** Incidents this near to each other are the same. */
const NEAR_MS = 5_000
/** The rules learn what is usual for a candidate in the first seconds. */
const START_MS = 15_000

/** What a recording showed again of the incidents that were noted live while it ran. */
export function compareIncidents (
  live: readonly LiveIncident[],
  found: readonly FoundIncident[],
  { startedAtMs, durationMs, gaps }: Pick<Recording, 'startedAtMs' | 'durationMs' | 'gaps'>
): Comparison {
  const endMs = startedAtMs + (durationMs ?? 0)
  const during = live.filter(({ atMs }) => atMs >= startedAtMs && atMs <= endMs)
  const judged = during.filter(({ kind }) => isKnown(kind) && ['frame', 'sound'].includes(RULES[kind].source))
  const left = new Set(found)
  const again: Array<Comparison['again'][number]> = []
  const missing: Array<Comparison['missing'][number]> = []
  for (const incident of judged) {
    const same = [...left]
      .filter(({ kind, atMs, endedAtMs }) =>
        kind === incident.kind &&
        atMs <= (incident.endedAtMs ?? incident.atMs) + NEAR_MS && (endedAtMs ?? atMs) >= incident.atMs - NEAR_MS)
      .sort((a, b) => Math.abs(a.atMs - incident.atMs) - Math.abs(b.atMs - incident.atMs))[0]
    if (same === undefined) missing.push({ ...incident, because: because(incident.atMs) })
    else again.push({ ...incident, foundAtMs: same.atMs })
    if (same !== undefined) left.delete(same)
  }

  function because (atMs: number): Because {
    const mediaMs = atMs - startedAtMs
    if (mediaMs < START_MS) return 'start'
    if (gaps.some(({ fromMs, toMs }) => mediaMs >= fromMs - NEAR_MS && mediaMs <= toMs + NEAR_MS)) return 'gap'
    return endMs - atMs < NEAR_MS ? 'end' : 'moments'
  }

  return {
    again,
    missing,
    added: [...left].map(incident => ({ ...incident, because: because(incident.atMs) })),
    unseen: during.length - judged.length
  }
}
