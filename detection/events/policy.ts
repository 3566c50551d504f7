import { defined } from '../../lib/defined.ts'
import type { EventKind, Severity } from '../types.ts'
import type { Rule } from './rule.ts'
import { RULES } from './rules.ts'

/** An exam's changes of one rule; absent fields keep their values from the table. */
export interface RuleOverride {
  /** `false` turns the rule off. */
  readonly enabled?: boolean
  readonly severity?: Severity
  readonly enterScore?: number
  readonly leaveScore?: number
  readonly enterMs?: number
  readonly leaveMs?: number
  readonly enterCount?: number
  readonly gapMs?: number
  readonly cooldownMs?: number
  /** Merged into the rule's own limits, name by name. */
  readonly limits?: Readonly<Record<string, number>>
  /** Replaces the rule's list of object classes. */
  readonly labels?: readonly string[]
}

/** Where the risk levels begin: below `medium` is Low, below `high` is Medium. */
export interface RiskLimits {
  readonly medium: number
  readonly high: number
}

/** What one exam judges by; `version` is stored with what was judged by it. */
export interface Policy {
  readonly version: number
  readonly rules: Readonly<Partial<Record<EventKind, RuleOverride>>>
  /** Overrides the weights of the table. */
  readonly weights: Readonly<Partial<Record<EventKind, number>>>
  readonly riskLimits: RiskLimits
  /** Percent of the open time. Where less was seen, trust and compliance are not given. */
  readonly seenPercentMin: number
}

export const DEFAULT_POLICY: Policy = {
  version: 1,
  rules: {},
  weights: {},
  riskLimits: { medium: 5, high: 10 },
  seenPercentMin: 80
}

/** The weight of a kind that the table does not know (an event of an integrator's own). */
export const UNKNOWN_WEIGHT = 1

/** The table's rule for `kind` as `policy` has it. */
export function applyPolicy (kind: EventKind, policy: Policy): Rule {
  const rule: Rule = RULES[kind]
  const override = policy.rules[kind]
  const weight = policy.weights[kind]
  if (override === undefined && weight === undefined) return rule
  const { limits, labels, ...numbers } = override ?? {}
  const changed = { ...rule, ...numbers, ...(weight !== undefined && rule.class === 'integrity' && { weight }) }
  if (changed.source === 'sound') return { ...changed, limits: { ...changed.limits, ...limits } }
  if (changed.source !== 'frame') return changed
  return { ...changed, limits: { ...changed.limits, ...limits }, ...defined({ labels }) }
}

/** What an incident of `kind` adds to the risk score under `policy`; works for kinds the table does not know. */
export function weightOf (kind: string, policy: Policy = DEFAULT_POLICY): number {
  return Object.hasOwn(RULES, kind) ? applyPolicy(kind as EventKind, policy).weight : UNKNOWN_WEIGHT
}

/**
 * One policy over another, such as a candidate's accommodation over the exam's; the second one's version is kept with
 * it.
 */
export function mergePolicies (base: Policy, over: Partial<Policy>): Policy {
  const rules: Partial<Record<EventKind, RuleOverride>> = { ...base.rules }
  for (const [kind, override] of Object.entries(over.rules ?? {}) as [EventKind, RuleOverride][]) {
    const under = base.rules[kind]
    rules[kind] = { ...under, ...override, limits: { ...under?.limits, ...override.limits } }
  }
  return {
    version: over.version ?? base.version,
    rules,
    weights: { ...base.weights, ...over.weights },
    riskLimits: over.riskLimits ?? base.riskLimits,
    seenPercentMin: over.seenPercentMin ?? base.seenPercentMin
  }
}
