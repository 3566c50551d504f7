import type { EventKind } from '../types.ts'
import { applyPolicy, mergePolicies, type Policy, type RuleOverride } from './policy.ts'
import type { FrameRule } from './rule.ts'

/** Accommodations of one candidate in addition to the exam's policy. Names say what is granted, never why. */
export interface Accommodations {
  /** A scribe, an interpreter, an assistant may be in the picture and speak. */
  readonly secondPerson?: boolean
  /** Where the candidate looks, and with what eyes, is not judged. */
  readonly gazeFree?: boolean
  /** Reading aloud, dictating, involuntary sounds and movements of the mouth. */
  readonly speech?: boolean
  /** Leaving the seat, or moving out of the picture, for so long at a time. */
  readonly absenceMs?: number
}

const SECOND_PERSON_KINDS = [
  'multiple_faces',
  'extra_person',
  'background_voice',
  'multiple_voices'
] as const satisfies readonly EventKind[]
const GAZE_KINDS = ['looking_away', 'eye_movement', 'eyes_closed'] as const satisfies readonly EventKind[]
const SPEECH_KINDS = [
  'mouth_movement',
  'speaking',
  'voice',
  'background_voice',
  'multiple_voices'
] as const satisfies readonly EventKind[]

/** The policy for one candidate. Granting never makes a rule stricter. */
export function accommodate (policy: Policy, { secondPerson, gazeFree, speech, absenceMs }: Accommodations): Policy {
  const rules: Partial<Record<EventKind, RuleOverride>> = {}
  const turnOff = (kinds: readonly EventKind[]): void => {
    for (const kind of kinds) rules[kind] = { enabled: false }
  }
  if (secondPerson === true) turnOff(SECOND_PERSON_KINDS)
  if (gazeFree === true) turnOff(GAZE_KINDS)
  if (speech === true) turnOff(SPEECH_KINDS)
  if (absenceMs !== undefined && absenceMs > (applyPolicy('face_missing', policy) as FrameRule).enterMs) {
    rules.face_missing = { enterMs: absenceMs }
  }
  return mergePolicies(policy, { rules })
}
