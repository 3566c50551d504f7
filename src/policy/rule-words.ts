/** The rules and presets of a policy in plain words, for the page on which staff set them. */
import { applyPolicy, type Policy } from '../../detection/events/policy.ts'
import { limitBounds } from '../../detection/events/policy-check.ts'
import type { Rule } from '../../detection/events/rule.ts'
import { RULES } from '../../detection/events/rules.ts'
import { EVENT_KINDS, type EventKind } from '../../detection/types.ts'
import { translate, translateEvent, type Language, type TextKey } from '../i18n/translate.ts'
import { PRESET_NAMES, type PresetName } from './exam-policy.ts'
import { withPreset } from './presets.ts'

export interface RuleWords {
  readonly kind: EventKind
  readonly title: string
  /** What makes it report. */
  readonly text: string
  /** From when on it reports by default, in a sentence. */
  readonly limit: string
  /** What it adds to the risk score by default, in a sentence. */
  readonly effect: string
  readonly source: Rule['source']
  readonly class: Rule['class']
  readonly severity: Rule['severity']
  readonly enabled: boolean
  readonly weight: number
  /** The numbers that a policy may change, as they are by default. */
  readonly defaults: Readonly<Record<string, number>>
  readonly limits: ReadonlyArray<{
    readonly name: string
    /** What it limits, in a few words. */
    readonly title: string
    readonly value: number
    readonly minimum: number
    readonly maximum: number
  }>
  /** Object classes, for the rules that look for objects. */
  readonly labels: readonly string[]
}

/** The numbers of a rule that a policy may override, in the order of the editor. */
const NUMBERS = ['enterMs', 'leaveMs', 'enterCount', 'enterScore', 'leaveScore', 'gapMs', 'cooldownMs'] as const

export function rulesInWords (language: Language): RuleWords[] {
  return EVENT_KINDS.map(kind => {
    const rule: Rule = RULES[kind]
    const { source, severity, enabled, weight } = rule
    return {
      kind,
      title: translateEvent(language, kind),
      text: translate(language, `rules.${kind}`),
      limit: limitOf(rule, kind, language),
      effect: effectOf(rule, language),
      source,
      class: rule.class,
      severity,
      enabled,
      weight,
      defaults: Object.fromEntries(
        NUMBERS.flatMap(name => {
          const value = (rule as Partial<Record<typeof name, number>>)[name]
          return value === undefined ? [] : [[name, value]]
        })
      ),
      limits: Object.entries('limits' in rule ? rule.limits : {}).map(([name, value]) => {
        const [minimum, maximum] = limitBounds(name)
        return { name, title: translate(language, `limitNames.${name}` as TextKey), value, minimum, maximum }
      }),
      labels: 'labels' in rule ? [...(rule.labels ?? [])] : []
    }
  })
}

/** The rules that a policy has switched on, with its own limits and weights. */
export function policyInWords (
  policy: Policy, language: Language
): Array<Pick<RuleWords, 'kind' | 'title' | 'text' | 'limit' | 'effect'>> {
  return EVENT_KINDS.flatMap(kind => {
    const rule = applyPolicy(kind, policy)
    if (!rule.enabled) return []
    return [{
      kind,
      title: translateEvent(language, kind),
      text: translate(language, `rules.${kind}`),
      limit: limitOf(rule, kind, language),
      effect: effectOf(rule, language)
    }]
  })
}

const seconds = (language: Language, ms: number): string => {
  const count = Math.round(ms / 100) / 10
  return translate(language, count === 1 ? 'durations.second' : 'durations.seconds', { n: count })
}

function limitOf (rule: Rule, kind: EventKind, language: Language): string {
  const time = (ms: number): string => seconds(language, ms)
  switch (rule.source) {
    case 'frame':
      return kind.startsWith('identity_') || kind === 'liveness_unsure'
        ? translate(language, 'ruleLimits.compared', { count: rule.enterCount, time: time(rule.enterMs) })
        : translate(language, 'ruleLimits.lasts', { time: time(rule.enterMs) })
    case 'sound': {
      const { speechMs, loudMs, voiceMs, withinMs } = rule.limits
      if (voiceMs !== undefined) return translate(language, 'ruleLimits.voices', { time: time(voiceMs) })
      return loudMs === undefined
        ? translate(language, 'ruleLimits.speech', { time: time(speechMs ?? 0), within: time(withinMs ?? 0) })
        : translate(language, 'ruleLimits.loud', { time: time(loudMs), within: time(withinMs ?? 0) })
    }
    case 'client':
      return translate(language, 'ruleLimits.page')
    case 'input':
      return rule.enterMs === 0
        ? translate(language, 'ruleLimits.once')
        : translate(language, 'ruleLimits.lasts', { time: time(rule.enterMs) })
    case 'other':
      return translate(language, rule.class === 'integrity' ? 'ruleLimits.outside' : 'ruleLimits.once')
  }
}

function effectOf (rule: Rule, language: Language): string {
  return rule.class === 'integrity'
    ? translate(language, 'ruleWeights.adds', { weight: rule.weight })
    : translate(language, `ruleWeights.${rule.class}`)
}

const PRESET_WORDS = { low: 'low', normal: 'normal', high_stake: 'highStake' } as const

export interface PresetWords {
  readonly name: PresetName
  readonly title: string
  readonly text: string
  /** What it fills a policy with. */
  readonly policy: Readonly<Record<string, unknown>>
}

export function presetsInWords (language: Language): PresetWords[] {
  return PRESET_NAMES.map(name => ({
    name,
    title: translate(language, `presets.${PRESET_WORDS[name]}`),
    text: translate(language, `presets.${PRESET_WORDS[name]}Text`),
    policy: { ...withPreset({ preset: name }) }
  }))
}
