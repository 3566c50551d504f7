import type { EventKind, Observation, ProctorEvent, SoundObservation } from '../types.ts'
import { NO_FRAMES, watchForLoop, type Loop } from '../liveness/loop.ts'
import { watchForStill, type Still } from '../liveness/still.ts'
import { baselineOf, baselineSample, isAtWork, isLearnt, learn } from './baseline.ts'
import {
  calibrate, calibratedBaseline, CALIBRATIONS_MAX, isOverdue, showCorner, mayCalibrate, type Calibrated,
  type CalibrationFault, type Corner
} from './calibration.ts'
import { beginCoverage, coverHidden, coverLine, coverPause, coverSeen, coverTick } from './coverage.ts'
import { expireSignals, readSignal, stopSignals } from './signal-tracker.ts'
import { judgeSound } from './judge-sound.ts'
import {
  type Coverage, type Draft, type JudgeState, PAGE_REPORT_MS, close, draftOf, emit, isOpen, nextIncident, open, sinceOf
} from './judge-state.ts'
import { rememberSightings, withoutAnimals } from './sightings.ts'
import { applyPolicy, type Policy } from './policy.ts'
import { FRAME_KINDS, SOUND_KINDS } from './rules.ts'
import { endOf } from './sounds.ts'
import type { ClientRule, FrameRule, InputRule } from './rule.ts'
import { peopleOf, remember, type View } from './rule-input.ts'
import { isBlind, isDark } from './visibility.ts'

export type { JudgeState } from './judge-state.ts'

/**
 * What a session hears. `no-frames` is a tick that says nothing has come since the last frame: send one about each
 * second while the session runs (one too many does no harm). A lasting client event says `detail.phase` `start` or
 * `end`; without it the event is instant. `calibrate` names the corner of the screen that the candidate is asked to
 * look at from `atMs` on, one after the other, two seconds each; then `done`, when the frames of the last corner have
 * been judged, with the end of that corner as its time. `close` ends every open incident: stop, pause, termination;
 * what still lasts after a resume is found anew.
 */
export type JudgeInput =
  | JudgedFrame
  /**
   * The session runs from `atMs` on: it begins, or goes on after a pause. With `before` after a restart. Without it no
   * coverage is kept.
   */
  | { readonly type: 'watch', readonly atMs: number, readonly before?: Pick<Coverage, 'line' | 'wasSeen'> }
  /** Time goes by, whether or not anything has ever come. */
  | { readonly type: 'tick', readonly atMs: number }
  /** A picture came and was not judged. */
  | { readonly type: 'unjudged', readonly atMs: number, readonly cause: 'overloaded' | 'refused' }
  | { readonly type: 'sound', readonly sound: SoundObservation }
  | { readonly type: 'invalid-image', readonly atMs: number, readonly code: string }
  | { readonly type: 'no-frames', readonly atMs: number }
  | { readonly type: 'disconnected' | 'connected', readonly atMs: number }
  | {
    readonly type: 'client'
    readonly kind: EventKind
    readonly atMs: number
    readonly detail?: Readonly<Record<string, unknown>>
  }
  | { readonly type: 'calibrate', readonly atMs: number, readonly corner: Corner | 'done' }
  | { readonly type: 'close', readonly atMs: number }

/** A frame that was judged, and when it reached the server; absent: at `atMs`. */
export type JudgedFrame = Observation & { readonly arrivedMs?: number }

/**
 * A time so far before the newest one is no late message (captured up to 10 s ago, up to 20 s with the workers): the
 * clock was set back.
 */
export const CLOCK_STEP_MS = 30_000

export interface Judgement {
  readonly state: JudgeState
  /** In the order found; `atMs` is dated back and may lie before that of earlier events. */
  readonly events: readonly ProctorEvent[]
  /** How a calibration ended, with the input that ended it. */
  readonly calibrated?: Calibrated
}

/**
 * A fresh state; `incidents` is the highest number already used, when a session goes on after a restart. `models` is
 * name to version, as the pool tells it: events name the versions they rest on.
 */
export function createJudgeState (incidents = 0, models?: Readonly<Record<string, string>>): JudgeState {
  return {
    incidents,
    history: [],
    looks: [],
    heard: [],
    signals: {},
    open: {},
    quiet: {},
    ...(models !== undefined && { models })
  }
}

/**
 * Judges one input. Pure: the same inputs give the same events. Frames and sounds not newer than the newest one are
 * ignored.
 */
export function judge (state: JudgeState, input: JudgeInput, policy: Policy): Judgement {
  const draft = draftOf(state)
  followClock(draft, input, policy)
  if (!('type' in input)) {
    judgeFrame(draft, input, policy)
  } else {
    switch (input.type) {
      case 'sound':
        judgeSound(draft, input.sound, isFrozen(draft), policy)
        break
      case 'watch':
        beginCoverage(draft, input.atMs, input.before)
        break
      case 'tick':
        coverTick(draft, input.atMs, policy)
        break
      case 'unjudged':
        coverHidden(draft, input.cause, input.atMs, policy)
        break
      case 'no-frames':
        tick(draft, input.atMs, policy)
        coverTick(draft, input.atMs, policy)
        break
      case 'invalid-image':
        coverHidden(draft, 'refused', input.atMs, policy)
        reportOnce(draft, 'invalid_image', input.atMs, { code: input.code }, policy)
        break
      case 'disconnected':
        coverLine(draft, 'down', input.atMs)
        draft.state.disconnectedSinceMs ??= input.atMs
        close(draft, 'no_frames', applyPolicy('no_frames', policy), input.atMs, { reason: 'disconnected' })
        break
      case 'connected':
        coverLine(draft, 'up', input.atMs)
        reportLostConnection(draft, input.atMs, policy)
        close(draft, 'connection_lost', applyPolicy('connection_lost', policy), input.atMs)
        delete draft.state.disconnectedSinceMs
        draft.state.silentSinceMs = input.atMs
        break
      case 'client':
        judgePageEvent(draft, input.kind, input.atMs, input.detail ?? {}, policy)
        break
      case 'calibrate':
        judgeCalibration(draft, input.corner, input.atMs, policy)
        break
      case 'close':
        closeAll(draft, input.atMs, policy)
        break
    }
  }
  return draft
}

/**
 * Begins anew where the clock was set back: judged by the old times, nothing would be newer for as long as the step.
 */
function followClock (draft: Draft, input: JudgeInput, policy: Policy): void {
  const {
    newestMs = -Infinity,
    heardMs = -Infinity,
    silentSinceMs = -Infinity,
    baseline,
    calibrations,
    coverage
  } = draft.state
  const atMs =
    'type' in input && input.type === 'sound' ? endOf(input.sound) : (input as { readonly atMs: number }).atMs
  const latestMs = Math.max(newestMs, heardMs, silentSinceMs)
  if (latestMs - atMs <= CLOCK_STEP_MS) return
  const isDisconnected = draft.state.disconnectedSinceMs !== undefined
  closeAll(draft, latestMs, policy, 'clock')
  draft.state = {
    ...createJudgeState(draft.state.incidents, draft.state.models),
    ...(baseline !== undefined && { baseline }),
    // By the old clock the last one may lie in the future.
    ...(calibrations !== undefined && { calibrations: { begun: calibrations.begun } }),
    silentSinceMs: atMs,
    ...(isDisconnected && { disconnectedSinceMs: atMs }),
    ...(coverage !== undefined && { coverage })
  }
  if (coverage !== undefined) beginCoverage(draft, atMs)
}

function judgeFrame (draft: Draft, seen: JudgedFrame, policy: Policy): void {
  const { state } = draft
  const { atMs, arrivedMs = atMs } = seen
  if (state.newestMs !== undefined && atMs <= state.newestMs) return
  state.looks = rememberSightings(state.looks, seen)
  const observation = withoutAnimals(seen, state.looks)
  state.newestMs = atMs
  state.silentSinceMs = atMs
  close(draft, 'no_frames', applyPolicy('no_frames', policy), atMs)
  endCameraOff(draft, atMs, policy)
  state.history = remember(state.history, observation)
  if (!isBlind(observation)) delete state.blindSinceMs
  else state.blindSinceMs ??= atMs
  watchCalibration(draft, atMs, policy)
  const company = applyPolicy('multiple_faces', policy) as FrameRule
  const people = peopleOf(observation, company.limits)
  // Where company is allowed, the candidate is the nearest of them.
  if (people.length < 2 || !company.enabled) learnUsual(draft, observation)
  const view: View = {
    observation,
    people,
    history: state.history,
    sightings: state.looks,
    isFrozen: isFrozen(draft),
    ...(state.baseline !== undefined && { baseline: state.baseline }),
    ...(state.calibration !== undefined && { isCalibrating: true }),
    ...(state.blindSinceMs !== undefined && { blindMs: atMs - state.blindSinceMs }),
    ...updateLoop(draft, observation),
    ...updateStill(draft, observation, policy)
  }
  for (const kind of FRAME_KINDS) {
    const rule = applyPolicy(kind, policy) as FrameRule
    readSignal(draft, kind, rule, atMs, () => rule.read(view, rule))
  }
  // Frames go on while the sound may have stopped.
  expireSignals(draft, SOUND_KINDS, atMs, policy)
  reportPending(draft, atMs, policy)
  cover(draft, observation, arrivedMs, policy)
}

/** What the picture is worth for the coverage. */
function cover (draft: Draft, observation: Observation, arrivedMs: number, policy: Policy): void {
  const { frame_frozen: frozen, camera_upside_down: upsideDown } = draft.state.signals
  if (isBlind(observation)) {
    return coverHidden(draft, observation.quality.blocked ? 'covered' : 'dark', arrivedMs, policy)
  }
  if (frozen !== undefined && isOpen(frozen)) return coverHidden(draft, 'frozen', arrivedMs, policy, sinceOf(frozen))
  if (upsideDown !== undefined && isOpen(upsideDown)) {
    return coverHidden(draft, 'upside_down', arrivedMs, policy, sinceOf(upsideDown))
  }
  coverSeen(draft, arrivedMs, policy)
}

/**
 * A camera that sends pictures is on, and a page that says otherwise is not believed. What was captured before may
 * still arrive.
 */
function endCameraOff (draft: Draft, atMs: number, policy: Policy): void {
  const {
    open: { camera_off: off },
    quiet: { camera_off: quiet }
  } = draft.state
  if (off !== undefined && atMs - off.sinceMs > PAGE_REPORT_MS) {
    close(draft, 'camera_off', applyPolicy('camera_off', policy), atMs, { reason: 'picture' })
  }
  if (quiet?.pendingSinceMs !== undefined && atMs - quiet.pendingSinceMs > PAGE_REPORT_MS) {
    draft.state.quiet.camera_off = { atMs: quiet.atMs, suppressed: quiet.suppressed + 1 }
  }
}

/**
 * Learns what is usual for this candidate from the first good frames, or the corners of the screen from those of a
 * calibration.
 */
function learnUsual (draft: Draft, observation: Observation): void {
  const { state } = draft
  const sample = isFrozen(draft) ? undefined : baselineSample(observation)
  if (sample === undefined) return
  // The usual goes on being learnt meanwhile: narrow eyes must be known, whatever comes of the calibration.
  if (state.calibration !== undefined) state.calibration = calibrate(state.calibration, sample)
  const isSettled = state.baseline !== undefined && state.learning === undefined
  if (isSettled || !isAtWork(sample)) return
  state.learning = learn(state.learning ?? [], sample)
  const baseline = baselineOf(state.learning)
  if (baseline !== undefined) state.baseline = baseline
  if (isLearnt(state.learning)) delete state.learning
}

function judgeCalibration (draft: Draft, corner: Corner | 'done', atMs: number, policy: Policy): void {
  const { state } = draft
  if (corner === 'done') return endCalibration(draft, atMs, policy)
  if (state.calibration === undefined) {
    const rule = applyPolicy('calibration', policy) as InputRule
    const before = state.calibrations ?? { begun: 0 }
    const fault: CalibrationFault | undefined = !rule.enabled
      ? 'off'
      : mayCalibrate(before, atMs, rule.cooldownMs)
        ? undefined
        : 'too_often'
    if (fault !== undefined) {
      draft.calibrated = { ok: false, reason: fault }
      return
    }
    state.calibrations = { ...before, begun: before.begun + 1 }
    open(draft, 'calibration', rule, atMs, { number: before.begun + 1, of: CALIBRATIONS_MAX })
  }
  state.calibration = showCorner(state.calibration, corner, atMs)
}

/** Takes over what a calibration measured, where it is good enough; `fault` ends it without. */
function endCalibration (draft: Draft, atMs: number, policy: Policy, fault?: CalibrationFault): void {
  const { state } = draft
  const { calibration, baseline: before } = state
  const measured = fault ?? (calibration === undefined ? 'too_short' : calibratedBaseline(calibration, atMs))
  delete state.calibration
  const rule = applyPolicy('calibration', policy)
  if (typeof measured === 'string') {
    draft.calibrated = { ok: false, reason: measured }
    return close(draft, 'calibration', rule, atMs, { ok: false, reason: measured })
  }
  state.baseline = measured
  state.calibrations = { begun: 1, ...state.calibrations, countedAtMs: atMs }
  delete state.learning
  draft.calibrated = { ok: true }
  close(draft, 'calibration', rule, atMs, { ok: true, ...(before !== undefined && { before }), after: measured })
}

/** A calibration that nobody ends is no way to look about unjudged. */
function watchCalibration (draft: Draft, atMs: number, policy: Policy): void {
  if (draft.state.calibration !== undefined && isOverdue(draft.state.calibration, atMs)) {
    endCalibration(draft, atMs, policy, 'too_long')
  }
}

function isFrozen ({ state }: Draft): boolean {
  return isOpen(state.signals.frame_frozen)
}

/** An empty room looks the same again and again: only frames with a face in them can be a loop. */
function updateLoop ({ state }: Draft, { atMs, faces, fingerprint }: Observation): { readonly loop?: Loop } {
  if (fingerprint === undefined || faces.length === 0) return {}
  const { state: loop, loop: found } = watchForLoop(state.loop ?? NO_FRAMES, { atMs, fingerprint })
  state.loop = loop
  return found === undefined ? {} : { loop: found }
}

/** Whether the candidate's face moves. An empty room stands still of itself, and in the dark a face is a guess. */
function updateStill ({ state }: Draft, observation: Observation, policy: Policy): { readonly still?: Still } {
  const { cells, faces: [face], quality: { change }, atMs, width, height } = observation
  if (cells === undefined) return {}
  const { shiftPixels } = (applyPolicy('frame_frozen', policy) as FrameRule).limits
  const frame = {
    atMs,
    cells,
    width,
    height,
    ...(face !== undefined && { face: face.box }),
    ...(change !== undefined && { change })
  }
  const { state: next, still } = isDark(observation) ? {} : watchForStill(state.still, frame, shiftPixels ?? 0)
  if (next === undefined) delete state.still
  else state.still = next
  return still === undefined ? {} : { still }
}

/** Time goes by without a frame. */
function tick (draft: Draft, atMs: number, policy: Policy): void {
  const { state } = draft
  watchCalibration(draft, atMs, policy)
  expireSignals(draft, FRAME_KINDS, atMs, policy)
  expireSignals(draft, SOUND_KINDS, atMs, policy)
  reportPending(draft, atMs, policy)
  reportLostConnection(draft, atMs, policy)
  if (state.disconnectedSinceMs !== undefined || state.open.camera_off !== undefined) {
    // The reason is known: the silence is counted from when frames can be expected again.
    state.silentSinceMs = atMs
    return
  }
  state.silentSinceMs ??= atMs
  const rule = applyPolicy('no_frames', policy) as InputRule
  const silentMs = atMs - state.silentSinceMs
  if (rule.enabled && silentMs >= rule.enterMs) {
    open(draft, 'no_frames', rule, state.silentSinceMs, { silentMs, enterMs: rule.enterMs })
  }
}

function reportLostConnection (draft: Draft, atMs: number, policy: Policy): void {
  const sinceMs = draft.state.disconnectedSinceMs
  const rule = applyPolicy('connection_lost', policy) as InputRule
  if (sinceMs === undefined || !rule.enabled || atMs - sinceMs < rule.enterMs) return
  open(draft, 'connection_lost', rule, sinceMs, { silentMs: atMs - sinceMs, enterMs: rule.enterMs })
}

/** Only the page's own kinds: a candidate cannot report what the server judges. */
function judgePageEvent (
  draft: Draft,
  kind: EventKind,
  atMs: number,
  detail: Readonly<Record<string, unknown>>,
  policy: Policy
): void {
  const rule = applyPolicy(kind, policy)
  if (rule.source !== 'client' || !rule.enabled) return
  const { phase, ...rest } = detail
  if (!rule.isLasting || (phase !== 'start' && phase !== 'end')) {
    return reportOnce(draft, kind, atMs, { ...rest, source: 'page' }, policy)
  }
  const quiet = draft.state.quiet[kind]
  if (phase === 'end') {
    if (quiet?.pendingSinceMs !== undefined) {
      draft.state.quiet[kind] = { atMs: quiet.atMs, suppressed: quiet.suppressed + 1 }
    }
    // What was heard, hearing ends.
    if (kind === 'microphone_off' && draft.state.isMuted === true) return
    return close(draft, kind, rule, atMs, { ...rest, source: 'page' })
  }
  if (draft.state.open[kind] !== undefined || quiet?.pendingSinceMs !== undefined) return
  if (quiet !== undefined && atMs - quiet.atMs < rule.cooldownMs) {
    draft.state.quiet[kind] = { ...quiet, pendingSinceMs: atMs }
    return
  }
  open(draft, kind, rule, atMs, { ...rest, source: 'page', ...suppressedOf(quiet) })
  draft.state.quiet[kind] = { atMs, suppressed: 0 }
}

/** An event without duration, at most one a cooldown; the next one says how many were kept back. */
function reportOnce (
  draft: Draft,
  kind: EventKind,
  atMs: number,
  detail: Readonly<Record<string, unknown>>,
  policy: Policy
): void {
  const rule = applyPolicy(kind, policy) as ClientRule | InputRule
  if (!rule.enabled || draft.state.open[kind] !== undefined) return
  const quiet = draft.state.quiet[kind]
  if (quiet !== undefined && atMs - quiet.atMs < rule.cooldownMs) {
    draft.state.quiet[kind] = { ...quiet, suppressed: quiet.suppressed + 1 }
    return
  }
  emit(
    draft,
    kind,
    rule,
    { phase: 'instant', atMs, incident: nextIncident(draft) },
    { ...detail, ...suppressedOf(quiet) }
  )
  draft.state.quiet[kind] = { atMs, suppressed: 0 }
}

/** Reports lasting client events that began within a cooldown and outlast it: flickering first hides nothing. */
function reportPending (draft: Draft, atMs: number, policy: Policy): void {
  for (const [kind, quiet] of Object.entries(draft.state.quiet) as [
    EventKind,
    NonNullable<JudgeState['quiet'][EventKind]>
  ][]) {
    const rule = applyPolicy(kind, policy)
    if (quiet.pendingSinceMs === undefined || rule.source !== 'client' || atMs - quiet.atMs < rule.cooldownMs) continue
    open(draft, kind, rule, quiet.pendingSinceMs, { source: 'page', ...suppressedOf(quiet) })
    draft.state.quiet[kind] = { atMs: quiet.pendingSinceMs, suppressed: 0 }
  }
}

function suppressedOf (quiet: { readonly suppressed: number } | undefined): { readonly suppressed?: number } {
  return quiet !== undefined && quiet.suppressed > 0 ? { suppressed: quiet.suppressed } : {}
}

function closeAll (draft: Draft, atMs: number, policy: Policy, reason = 'stop'): void {
  const { state } = draft
  tick(draft, atMs, policy)
  coverPause(draft, atMs, policy)
  // Rules keep the evidence they have gathered. A pause longer than a rule's `gapMs` expires it, so pausing every few
  // seconds hides nothing.
  const rising = Object.fromEntries(
    Object.entries(state.signals).filter(([, { machine }]) => machine.phase === 'rising')
  )
  stopSignals(draft, FRAME_KINDS, atMs, policy)
  stopSignals(draft, SOUND_KINDS, atMs, policy)
  for (const kind of Object.keys(state.open) as EventKind[]) {
    close(draft, kind, applyPolicy(kind, policy), atMs, { reason })
  }
  draft.state = {
    ...createJudgeState(state.incidents, state.models),
    signals: rising,
    // The same person at the same screen goes on after a pause.
    ...(state.baseline !== undefined && { baseline: state.baseline }),
    ...(state.calibrations !== undefined && { calibrations: state.calibrations }),
    ...(state.coverage !== undefined && { coverage: state.coverage }),
    ...(state.still !== undefined && { still: state.still }),
    // Frames and sounds captured before the close and arriving after it belong to no session time.
    newestMs: Math.max(atMs, state.newestMs ?? atMs),
    heardMs: Math.max(atMs, state.heardMs ?? atMs),
    quiet: Object.fromEntries(
      Object.entries(state.quiet).map(([kind, { atMs, suppressed }]) => [kind, { atMs, suppressed }])
    )
  }
}
