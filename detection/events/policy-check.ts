import { EVENT_KINDS, type EventKind } from '../types.ts'
import { applyPolicy, DEFAULT_POLICY, type Policy, type RuleOverride } from './policy.ts'

export type PolicyErrorCode =
  | 'POLICY_NOT_AN_OBJECT' | 'POLICY_FIELD_UNKNOWN' | 'POLICY_KIND_UNKNOWN' | 'POLICY_TYPE' | 'POLICY_RANGE'
  | 'POLICY_LEAVE_ABOVE_ENTER' | 'POLICY_LIMIT_UNKNOWN' | 'POLICY_NOT_FOR_THIS_RULE' | 'POLICY_RISK_ORDER'

/** One thing wrong with a policy; `path` is where, such as `rules.phone.enterMs`. */
export interface PolicyError {
  readonly code: PolicyErrorCode
  readonly path: string
  readonly message: string
}

type Bounds = readonly [min: number, max: number]

/** An hour: longer than any rule's times, shorter than what a typing error of three zeros makes. */
const MS_MAX = 3_600_000
const NUMBERS: Readonly<Record<string, Bounds>> = {
  enterScore: [0.05, 20],
  leaveScore: [0, 20],
  enterMs: [0, MS_MAX],
  leaveMs: [0, MS_MAX],
  enterCount: [1, 1000],
  // Frames come every two seconds at the slowest: a shorter gap would end everything at once.
  gapMs: [2000, MS_MAX],
  cooldownMs: [0, MS_MAX]
}
/** The rules that are judged by readings know all of these, those of the page and the input fewer. */
const NUMBERS_OF = {
  frame: Object.keys(NUMBERS),
  sound: Object.keys(NUMBERS),
  client: ['cooldownMs'],
  input: ['enterMs', 'cooldownMs'],
  other: []
} as const
const SEVERITIES = ['info', 'low', 'medium', 'high']
const LIMIT_MAX = 1e6
/**
 * Limits that may not be everything from 0 on. Scores are shares of most of these: a share of 0 is no number, and would
 * count as a high one.
 */
const LIMITS: Readonly<Record<string, Bounds>> = {
  faces: [1, LIMIT_MAX],
  persons: [1, LIMIT_MAX],
  swings: [1, LIMIT_MAX],
  repeats: [1, LIMIT_MAX],
  sightYawDegrees: [1, LIMIT_MAX],
  sightUpDegrees: [1, LIMIT_MAX],
  sightDownDegrees: [1, LIMIT_MAX],
  headYawDegrees: [1, LIMIT_MAX],
  longTurnDegrees: [1, LIMIT_MAX],
  eyesYawDegrees: [1, LIMIT_MAX],
  speechMs: [1, LIMIT_MAX],
  unsureSpeechMs: [1, LIMIT_MAX],
  loudMs: [1, LIMIT_MAX],
  scoreMin: [0.01, LIMIT_MAX],
  distance: [0.01, LIMIT_MAX],
  aboveUsualDistance: [0.01, LIMIT_MAX],
  // What is divided by is its distance from 1.
  liveScore: [0, 0.99],
  // Digital sound has its loudest at 0.
  leastDb: [-100, 0],
  alwaysDb: [-100, 0]
}
const WEIGHT_MAX = 100
const LABELS_MAX = 100
const LABEL_LENGTH_MAX = 64

/**
 * Everything that is wrong with a policy (or a part of one, such as a candidate's override); empty when it can be used.
 *
 * Values come from outside: nothing about their types is taken for granted.
 */
export function checkPolicy (policy: unknown): readonly PolicyError[] {
  const errors: PolicyError[] = []
  const refuse: Refuse = (code, path, message) => { errors.push({ code, path, message }) }
  if (!isObject(policy)) {
    refuse('POLICY_NOT_AN_OBJECT', '', 'A policy is an object.')
    return errors
  }
  for (const [field, value] of Object.entries(policy)) {
    if (value === undefined) continue
    switch (field) {
      case 'version':
        checkNumber(refuse, field, value, [0, Number.MAX_SAFE_INTEGER])
        break
      case 'rules':
        checkRules(refuse, value)
        break
      case 'weights':
        eachKind(refuse, field, value, (kind, weight) => {
          checkNumber(refuse, `weights.${kind}`, weight, [0, WEIGHT_MAX])
        })
        break
      case 'riskLimits':
        checkRiskLimits(refuse, value)
        break
      case 'seenPercentMin':
        checkNumber(refuse, field, value, [0, 100])
        break
      default:
        refuse('POLICY_FIELD_UNKNOWN', field, `A policy has no "${field}".`)
    }
  }
  return errors
}

type Refuse = (code: PolicyErrorCode, path: string, message: string) => void

function checkRules (refuse: Refuse, rules: unknown): void {
  eachKind(refuse, 'rules', rules, (kind, override) => {
    const path = `rules.${kind}`
    if (!isObject(override)) return refuse('POLICY_TYPE', path, 'An override is an object.')
    const rule = applyPolicy(kind, DEFAULT_POLICY)
    let isSound = true
    const reportProblem: Refuse = (...error) => {
      isSound = false
      refuse(...error)
    }
    for (const [field, value] of Object.entries(override)) {
      if (value === undefined) continue
      const at = `${path}.${field}`
      if (field === 'enabled') {
        if (typeof value !== 'boolean') reportProblem('POLICY_TYPE', at, 'It is true or false.')
      } else if (field === 'severity') {
        if (!SEVERITIES.includes(value as string)) reportProblem('POLICY_TYPE', at, `It is one of ${SEVERITIES.join(', ')}.`)
      } else if (Object.hasOwn(NUMBERS, field)) {
        if (!(NUMBERS_OF[rule.source] as readonly string[]).includes(field)) {
          reportProblem('POLICY_NOT_FOR_THIS_RULE', at, `${kind} has no ${field}.`)
        } else checkNumber(reportProblem, at, value, NUMBERS[field]!)
      } else if (field === 'limits') {
        checkLimits(reportProblem, at, value, 'limits' in rule ? rule.limits : {})
      } else if (field === 'labels') {
        checkLabels(reportProblem, at, value, 'labels' in rule)
      } else {
        reportProblem('POLICY_FIELD_UNKNOWN', at, `A rule has no "${field}".`)
      }
    }
    if (isSound) checkOrder(refuse, kind, override as RuleOverride)
  })
}

/** What starts must be able to go on: the score that ends a signal may not lie above the one that starts it. */
function checkOrder (refuse: Refuse, kind: EventKind, override: RuleOverride): void {
  const policy: Policy = { ...DEFAULT_POLICY, rules: { [kind]: override } }
  const rule = applyPolicy(kind, policy)
  if ((rule.source === 'frame' || rule.source === 'sound') && rule.leaveScore > rule.enterScore) {
    refuse(
      'POLICY_LEAVE_ABOVE_ENTER',
      `rules.${kind}.leaveScore`,
      `leaveScore ${rule.leaveScore} lies above enterScore ${rule.enterScore}.`
    )
  }
}

/** Between which numbers a rule's limit of that name may lie. */
export function limitBounds (name: string): Bounds {
  return Object.hasOwn(LIMITS, name) ? LIMITS[name]! : [0, LIMIT_MAX]
}

function checkLimits (refuse: Refuse, path: string, limits: unknown, known: Readonly<Record<string, number>>): void {
  if (!isObject(limits)) return refuse('POLICY_TYPE', path, 'Limits are an object of numbers.')
  for (const [name, value] of Object.entries(limits)) {
    if (Object.hasOwn(known, name)) checkNumber(refuse, `${path}.${name}`, value, limitBounds(name))
    else {
      refuse(
        'POLICY_LIMIT_UNKNOWN',
        `${path}.${name}`,
        `The rule has no limit "${name}"; it has ${Object.keys(known).join(', ') || 'none'}.`
      )
    }
  }
}

function checkLabels (refuse: Refuse, path: string, labels: unknown, hasLabels: boolean): void {
  if (!hasLabels) return refuse('POLICY_NOT_FOR_THIS_RULE', path, 'The rule looks for no objects.')
  const isList = Array.isArray(labels) && labels.length <= LABELS_MAX
  if (
    !isList ||
    !labels.every(label => typeof label === 'string' && label.length > 0 && label.length <= LABEL_LENGTH_MAX)
  ) {
    refuse('POLICY_TYPE', path, `Labels are a list of at most ${LABELS_MAX} names.`)
  }
}

function checkRiskLimits (refuse: Refuse, value: unknown): void {
  if (!isObject(value)) return refuse('POLICY_TYPE', 'riskLimits', 'Risk limits are an object.')
  const { medium, high, ...rest } = value
  for (const field of Object.keys(rest)) {
    refuse('POLICY_FIELD_UNKNOWN', `riskLimits.${field}`, `Risk limits have no "${field}".`)
  }
  const isMedium = checkNumber(refuse, 'riskLimits.medium', medium, [0, LIMIT_MAX])
  const isHigh = checkNumber(refuse, 'riskLimits.high', high, [0, LIMIT_MAX])
  if (isMedium && isHigh && (medium as number) > (high as number)) {
    refuse('POLICY_RISK_ORDER', 'riskLimits', 'medium lies above high.')
  }
}

function eachKind (
  refuse: Refuse,
  path: string,
  value: unknown,
  check: (kind: EventKind, value: unknown) => void
): void {
  if (!isObject(value)) return refuse('POLICY_TYPE', path, 'It is an object with kinds of events as names.')
  for (const [kind, inner] of Object.entries(value)) {
    if ((EVENT_KINDS as readonly string[]).includes(kind)) check(kind as EventKind, inner)
    else refuse('POLICY_KIND_UNKNOWN', `${path}.${kind}`, `There is no event "${kind}".`)
  }
}

function checkNumber (refuse: Refuse, path: string, value: unknown, [min, max]: Bounds): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    refuse('POLICY_TYPE', path, 'It is a number.')
    return false
  }
  if (value < min || value > max) {
    refuse('POLICY_RANGE', path, `It lies between ${min} and ${max}.`)
    return false
  }
  return true
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
