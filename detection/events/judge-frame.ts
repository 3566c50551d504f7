import { defined } from '../../lib/defined.ts'
import type { Observation } from '../types.ts'
import { NO_FRAMES, watchForLoop, type Loop } from '../liveness/loop.ts'
import { watchForRigid } from '../liveness/rigid.ts'
import { watchForStill, type Still } from '../liveness/still.ts'
import { baselineOf, baselineSample, isAtWork, isLearnt, learn } from './baseline.ts'
import { calibrate } from './calibration.ts'
import { rememberCandidate, splitFaces } from './candidate.ts'
import { coverHidden, coverSeen } from './coverage.ts'
import { rememberHidden } from './hidden.ts'
import { learnDistance, usualDistance } from './identity.ts'
import { endOverdueCalibration } from './judge-calibration.ts'
import { reportPending } from './judge-page.ts'
import { judgedLiveScore, learnLiveScore, usualLiveScore } from './liveness.ts'
import { rememberTurned } from './looking-away.ts'
import { isPersonInRoom, rememberOthers } from './others.ts'
import { close, isFrozen, isOpen, PAGE_REPORT_MS, sinceOf, type Draft } from './judge-state.ts'
import { applyPolicy, type Policy } from './policy.ts'
import { FRAME_KINDS, SOUND_KINDS } from './rules.ts'
import type { FrameRule } from './rule.ts'
import { peopleOf, remember, type Life, type View } from './rule-input.ts'
import { expireSignals, readSignal } from './signal-tracker.ts'
import { rememberLooks } from './object-evidence.ts'
import { rememberSightings, withoutAnimals } from './sightings.ts'
import { isBlind, isDark } from './visibility.ts'

/** An analyzed frame. `arrivedMs` is when it reached the server; absent: at `atMs`. */
export type JudgedFrame = Observation & { readonly arrivedMs?: number }

/** Judges a frame; one that is not newer than the newest is ignored. */
export function judgeFrame (draft: Draft, seen: JudgedFrame, policy: Policy): void {
  const { state } = draft
  const { atMs, arrivedMs = atMs } = seen
  if (state.newestMs !== undefined && atMs <= state.newestMs) return
  state.looks = rememberSightings(state.looks, seen)
  const looks = rememberLooks(state.objectLooks ?? [], seen)
  state.objectLooks = looks
  state.firstMs ??= atMs
  const { observation, pictures } = withCandidateFirst(draft, withoutAnimals(seen, state.looks))
  state.newestMs = atMs
  state.silentSinceMs = atMs
  close(draft, 'no_frames', applyPolicy('no_frames', policy), atMs)
  endCameraOff(draft, atMs, policy)
  state.history = remember(state.history, observation)
  state.hidden = rememberHidden(state.hidden ?? {}, observation)
  if (!isBlind(observation)) delete state.blindSinceMs
  else state.blindSinceMs ??= atMs
  endOverdueCalibration(draft, atMs, policy)
  const company = applyPolicy('multiple_faces', policy) as FrameRule
  const people = peopleOf(observation, company.limits).filter(
    face => isPersonInRoom(face, observation, state.others ?? [], state.looks.at(-1)?.objects)
  )
  // Where further people are allowed, the candidate is the nearest of them.
  if (people.length < 2 || !company.enabled) learnUsual(draft, observation)
  if (observation.identity !== undefined && observation.faces.length > 0) {
    state.distances = learnDistance(state.distances ?? [], observation.identity.distance)
  }
  const view: View = {
    observation,
    people,
    history: state.history,
    looks,
    hidden: state.hidden,
    ...updateTurned(draft, observation, policy),
    ...(state.heard.length > 0 && { sounds: state.heard }),
    isFrozen: isFrozen(draft),
    ...(pictures > 0 && { pictures }),
    ...defined({ baseline: state.baseline, usualDistance: usualDistance(state.distances ?? []) }),
    ...(state.calibration !== undefined && { isCalibrating: true }),
    ...(state.blindSinceMs !== undefined && { blindMs: atMs - state.blindSinceMs }),
    life: updateLife(draft, observation, policy),
    ...updateLoop(draft, observation),
    ...updateStill(draft, observation, policy)
  }
  for (const kind of FRAME_KINDS) {
    const rule = applyPolicy(kind, policy) as FrameRule
    readSignal(draft, kind, rule, atMs, () => rule.read(view, rule))
  }
  // The sound may have stopped while frames go on.
  expireSignals(draft, SOUND_KINDS, atMs, policy)
  reportPending(draft, atMs, policy)
  cover(draft, observation, arrivedMs, policy)
}

/**
 * The observation with the candidate's face first, or without faces if there are only pictures on the wall: `pictures`
 * is their number.
 */
function withCandidateFirst (
  { state }: Draft, observation: Observation
): { readonly observation: Observation, readonly pictures: number } {
  const { atMs } = observation
  const { candidate, others } = splitFaces(observation, state.others ?? [], state.candidate)
  const last = rememberCandidate(state.candidate, candidate, atMs)
  if (last !== undefined) state.candidate = last
  state.others = rememberOthers(state.others ?? [], others, observation, state.firstMs ?? atMs)
  return candidate === undefined
    ? { observation: { ...observation, faces: [] }, pictures: others.length }
    : { observation: { ...observation, faces: [candidate, ...others] }, pictures: 0 }
}

/** Tells the coverage whether the picture shows the candidate. */
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
 * Ends `camera_off` when a picture was captured well after the page reported it: the server believes the pictures, not
 * the page. Pictures captured before the report may still arrive after it.
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
 * Learns what is usual for this candidate from the first good frames, and during a calibration where the corners of the
 * screen are.
 */
function learnUsual (draft: Draft, observation: Observation): void {
  const { state } = draft
  const sample = isFrozen(draft) ? undefined : baselineSample(observation)
  if (sample === undefined) return
  // The baseline is learnt during a calibration too: it must know narrow eyes even if the calibration fails.
  if (state.calibration !== undefined) state.calibration = calibrate(state.calibration, sample)
  const isSettled = state.baseline !== undefined && state.learning === undefined
  if (isSettled || !isAtWork(sample)) return
  state.learning = learn(state.learning ?? [], sample)
  const baseline = baselineOf(state.learning)
  if (baseline !== undefined) state.baseline = baseline
  if (isLearnt(state.learning)) delete state.learning
}

/** Follows for how long the head has been turned aside. */
function updateTurned (
  { state }: Draft, { faces: [face], atMs }: Observation, policy: Policy
): { readonly turnedSinceMs?: number } {
  const rule = applyPolicy('looking_away', policy) as FrameRule
  const turned = rememberTurned(state.turned, face, state.baseline, atMs, rule)
  if (turned === undefined) delete state.turned
  else state.turned = turned
  return defined({ turnedSinceMs: turned?.sinceMs })
}

/** Learns the usual score of the anti-spoof nets, and watches whether the face is rigid. */
function updateLife (draft: Draft, observation: Observation, policy: Policy): Life {
  const { state } = draft
  const { limits } = applyPolicy('liveness_unsure', policy) as FrameRule
  const view = { observation, isFrozen: isFrozen(draft), ...defined({ baseline: state.baseline }) }
  const score = judgedLiveScore(view, { limits })
  if (score !== undefined) state.liveScores = learnLiveScore(state.liveScores, score, observation.atMs)
  const rigid = watchForRigid(state.rigid, observation.faces[0], observation.atMs)
  if (rigid === undefined) delete state.rigid
  else state.rigid = rigid
  return {
    isUnsure: isOpen(state.signals.liveness_unsure),
    isSuspected: isOpen(state.signals.spoof_suspected),
    ...defined({ usualScore: usualLiveScore(state.liveScores), rigidSinceMs: rigid?.sinceMs })
  }
}

/** Looks for a repeating recording. Frames without a face are left out: an empty room always looks the same. */
function updateLoop ({ state }: Draft, { atMs, faces, fingerprint }: Observation): { readonly loop?: Loop } {
  if (fingerprint === undefined || faces.length === 0) return {}
  const { state: loop, loop: found } = watchForLoop(state.loop ?? NO_FRAMES, { atMs, fingerprint })
  state.loop = loop
  return defined({ loop: found })
}

/** Checks whether the candidate's face moves. Dark frames are left out: there the detected face is a guess. */
function updateStill ({ state }: Draft, observation: Observation, policy: Policy): { readonly still?: Still } {
  const { cells, faces: [face], quality: { change }, atMs, width, height } = observation
  if (cells === undefined) return {}
  const { shiftPixels } = (applyPolicy('frame_frozen', policy) as FrameRule).limits
  const frame = { atMs, cells, width, height, ...defined({ face: face?.box, change }) }
  const { state: next, still } = isDark(observation) ? {} : watchForStill(state.still, frame, shiftPixels ?? 0)
  if (next === undefined) delete state.still
  else state.still = next
  return defined({ still })
}
