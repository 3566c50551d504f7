/** An accommodation as the form has it. */
import type { Accommodation } from '../types.ts'

export interface Granted {
  /** More time, in percent. */
  readonly extraPercent: number
  readonly secondPerson: boolean
  readonly gazeFree: boolean
  readonly speech: boolean
  readonly absenceMs: number | null
  /** Kinds of events that are not judged. */
  readonly rulesOff: readonly string[]
  /** What the form does not show and keeps: weights, risk limits, single numbers of rules. */
  readonly others: Readonly<Record<string, unknown>>
}

export const NOTHING: Granted = {
  extraPercent: 0, secondPerson: false, gazeFree: false, speech: false, absenceMs: null, rulesOff: [], others: {}
}

type Rules = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export function grantedOf ({ extraTimeShare, flags }: Pick<Accommodation, 'extraTimeShare' | 'flags'>): Granted {
  const { secondPerson, gazeFree, speech, absenceMs, rules = {}, ...others } = flags
  const table = rules as Rules
  const kept = Object.fromEntries(Object.entries(table).flatMap(([kind, { enabled, ...rule }]) =>
    Object.keys(rule).length === 0 ? [] : [[kind, rule]]))
  return {
    // 0.1 + 0.2 is written as 30 %.
    extraPercent: Math.round(extraTimeShare * 10_000) / 100,
    secondPerson: secondPerson === true,
    gazeFree: gazeFree === true,
    speech: speech === true,
    absenceMs: typeof absenceMs === 'number' && absenceMs > 0 ? absenceMs : null,
    rulesOff: Object.keys(table).filter(kind => table[kind]!['enabled'] === false),
    others: { ...others, ...(Object.keys(kept).length > 0 && { rules: kept }) }
  }
}

/** What the API takes, but for the reason. */
export function bodyOf (granted: Granted): { extraTimeShare: number, flags: Record<string, unknown> } {
  const { extraPercent, secondPerson, gazeFree, speech, absenceMs, rulesOff, others } = granted
  const rules: Record<string, object> = { ...others['rules'] as Rules | undefined }
  for (const kind of rulesOff) rules[kind] = { ...rules[kind], enabled: false }
  return {
    extraTimeShare: Math.round(extraPercent * 100) / 10_000,
    flags: {
      ...others,
      ...(secondPerson && { secondPerson }),
      ...(gazeFree && { gazeFree }),
      ...(speech && { speech }),
      ...(absenceMs !== null && { absenceMs }),
      ...(Object.keys(rules).length > 0 && { rules })
    }
  }
}

export const isNothing = (granted: Granted): boolean => {
  const { extraTimeShare, flags } = bodyOf(granted)
  return extraTimeShare === 0 && Object.keys(flags).length === 0
}
