/** What an exam's policy asks of its candidates, in sentences that are read before the start. */
import { translate, type Language, type TextKey, type TextValues } from '../i18n/translate.ts'
import type { ExamPolicy } from './exam-policy.ts'

const UNITS = [
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000]
] as const

/** A time in words, in the greatest unit that it is a whole number of; a single day is 24 hours. */
export function durationWords (language: Language, ms: number): string {
  const isWhole = ([unit, unitMs]: typeof UNITS[number]): boolean =>
    ms >= unitMs * (unit === 'day' ? 2 : 1) && ms % unitMs === 0
  const [unit, unitMs] = UNITS.find(isWhole) ?? UNITS[3]
  const count = Math.round(ms / unitMs)
  return translate(language, count === 1 && unit !== 'day' ? `durations.${unit}` : `durations.${unit}s`, { n: count })
}

/** One sentence for people; programs know it by its key, in every language. */
export interface Sentence {
  readonly key: string
  readonly text: string
}

/** The sentences alone. */
export function conditionsOf (policy: ExamPolicy, language: Language): string[] {
  return conditionSentences(policy, language).map(({ text }) => text)
}

/** In the order in which they matter to a candidate. */
export function conditionSentences (policy: ExamPolicy, language: Language): Sentence[] {
  const { watching, graceMs, seenPercentMin, breaks, identity, face, actions, mayTerminate } = policy
  const say = (key: keyof ConditionTexts, values: TextValues = {}): Sentence => ({
    key,
    text: translate(language, `conditions.${key}` as TextKey, values)
  })
  const lasting = (ms: number): string => durationWords(language, ms)
  const does = (action: string): boolean => actions.medium === action || actions.high === action

  const seen = watching === 'required' ? say('required', { time: lasting(graceMs) }) : say(watching)
  const taken =
    breaks.max === 0
      ? [say('noBreaks')]
      : [
          breaks.max === 1
            ? say('oneBreak', { time: lasting(breaks.lengthMs) })
            : say('breaks', { max: breaks.max, time: lasting(breaks.lengthMs) }),
          ...(breaks.max > 1 && breaks.apartMs >= 1000 ? [say('apart', { time: lasting(breaks.apartMs) })] : [])
        ]
  const compared =
    identity === 'off'
      ? [say('identityOff')]
      : identity === 'noted'
        ? [say('identityNoted')]
        : [
            say('identityRequired'),
            ...(face.enrolledBeforeMs === null || face.enrolledBeforeMs < 1000
              ? []
              : [say('enrolledBefore', { time: lasting(face.enrolledBeforeMs) })]),
            ...(face.isConfirmed ? [say('confirmed')] : [])
          ]
  return [
    seen,
    ...(watching !== 'none' && seenPercentMin > 0 ? [say('seenPercent', { percent: seenPercentMin })] : []),
    ...taken,
    ...compared,
    ...(does('warn') ? [say('warn')] : []),
    ...(does('ask') || (does('terminate') && !mayTerminate) ? [say('ask')] : []),
    ...(does('terminate') && mayTerminate ? [say('terminate')] : [])
  ]
}

type ConditionTexts = typeof import('../i18n/en.ts').en.conditions
