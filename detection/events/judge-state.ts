import type { EventKind, ProctorEvent, SoundObservation } from '../types.ts'
import type { LoopState } from '../liveness/loop.ts'
import type { RigidState } from '../liveness/rigid.ts'
import type { StillState } from '../liveness/still.ts'
import type { Baseline, BaselineSample } from './baseline.ts'
import type { LastSeen } from './candidate.ts'
import type { Calibrated, Calibration, Calibrations } from './calibration.ts'
import type { Hidden } from './hidden.ts'
import type { TimedLook } from './object-evidence.ts'
import type { Sightings } from './sightings.ts'
import type { FaceSample } from './rule-input.ts'
import type { LiveScores } from './liveness.ts'
import type { Turned } from './looking-away.ts'
import type { Other } from './others.ts'
import type { HysteresisState } from './hysteresis.ts'
import type { Score } from './median.ts'
import type { Rule } from './rule.ts'
import type { VoiceMemory } from './voices.ts'

/** The state of one frame or sound rule between inputs. */
export interface SignalState {
  readonly machine: HysteresisState
  readonly window: readonly Score[]
  /** Number of frames at or above the enter score, and the measurements of the strongest one. */
  readonly evidence?: {
    readonly frames: number
    readonly peakScore: number
    readonly measured: Readonly<Record<string, unknown>>
  }
  /** Set while the event is open. */
  readonly incident?: number
}

/**
 * For this long a page's report that camera or microphone is off stands, although the server receives pictures or sound
 * captured before it.
 */
export const PAGE_REPORT_MS = 2000

/** Whether the signal's event has started and not ended. */
export function isOpen (signal: SignalState | undefined): boolean {
  return signal?.machine.phase === 'active' || signal?.machine.phase === 'falling'
}

/** Whether `frame_frozen` is open. */
export function isFrozen ({ state }: Draft): boolean {
  return isOpen(state.signals.frame_frozen)
}

/** When its event started; undefined before. */
export function sinceOf ({ machine }: SignalState): number | undefined {
  return 'sinceMs' in machine ? machine.sinceMs : undefined
}

/** An open incident of a rule that is not judged by frames. */
export interface OpenIncident {
  readonly incident: number
  readonly sinceMs: number
}

/** The last report of a client event, and the number of events suppressed since. */
export interface Cooldown {
  readonly atMs: number
  readonly suppressed: number
  /** A lasting event that began within the cooldown and has not ended: it is reported when the cooldown is over. */
  readonly pendingSinceMs?: number
}

/**
 * The judge's state of one session: plain data, opaque to callers except for `incidents`. Gateways hand it to each
 * other, so its field names must not change within a version.
 */
export interface JudgeState {
  /** The highest incident number used. */
  readonly incidents: number
  /** Capture time of the newest frame judged; older ones are ignored. */
  readonly newestMs?: number
  /** Time of the last frame, or the time from which frames are expected. */
  readonly silentSinceMs?: number
  /** Time since which pictures show nothing (dark or covered). */
  readonly blindSinceMs?: number
  readonly disconnectedSinceMs?: number
  readonly history: readonly FaceSample[]
  readonly looks: readonly Sightings[]
  /** When parts of the candidate's face were last hidden by a hand or an object. */
  readonly hidden?: Hidden
  /** The last looks of the object detectors. */
  readonly objectLooks?: readonly TimedLook[]
  /** Time of the first frame, since the start or the last pause. */
  readonly firstMs?: number
  /** The candidate's face when it was last seen. */
  readonly candidate?: LastSeen
  /** The faces beside the candidate's. */
  readonly others?: readonly Other[]
  /** Usual values of this candidate, learnt once a session or calibrated. */
  readonly baseline?: Baseline
  /** Frames that the baseline is being learnt from. */
  readonly learning?: readonly BaselineSample[]
  /** Set while the candidate is asked to look at the screen's corners. */
  readonly calibration?: Calibration
  readonly calibrations?: Calibrations
  /** Name to version of the models behind the observations; each event names its own. */
  readonly models?: Readonly<Record<string, string>>
  readonly loop?: LoopState
  /** Earlier pictures to compare with, while nothing moves. */
  readonly still?: StillState
  readonly turned?: Turned
  readonly rigid?: RigidState
  readonly liveScores?: LiveScores
  /** The first distances to the enrolled face. */
  readonly distances?: readonly number[]
  /** The last seconds of sound. */
  readonly heard: readonly SoundObservation[]
  /** The voices of the session so far. */
  readonly voices?: VoiceMemory
  /** End of the newest sound judged; sound that ends earlier is ignored. */
  readonly heardMs?: number
  /** Time since which the sound is digital silence. */
  readonly mutedSinceMs?: number
  /** The silence has been reported; it is reported again only after there was sound. */
  readonly isMuted?: true
  readonly signals: Readonly<Partial<Record<EventKind, SignalState>>>
  readonly open: Readonly<Partial<Record<EventKind, OpenIncident>>>
  readonly quiet: Readonly<Partial<Record<EventKind, Cooldown>>>
  /** Absent where no coverage is kept, such as for clips. */
  readonly coverage?: Coverage
}

/** A copy of the state to write to while one input is judged, and the events it makes. */
export interface Draft {
  state: {
    -readonly [Key in keyof JudgeState]: Key extends 'signals' | 'open' | 'quiet'
      ? { -readonly [Kind in keyof JudgeState[Key]]: JudgeState[Key][Kind] }
      : JudgeState[Key]
  }
  readonly events: ProctorEvent[]
  calibrated?: Calibrated
}

export function draftOf (state: JudgeState): Draft {
  return {
    state: { ...state, signals: { ...state.signals }, open: { ...state.open }, quiet: { ...state.quiet } },
    events: []
  }
}

/** Writes an event; its weight counts once an incident, so an end has none. */
export function emit (
  draft: Draft, kind: EventKind, rule: Rule,
  event: Pick<ProctorEvent, 'phase' | 'atMs' | 'incident'> & { readonly durationMs?: number },
  detail: Readonly<Record<string, unknown>>
): void {
  draft.events.push({
    kind,
    ...event,
    class: rule.class,
    severity: rule.severity,
    weight: event.phase === 'end' ? 0 : rule.weight,
    detail: rounded(detail) as Record<string, unknown>
  })
}

/** The next incident number. */
export function nextIncident (draft: Draft): number {
  draft.state.incidents++
  return draft.state.incidents
}

/** Opens a lasting incident unless it is open already. */
export function open (
  draft: Draft,
  kind: EventKind,
  rule: Rule,
  sinceMs: number,
  detail: Readonly<Record<string, unknown>>
): void {
  if (draft.state.open[kind] !== undefined) return
  const incident = nextIncident(draft)
  draft.state.open[kind] = { incident, sinceMs }
  emit(draft, kind, rule, { phase: 'start', atMs: sinceMs, incident }, detail)
}

/** Ends an open incident; nothing when it is not open. */
export function close (
  draft: Draft,
  kind: EventKind,
  rule: Rule,
  atMs: number,
  detail: Readonly<Record<string, unknown>> = {}
): void {
  const opened = draft.state.open[kind]
  if (opened === undefined) return
  delete draft.state.open[kind]
  const endMs = Math.max(atMs, opened.sinceMs)
  const { incident, sinceMs } = opened
  emit(draft, kind, rule, { phase: 'end', atMs: endMs, durationMs: endMs - sinceMs, incident }, detail)
}

/** Rounds all numbers to three decimals, which is enough for a person who reads the event. */
function rounded (value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1000) / 1000
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]))
  }
  return value
}

export interface Coverage {
  /** The start of the session, or of its last resumption. */
  readonly fromMs: number
  /** The candidate was seen until this time; `fromMs` before the first picture. */
  readonly seenUntilMs: number
  /** Up to this time, the time since `seenUntilMs` is divided among the causes. */
  readonly countedUntilMs: number
  readonly causes: Readonly<Partial<Record<GapCause, number>>>
  /** Pictures that end the gap if they go on. */
  readonly run?: { readonly fromMs: number, readonly lastMs: number }
  readonly line: 'never' | 'up' | 'down' | 'restart'
  /** In this session, before a pause or a restart as well. */
  readonly wasSeen: boolean
  /** A picture came since `fromMs`. */
  readonly hasPicture: boolean
  /** Why the last picture that did not show the candidate did not. */
  readonly hidden?: { readonly cause: GapCause, readonly atMs: number }
  /** Set in a pause. */
  readonly isPaused?: true
}

/**
 * Why the candidate is not seen. `camera_off`: the page reports it. `silent`: connected, but no pictures arrive.
 * `refused`: pictures arrive that the server cannot accept. `overloaded`: pictures arrive, and this server has no time
 * to analyze them. `restart`: the server was down.
 */
export type GapCause =
  | 'never_connected' | 'line_lost' | 'restart' | 'camera_off' | 'silent' | 'refused' | 'covered' | 'dark' | 'frozen'
  | 'upside_down' | 'overloaded'
