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
  /** Integrity incidents that nothing explains. */
  readonly falseIncidents: readonly Incident[]
  /** Others of the kinds `technical` and `information`, which weigh nothing. */
  readonly unexplained: readonly Incident[]
}

/** A cut between two shots is sharper than life: windows of the judge reach this far over it. */
const SLACK_MS = 2500

/** The incidents of a session's events; `toldMs` is parallel to the events. */
export function incidentsOf (events: readonly ProctorEvent[], toldMs: readonly number[], endMs: number): Incident[] {
  const incidents = new Map<number, Incident>()
  events.forEach(({ kind, phase, atMs, incident }, index) => {
    const known = incidents.get(incident)
    if (phase === 'end' && known !== undefined) incidents.set(incident, { ...known, endMs: atMs })
    else if (phase !== 'end') incidents.set(incident, { kind, atMs, toldMs: toldMs[index]!, endMs: phase === 'instant' ? atMs : endMs })
  })
  return [...incidents.values()]
}

/** Holds incidents against the truth: a stretch is found by an incident of its kind that lies in it or reaches into it. */
export function match (truths: readonly Truth[], incidents: readonly Incident[]): Matched {
  const found: Found[] = []
  const missed: Truth[] = []
  for (const truth of truths) {
    if (truth.expect === 'may') continue
    const hit = incidents.find(incident => incident.kind === truth.kind && touches(truth, incident) && incident.toldMs >= truth.startMs)
    if (hit === undefined) missed.push(truth)
    else found.push({ truth, delayMs: Math.max(0, hit.toldMs - truth.startMs) })
  }
  const unexplained = incidents.filter(incident => !truths.some(truth => truth.kind === incident.kind && touches(truth, incident)))
  return {
    found,
    missed,
    falseIncidents: unexplained.filter(incident => isCounted(incident)),
    unexplained: unexplained.filter(incident => !isCounted(incident))
  }
}

function isCounted ({ kind }: Incident): boolean {
  return RULES[kind].class === 'integrity'
}

function touches (truth: Truth, incident: Incident): boolean {
  return incident.atMs <= truth.endMs + SLACK_MS && incident.endMs >= truth.startMs - SLACK_MS
}
