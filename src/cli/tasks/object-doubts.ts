import { isOpen, type JudgeState } from '../../../detection/events/judge-state.ts'
import { evidenceOf, inWords } from '../../../detection/events/object-seen.ts'
import { applyPolicy, DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import type { FrameRule } from '../../../detection/events/rule.ts'
import type { EventKind, Observation } from '../../../detection/types.ts'

/** What looked like an object of a rule, was not reported, and why not. */
export interface Doubt {
  readonly kind: EventKind
  readonly event: 'Not reported'
  readonly atMs: number
  readonly why: string
}

const KINDS = ['phone', 'forbidden_object'] as const

/** Follows a session's judge, and gives each thing that never became an event, at its strongest, once it is gone. */
export function createDoubts (): {
  after: (state: JudgeState, observation: Observation) => Doubt[]
  close: () => Doubt[]
} {
  const strongest = new Map<EventKind, Doubt & { readonly score: number }>()
  const take = (kind: EventKind): Doubt[] => {
    const found = strongest.get(kind)
    if (found === undefined) return []
    strongest.delete(kind)
    const { score: _, ...doubt } = found
    return [doubt]
  }
  return {
    after: (state, { atMs, width, height }) =>
      KINDS.flatMap(kind => {
        const rule = applyPolicy(kind, DEFAULT_POLICY) as FrameRule
        const [evidence] = evidenceOf(state.objectLooks ?? [], rule, width * height)
        if (isOpen(state.signals[kind])) strongest.delete(kind)
        else if (evidence === undefined) return take(kind)
        else if (evidence.score >= (strongest.get(kind)?.score ?? 0) && evidence.score < 1) {
          const { score } = evidence
          strongest.set(kind, { kind, event: 'Not reported', atMs, why: inWords(evidence, rule), score })
        }
        return []
      }),
    close: () => KINDS.flatMap(take)
  }
}
