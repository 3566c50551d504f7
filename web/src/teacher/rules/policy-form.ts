/** An exam's policy while it is changed: what differs from the table of rules, and from the preset. */
import type { paths } from '../../api/schema.d.ts'

type Words = paths['/api/v1/policy/rules']['get']['responses'][200]['content']['application/json']
export type RuleWords = Words['rules'][number]
export type PresetWords = Words['presets'][number]
export type RetentionWords = Words['retention']
export type PolicyBody = paths['/api/v1/exams/{examId}/policy']['put']['requestBody']['content']['application/json']

export interface RuleChange {
  readonly enabled?: boolean
  readonly limits?: Readonly<Record<string, number>>
  readonly [name: string]: unknown
}

type Known = Required<Pick<
  PolicyBody,
  'riskLimits' | 'actions' | 'mayTerminate' | 'seenPercentMin' | 'watching' | 'graceMs' | 'breaks' | 'identity' | 'face' |
  'reviewers' | 'appealDays' | 'retention' | 'recording' | 'recordsScreen' | 'keepsEvidence'
>>

export interface Policy extends Known {
  readonly preset?: PresetWords['name']
  readonly rules: Readonly<Record<string, RuleChange>>
  readonly weights: Readonly<Record<string, number>>
}

/** The screen is recorded only where everything is: the server refuses other combinations. */
export const mayRecordScreen = ({ watching, recording }: Pick<Policy, 'watching' | 'recording'>): boolean =>
  watching !== 'none' && recording === 'full'

/** The policy with a change, and without the recording of the screen where that is not possible any more. */
export function withChange (policy: Policy, change: Partial<Policy>): Policy {
  const next = { ...policy, ...change }
  return { ...next, recordsScreen: next.recordsScreen && mayRecordScreen(next) }
}

/** The policy as the API answers it: whole. */
export const policyOf = (answer: Readonly<Record<string, unknown>>): Policy => answer as unknown as Policy

/** What is sent: every field, so that nothing is left to a preset. */
export const bodyOf = (policy: Policy): PolicyBody => policy as unknown as PolicyBody

/** The preset's whole policy in place of what was set. */
export const fromPreset = ({ name, policy }: PresetWords): Policy => ({ ...policyOf(policy), preset: name })

/** Where the policy is not as its preset has it. */
export function isAsPreset (policy: Policy, preset: PresetWords | undefined): boolean {
  return preset !== undefined && isSame(policy, fromPreset(preset))
}

export const isSame = (a: Policy, b: Policy): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b))

/** The same for the same content, whatever the order of the names. */
function ordered (value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([name, inner]) => [name, ordered(inner)])
  )
}

/** Each field with the value that applies: changed or by default. */
export interface RuleState {
  readonly isEnabled: boolean
  readonly weight: number
  readonly numbers: Readonly<Record<string, number>>
  readonly limits: Readonly<Record<string, number>>
  readonly isChanged: boolean
}

export function ruleState (policy: Policy, rule: RuleWords): RuleState {
  const change = policy.rules[rule.kind] ?? {}
  const weight = policy.weights[rule.kind]
  const defaults = rule.defaults as Readonly<Record<string, number>>
  return {
    isEnabled: change.enabled ?? rule.enabled,
    weight: weight ?? rule.weight,
    numbers: Object.fromEntries(Object.entries(defaults).map(([name, value]) =>
      [name, typeof change[name] === 'number' ? change[name] : value])),
    limits: Object.fromEntries(rule.limits.map(({ name, value }) => [name, change.limits?.[name] ?? value])),
    isChanged: Object.keys(change).length > 0 || weight !== undefined
  }
}

/** With another value of a rule's field; a value that is the default is not kept as a change. */
export function withRule (
  policy: Policy,
  rule: RuleWords,
  field: { readonly name: string, readonly isLimit?: boolean },
  value: number | boolean
): Policy {
  const { name, isLimit = false } = field
  if (name === 'weight') {
    return { ...policy, weights: without(policy.weights, rule.kind, value as number, rule.weight) }
  }
  const change = policy.rules[rule.kind] ?? {}
  const defaults = rule.defaults as Readonly<Record<string, number>>
  const next: RuleChange = isLimit
    ? withLimits(change, without(change.limits ?? {}, name, value as number, limitDefault(rule, name)))
    : without(change, name, value, name === 'enabled' ? rule.enabled : defaults[name])
  const { [rule.kind]: _, ...others } = policy.rules
  return { ...policy, rules: Object.keys(next).length === 0 ? others : { ...others, [rule.kind]: next } }
}

/** The rule as the table has it. */
export function withoutChanges (policy: Policy, kind: string): Policy {
  const { [kind]: _rule, ...rules } = policy.rules
  const { [kind]: _weight, ...weights } = policy.weights
  return { ...policy, rules, weights }
}

const limitDefault = (rule: RuleWords, name: string): number | undefined =>
  rule.limits.find(limit => limit.name === name)?.value

function withLimits ({ limits: _, ...change }: RuleChange, limits: Readonly<Record<string, number>>): RuleChange {
  return Object.keys(limits).length === 0 ? change : { ...change, limits }
}

function without<T> (
  values: Readonly<Record<string, T>>, name: string, value: T, byDefault: T | undefined
): Readonly<Record<string, T>> {
  const { [name]: _, ...others } = values
  return value === byDefault ? others : { ...others, [name]: value }
}
