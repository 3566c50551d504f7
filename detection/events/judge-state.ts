import type { EventKind, ProctorEvent, SoundObservation } from '../types.ts'
import type { LoopState } from '../liveness/loop.ts'
import type { StillState } from '../liveness/still.ts'
import type { Baseline, BaselineSample } from './baseline.ts'
import type { Calibrated, Calibration, Calibrations } from './calibration.ts'
import type { Sightings } from './sightings.ts'
import type { FaceSample } from './rule-input.ts'
import type { HysteresisState } from './hysteresis.ts'
import type { Score } from './median.ts'
import type { Rule } from './rule.ts'

/** What a frame rule remembers between frames. */
export interface SignalState {
  readonly machine: HysteresisState
  readonly window: readonly Score[]
  /** The frames that speak for it, and the strongest of them. */
  readonly evidence?: { readonly frames: number, readonly peakScore: number, readonly measured: Readonly<Record<string, unknown>> }
  /** Set while the event is open. */
  readonly incident?: number
}

/** What a page says of camera and microphone holds for so long against what the server gets. */
export const PAGE_REPORT_MS = 2000

/** Whether its event has started and not ended. */
export function isOpen (signal: SignalState | undefined): boolean {
  return signal?.machine.phase === 'active' || signal?.machine.phase === 'falling'
}

/** When its event started, as far as it has. */
export function sinceOf ({ machine }: SignalState): number | undefined {
  return 'sinceMs' in machine ? machine.sinceMs : undefined
}

/** An open incident of a rule that is not judged by frames. */
export interface OpenIncident {
  readonly incident: number
  readonly sinceMs: number
}

/** The last report of a client event, and what has been kept back since. */
export interface Cooldown {
  readonly atMs: number
  readonly suppressed: number
  /** A lasting event that began within the cooldown and has not ended: it is reported when the cooldown is over. */
  readonly pendingSinceMs?: number
}

/** One session's judgement so far: plain data, opaque to callers but for the number of incidents. */
export interface JudgeState {
  /** The highest incident number used. */
  readonly incidents: number
  /** Capture time of the newest frame judged; older ones are ignored. */
  readonly newestMs?: number
  /** Since when no frame has come. */
  readonly silentSinceMs?: number
  /** Since when the picture shows nothing. */
  readonly blindSinceMs?: number
  readonly disconnectedSinceMs?: number
  readonly history: readonly FaceSample[]
  readonly looks: readonly Sightings[]
  /** What is usual for this candidate; learnt once a session, or calibrated. */
  readonly baseline?: Baseline
  /** The frames it is being learnt from. */
  readonly learning?: readonly BaselineSample[]
  /** Set while the candidate is asked to look at the screen's corners. */
  readonly calibration?: Calibration
  readonly calibrations?: Calibrations
  /** Name to version of the models behind the observations; each event names its own. */
  readonly models?: Readonly<Record<string, string>>
  readonly loop?: LoopState
  /** What the picture is compared with while nothing in it moves. */
  readonly still?: StillState
  /** The last seconds of sound. */
  readonly heard: readonly SoundObservation[]
  /** End of the newest sound judged; what lies before is ignored. */
  readonly heardMs?: number
  /** Since when the sound is digital silence. */
  readonly mutedSinceMs?: number
  /** The silence has been reported; until there is sound again it is not reported once more. */
  readonly isMuted?: true
  readonly signals: Readonly<Partial<Record<EventKind, SignalState>>>
  readonly open: Readonly<Partial<Record<EventKind, OpenIncident>>>
  readonly quiet: Readonly<Partial<Record<EventKind, Cooldown>>>
  /** Absent: no coverage is kept, as of clips. */
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
export function open (draft: Draft, kind: EventKind, rule: Rule, sinceMs: number, detail: Readonly<Record<string, unknown>>): void {
  if (draft.state.open[kind] !== undefined) return
  const incident = nextIncident(draft)
  draft.state.open[kind] = { incident, sinceMs }
  emit(draft, kind, rule, { phase: 'start', atMs: sinceMs, incident }, detail)
}

/** Ends an open incident; nothing when it is not open. */
export function close (draft: Draft, kind: EventKind, rule: Rule, atMs: number, detail: Readonly<Record<string, unknown>> = {}): void {
  const opened = draft.state.open[kind]
  if (opened === undefined) return
  delete draft.state.open[kind]
  const endMs = Math.max(atMs, opened.sinceMs)
  emit(draft, kind, rule, { phase: 'end', atMs: endMs, durationMs: endMs - opened.sinceMs, incident: opened.incident }, detail)
}

/** Three decimals say all that a person who reads the event can use. */
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
  /** Until then the candidate was seen; `fromMs` before the first picture. */
  readonly seenUntilMs: number
  /** Until then the time since `seenUntilMs` is shared out among the causes. */
  readonly countedUntilMs: number
  readonly causes: Readonly<Partial<Record<GapCause, number>>>
  /** Pictures that end the gap if they go on. */
  readonly run?: { readonly fromMs: number, readonly lastMs: number }
  readonly line: 'never' | 'up' | 'down' | 'restart'
  /** In this session, before a pause or a restart as well. */
  readonly wasSeen: boolean
  /** A picture came since `fromMs`. */
  readonly hasPicture: boolean
  /** What last kept a picture from showing the candidate. */
  readonly hidden?: { readonly cause: GapCause, readonly atMs: number }
  /** Set in a pause. */
  readonly isPaused?: true
}

/**
 * Why the candidate is not seen. `camera_off`: the page says so. `silent`: connected, and no picture comes. `refused`:
 * what comes is no picture that is taken. `overloaded`: pictures come, and this server has no time for them. `restart`:
 * the server was away.
 */
export type GapCause = 'never_connected' | 'line_lost' | 'restart' | 'camera_off' | 'silent' | 'refused' | 'covered' | 'dark' | 'frozen' | 'upside_down' | 'overloaded'
