import { riskLevel, riskScore } from '../../../detection/events/score.ts'
import { RULES, FRAME_KINDS } from '../../../detection/events/rules.ts'
import { isBlind, remember, type View } from '../../../detection/events/view.ts'
import type { EventClass, EventKind, Observation, Severity } from '../../../detection/types.ts'

/** What one rule says of one picture. */
export interface Note {
  readonly kind: EventKind
  /** The name other systems know it by, such as NO_FACE. */
  readonly code: string
  readonly class: EventClass
  readonly severity: Severity
  readonly weight: number
  readonly detail: Readonly<Record<string, unknown>>
}

/** Everything the rules would note if the camera went on showing this picture; what needs movement is not among it. */
export function notesOf (observation: Observation): Note[] {
  const view: View = {
    observation,
    history: remember([], observation),
    isFrozen: false,
    // A picture that shows nothing is taken as one that has shown nothing for long: no face is no face.
    ...(isBlind(observation) && { blindMs: Number.MAX_SAFE_INTEGER })
  }
  return FRAME_KINDS.flatMap(kind => {
    const rule = RULES[kind]
    if (rule.source !== 'frame') return []
    const reading = rule.read(view, rule)
    if (typeof reading === 'string' || reading.score < rule.enterScore) return []
    return [{ kind, code: codeOf(kind), class: rule.class, severity: rule.severity, weight: rule.weight, detail: reading.measured }]
  })
}

/** The risk that this one picture stands for. */
export function riskOf (notes: readonly Note[]): { riskScore: number, riskLevel: 'Low' | 'Medium' | 'High' } {
  const score = riskScore(notes.map((note, incident) => ({ phase: 'instant', atMs: 0, incident, class: note.class, weight: note.weight })))
  return { riskScore: score, riskLevel: riskLevel(score) }
}

/** The customary name of a kind, else the kind in capitals. */
export function codeOf (kind: EventKind): string {
  return RULES[kind].alsoKnownAs[0] ?? kind.toUpperCase()
}
