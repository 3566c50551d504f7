import type { EventClass, EventKind, Severity } from '../types.ts'

interface RuleBase {
  readonly class: EventClass
  readonly severity: Severity
  readonly weight: number
  readonly says: string
  readonly alsoKnownAs?: readonly string[]
  readonly enabled?: boolean
}
export type Rule = RuleBase & { readonly source: 'frame', readonly limits: Readonly<Record<string, number>>, readonly labels?: readonly string[] } | RuleBase & { readonly source: 'client' | 'input' | 'none' }
export declare const RULES: Readonly<Record<EventKind, Rule>>
