import { RULES } from '../../detection/events/rules.ts'
import type { EventKind, ProctorEvent } from '../../detection/types.ts'

/** What is true of a stretch: an incident of this kind must (or may) be raised in it. */
export interface Truth {
  readonly kind: EventKind
  readonly expect: 'must' | 'may'
  readonly startMs: number
  readonly endMs: number
  readonly what: string
}

/** One incident as the judge told it; `toldMs` is when, `atMs` since when. */
export interface Incident {
  readonly kind: EventKind
  readonly atMs: number
  readonly toldMs: number
  readonly endMs: number
}

export interface Found {
  readonly truth: Truth
  /** From the beginning of the stretch to the moment at which the judge told it. */
  readonly delayMs: number
}

export interface Matched {
  readonly found: readonly Found[]
  readonly missed: readonly Truth[]
  /** How many more incidents than one were told of a stretch: each counts in the scores again. */
  readonly repeated: number
  /** Integrity incidents that nothing explains. */
  readonly falseIncidents: readonly Incident[]
  /** Others of the kinds `technical` and `information`, which weigh nothing. */
  readonly unexplained: readonly Incident[]
}

/** A cut between two shots is sharper than life: what is dated back may begin so much before it. */
const SLACK_MS = 2500

/** The incidents of a session's events; `toldMs` is parallel to the events. */
export function incidentsOf (events: readonly ProctorEvent[], toldMs: readonly number[], endMs: number): Incident[] {
  const incidents = new Map<number, Incident>()
  events.forEach(({ kind, phase, atMs, incident }, index) => {
    const known = incidents.get(incident)
    if (phase === 'end' && known !== undefined) incidents.set(incident, { ...known, endMs: atMs })
    else if (phase !== 'end') {
      incidents.set(incident, { kind, atMs, toldMs: toldMs[index]!, endMs: phase === 'instant' ? atMs : endMs })
    }
  })
  return [...incidents.values()]
}

/**
 * Holds incidents against the truth: a stretch is found by an incident of its kind that lies in it or reaches into it.
 */
export function match (truths: readonly Truth[], incidents: readonly Incident[]): Matched {
  const found: Found[] = []
  const missed: Truth[] = []
  let repeated = 0
  for (const truth of truths) {
    if (truth.expect === 'may') continue
    const hits = incidents.filter(
      incident => incident.kind === truth.kind && lies(truth, incident) && incident.toldMs >= truth.startMs
    )
    const [hit] = hits
    if (hit === undefined) missed.push(truth)
    else found.push({ truth, delayMs: hit.toldMs - truth.startMs })
    repeated += Math.max(0, hits.length - 1)
  }
  const unexplained = incidents.filter(
    incident => !truths.some(truth => truth.kind === incident.kind && touches(truth, incident))
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

/** Whether the incident lies in the stretch, or reaches into it. */
function lies ({ startMs, endMs }: Truth, incident: Incident): boolean {
  return incident.atMs <= endMs && incident.endMs >= startMs
}

/** Whether the stretch explains the incident. */
function touches (truth: Truth, incident: Incident): boolean {
  return lies({ ...truth, startMs: truth.startMs - SLACK_MS }, incident)
}
