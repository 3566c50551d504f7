import type { EventClass, Severity } from '../types.ts'
import type { HysteresisOptions } from './hysteresis.ts'
import type { Signal } from './signal.ts'
import type { SoundSignal } from './sounds.ts'

interface RuleBase {
  /** `false` turns the rule off (by policy). */
  readonly enabled: boolean
  readonly class: EventClass
  readonly severity: Severity
  /** What one incident adds to the risk score; 0 unless `integrity`. */
  readonly weight: number
  /** The sentence for people, in English. */
  readonly says: string
  /** The codes other systems know it by. */
  readonly alsoKnownAs: readonly string[]
}

/** A rule about observations of frames. */
export interface FrameRule extends RuleBase, HysteresisOptions {
  readonly source: 'frame'
  /** The score is the median of this many readings. */
  readonly window: number
  readonly read: Signal
  /** Thresholds that the signal reads by name; the names end in units. */
  readonly limits: Readonly<Record<string, number>>
  /** Object classes, for the rules that look for objects. */
  readonly labels?: readonly string[]
  /** Names of the models whose outputs it reads, where they are loaded. */
  readonly models: readonly string[]
}

/** A rule judged from sound; every piece of sound gives a reading of the last seconds. */
export interface SoundRule extends RuleBase, HysteresisOptions {
  readonly source: 'sound'
  readonly window: number
  readonly read: SoundSignal
  /** What a score of 1 means, and what is left out of account; units in the names, see the signal. */
  readonly limits: Readonly<Record<string, number>>
  readonly models: readonly string[]
}

/** Reported by the candidate's page; `isLasting` ones have a start and an end. */
export interface ClientRule extends RuleBase {
  readonly source: 'client'
  readonly isLasting: boolean
  /** Repetitions within this time of the last one are counted, not reported: a page cannot flood the record. */
  readonly cooldownMs: number
  /** For a microphone: digital silence of this length says the same as the page. */
  readonly silentMs?: number
}

/** A rule about the input itself: missing frames, broken pictures, a lost connection, coverage. */
export interface InputRule extends RuleBase {
  readonly source: 'input'
  /** How long it must last; 0 for instant events. */
  readonly enterMs: number
  readonly cooldownMs: number
}

/** A kind without a signal: other code raises it. The row gives it a weight and a text. */
export interface OtherRule extends RuleBase {
  readonly source: 'other'
}

export type Rule = FrameRule | SoundRule | ClientRule | InputRule | OtherRule

type Judged = Pick<RuleBase, 'severity' | 'says'> & {
  readonly weight?: number
  readonly alsoKnownAs?: readonly string[]
}

const base = (judged: Judged, kind: EventClass): RuleBase =>
  ({ enabled: true, class: kind, weight: 0, alsoKnownAs: [], ...judged })

type Frame = Judged & { readonly class: EventClass, readonly read: Signal } & Partial<
    Pick<FrameRule, 'limits' | 'labels' | 'window' | 'models'>
  > &
  Partial<HysteresisOptions> &
  Pick<HysteresisOptions, 'enterMs'>

/** Numbers most frame rules share. Scores are shares of the limit, so a signal enters at 1 and leaves a fifth below. */
export const frame = (rule: Frame): FrameRule => ({
  ...base(rule, rule.class),
  enterScore: 1,
  leaveScore: 0.8,
  leaveMs: 1000,
  enterCount: 2,
  // Frames come every 0.2 to 2 s: five seconds are two lost ones in a row at the slowest.
  gapMs: 5000,
  cooldownMs: 3000,
  window: 3,
  limits: {},
  models: [],
  ...rule,
  source: 'frame'
})

/** The models, by their names in `Models.versions`, that a rule about faces or about objects rests on. */
export const FACE_MODELS = ['faceShort', 'faceFull', 'faceMesh']
export const OBJECT_MODELS = ['objects']
export const BOOK_MODELS = ['objects', 'openImages']
export const HAND_MODELS = ['palm', 'handLandmark']

type Sound = Judged & Pick<SoundRule, 'class' | 'read' | 'limits'> & Partial<Pick<SoundRule, 'models'> & HysteresisOptions>

/**
 * Numbers the rules of sound share: a reading covers seconds, so that its score needs no further time and no median,
 * and sinks slowly by itself. Sound comes without pause; after three seconds without any it is unknown whether the
 * event lasted.
 */
export const sound = (rule: Sound): SoundRule => ({
  ...base(rule, rule.class),
  enterScore: 1,
  leaveScore: 0.2,
  enterMs: 0,
  leaveMs: 1000,
  enterCount: 1,
  gapMs: 3000,
  cooldownMs: 3000,
  window: 1,
  models: ['speech'],
  ...rule,
  source: 'sound'
})

/** For detectors that run rarely: hands every one or two seconds, objects every three while nothing changes. */
export const SELDOM = { gapMs: 10_000, leaveMs: 2000 }

export const client = (rule: Judged, isLasting: boolean, kind: EventClass = 'integrity'): ClientRule =>
  ({ ...base(rule, kind), source: 'client', isLasting, cooldownMs: 1000 })

export const input = (rule: Judged & Pick<InputRule, 'enterMs' | 'cooldownMs'>): InputRule =>
  ({ ...base(rule, 'technical'), enterMs: rule.enterMs, cooldownMs: rule.cooldownMs, source: 'input' })

export const other = (rule: Judged, kind: EventClass = 'integrity'): OtherRule => ({
  ...base(rule, kind),
  source: 'other'
})
