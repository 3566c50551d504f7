import { rememberLooks } from '../../detection/events/object-evidence.ts'
import { rememberSightings, withoutAnimals } from '../../detection/events/sightings.ts'
import { UNKNOWN_WEIGHT } from '../../detection/events/policy.ts'
import { riskLevel, riskScore } from '../../detection/events/score.ts'
import { RULES, FRAME_KINDS } from '../../detection/events/rules.ts'
import { peopleOf, remember, type View } from '../../detection/events/rule-input.ts'
import type { EventClass, EventKind, Observation, Severity } from '../../detection/types.ts'
import { isKnown } from '../protocol/event-report.ts'
import { isBlind } from '../../detection/events/visibility.ts'

/** What one rule says of one picture. */
export interface Finding<Kind extends string = string> {
  readonly kind: Kind
  /** The name other systems know it by, such as NO_FACE. */
  readonly code: string
  readonly class: EventClass
  readonly severity: Severity
  readonly weight: number
  readonly detail: Readonly<Record<string, unknown>>
}

/** Everything the rules would note if the camera went on showing this picture; what needs movement is not among it. */
export function findingsOf (seen: Observation): Finding<EventKind>[] {
  const observation = withoutAnimals(seen, rememberSightings([], seen))
  const view: View = {
    observation,
    people: peopleOf(observation, RULES.multiple_faces.limits),
    history: remember([], observation),
    looks: rememberLooks([], seen),
    isFrozen: false,
    // A picture that shows nothing is taken as one that has shown nothing for long: no face is no face.
    ...(isBlind(observation) && { blindMs: Number.MAX_SAFE_INTEGER })
  }
  return FRAME_KINDS.flatMap(kind => {
    const rule = RULES[kind]
    if (rule.source !== 'frame') return []
    const reading = rule.read(view, rule)
    if (typeof reading === 'string' || reading.score < rule.enterScore) return []
    return [
      {
        kind,
        code: codeOf(kind),
        class: rule.class,
        severity: rule.severity,
        weight: rule.weight,
        detail: reading.measured
      }
    ]
  })
}

/**
 * What is noted of a sound: somebody speaks for as long as the rule wants. Whose voice it is needs a picture, and time.
 */
export function findingsOfSound ({
  speech
}: {
  readonly speech: { readonly segments: ReadonlyArray<{ readonly startMs: number, readonly endMs: number }> }
}): Finding[] {
  const { speechMs: speechMsMin = Infinity } = RULES.voice.limits
  const speechMs = Math.max(0, ...speech.segments.map(({ startMs, endMs }) => endMs - startMs))
  return speechMs < speechMsMin ? [] : [findingOf('voice', { speechMs, speechMsMin })]
}

/** The finding for an event that another system reports, by its kind; a custom kind weighs 1. */
export function findingOf (kind: string, detail: Readonly<Record<string, unknown>> = {}): Finding {
  if (!isKnown(kind)) {
    return { kind, code: kind.toUpperCase(), class: 'integrity', severity: 'low', weight: UNKNOWN_WEIGHT, detail }
  }
  const { class: kindClass, severity, weight } = RULES[kind]
  return { kind, code: codeOf(kind), class: kindClass, severity, weight, detail }
}

/** The risk that this one picture stands for. */
export function riskOf (notes: readonly Finding[]): { riskScore: number, riskLevel: 'Low' | 'Medium' | 'High' } {
  const score = riskScore(
    notes.map((note, incident) => ({
      kind: note.kind,
      phase: 'instant',
      atMs: 0,
      incident,
      class: note.class,
      weight: note.weight
    }))
  )
  return { riskScore: score, riskLevel: riskLevel(score) }
}

/** The customary name of a kind, else the kind in capitals. */
export function codeOf (kind: EventKind): string {
  return RULES[kind].alsoKnownAs[0] ?? kind.toUpperCase()
}
