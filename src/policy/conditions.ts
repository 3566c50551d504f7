/** What an exam's policy asks of its candidates, in sentences that are read before the start. */
import { translate, type Language, type TextKey, type TextValues } from '../i18n/translate.ts'
import type { ExamPolicy } from './exam-policy.ts'

const UNITS = [
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000]
] as const

/** In the greatest unit that it is a whole number of. */
function duration (language: Language, ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? UNITS[2]
  const count = Math.round(ms / unitMs)
  return translate(language, count === 1 ? `durations.${unit}` : `durations.${unit}s`, { n: count })
}

/** In the order in which they matter to a candidate. */
export function conditionsOf (policy: ExamPolicy, language: Language): string[] {
  const { watching, graceMs, seenPercentMin, breaks, identity, face, actions, mayTerminate } = policy
  const say = (key: keyof ConditionTexts, values: TextValues = {}): string =>
    translate(language, `conditions.${key}` as TextKey, values)
  const lasting = (ms: number): string => duration(language, ms)
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
