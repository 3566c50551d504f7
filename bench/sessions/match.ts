import { RULES } from '../../detection/events/rules.ts'
import type { EventKind, ProctorEvent } from '../../detection/types.ts'

/** A true incident: an event of this kind must (or may) be raised in this stretch of the session. */
export interface Truth {
  readonly kind: EventKind
  readonly expect: 'must' | 'may'
  readonly startMs: number
  readonly endMs: number
  readonly what: string
}

/** One incident that the judge raised: it began at `atMs` and was raised at `raisedMs`. */
export interface Incident {
  readonly kind: EventKind
  readonly atMs: number
  readonly raisedMs: number
  readonly endMs: number
}

export interface Found {
  readonly truth: Truth
  /** From the beginning of the stretch to the moment at which the judge raised the event. */
  readonly delayMs: number
}

export interface Matched {
  readonly found: readonly Found[]
  readonly missed: readonly Truth[]
  /** Number of incidents beyond the first in a stretch; each of them counts in the scores. */
  readonly repeated: number
  /** Integrity incidents without a true incident of their kind. */
  readonly falseIncidents: readonly Incident[]
  /** The same for the classes that do not score. */
  readonly unexplained: readonly Incident[]
}

/** Events are dated back, and a cut between two shots is sharper than reality: an event may begin this much earlier. */
const SLACK_MS = 2500

/** The incidents of a session's events; `raisedMs` is parallel to the events. */
export function incidentsOf (events: readonly ProctorEvent[], raisedMs: readonly number[], endMs: number): Incident[] {
  const incidents = new Map<number, Incident>()
  events.forEach(({ kind, phase, atMs, incident }, index) => {
    const known = incidents.get(incident)
    if (phase === 'end' && known !== undefined) incidents.set(incident, { ...known, endMs: atMs })
    else if (phase !== 'end') {
      incidents.set(incident, { kind, atMs, raisedMs: raisedMs[index]!, endMs: phase === 'instant' ? atMs : endMs })
    }
  })
  return [...incidents.values()]
}

/**
 * Compares incidents with the truth. A true incident is found if an incident of its kind overlaps its stretch.
 */
export function match (truths: readonly Truth[], incidents: readonly Incident[]): Matched {
  const found: Found[] = []
  const missed: Truth[] = []
  let repeated = 0
  for (const truth of truths) {
    if (truth.expect === 'may') continue
    const hits = incidents.filter(
      incident => incident.kind === truth.kind && overlaps(truth, incident) && incident.raisedMs >= truth.startMs
    )
    const [hit] = hits
    if (hit === undefined) missed.push(truth)
    else found.push({ truth, delayMs: hit.raisedMs - truth.startMs })
    repeated += Math.max(0, hits.length - 1)
  }
  const unexplained = incidents.filter(
    incident => !truths.some(truth => truth.kind === incident.kind && isExplained(truth, incident))
  )
  return {
    found,
    missed,
    repeated,
    falseIncidents: unexplained.filter(incident => isCounted(incident)),
    unexplained: unexplained.filter(incident => !isCounted(incident))
  }
}

function isCounted ({ kind }: Incident): boolean {
  return RULES[kind].class === 'integrity'
}

/** Whether the incident overlaps the stretch. */
function overlaps ({ startMs, endMs }: Truth, incident: Incident): boolean {
  return incident.atMs <= endMs && incident.endMs >= startMs
}

/** Whether the stretch explains the incident. */
function isExplained (truth: Truth, incident: Incident): boolean {
  return overlaps({ ...truth, startMs: truth.startMs - SLACK_MS }, incident)
}
