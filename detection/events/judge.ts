import type { EventKind, Observation, ProctorEvent } from '../types.ts'
import { NO_FRAMES, watchForLoop, type Loop } from '../liveness/loop.ts'
import { expire, hold, IDLE, step, stop, type Step } from './hysteresis.ts'
import { close, draftOf, emit, nextIncident, open, type Draft, type JudgeState, type SignalState } from './incidents.ts'
import { extend, firstHigh, firstLow, median } from './median.ts'
import { applyPolicy, type Policy } from './policy.ts'
import { FRAME_KINDS } from './rules.ts'
import type { ClientRule, FrameRule, InputRule } from './rule.ts'
import { isBlind, remember, type View } from './view.ts'

export type { JudgeState } from './incidents.ts'

/**
 * What a session hears. `no-frames` is a tick that says nothing has come since the last frame: send one about each second
 * while the session runs (one too many does no harm). A lasting client event says `detail.phase` `start` or `end`;
 * without it the event is instant. `close` ends every open incident: stop, pause, termination; what still lasts
 * after a resume is found anew.
 */
export type JudgeInput =
  | Observation
  | { readonly type: 'invalid-image', readonly atMs: number, readonly code: string }
  | { readonly type: 'no-frames', readonly atMs: number }
  | { readonly type: 'disconnected' | 'connected', readonly atMs: number }
  | { readonly type: 'client', readonly kind: EventKind, readonly atMs: number, readonly detail?: Readonly<Record<string, unknown>> }
  | { readonly type: 'close', readonly atMs: number }

export interface Judgement {
  readonly state: JudgeState
  /** In the order found; `atMs` is dated back and may lie before that of earlier events. */
  readonly events: readonly ProctorEvent[]
}

/** A fresh state; `incidents` is the highest number already used, when a session goes on after a restart. */
export function createJudgeState (incidents = 0): JudgeState {
  return { incidents, history: [], signals: {}, open: {}, quiet: {} }
}

/** Judges one input. Pure: the same inputs give the same events. Frames not newer than the newest one are ignored. */
export function judge (state: JudgeState, input: JudgeInput, policy: Policy): Judgement {
  const draft = draftOf(state)
  if (!('type' in input)) {
    seeFrame(draft, input, policy)
  } else {
    switch (input.type) {
      case 'no-frames':
        tick(draft, input.atMs, policy)
        break
      case 'invalid-image':
        reportOnce(draft, 'invalid_image', input.atMs, { code: input.code }, policy)
        break
      case 'disconnected':
        draft.state.disconnectedSinceMs ??= input.atMs
        close(draft, 'no_frames', applyPolicy('no_frames', policy), input.atMs, { reason: 'disconnected' })
        break
      case 'connected':
        loseConnection(draft, input.atMs, policy)
        close(draft, 'connection_lost', applyPolicy('connection_lost', policy), input.atMs)
        delete draft.state.disconnectedSinceMs
        draft.state.silentSinceMs = input.atMs
        break
      case 'client':
        hearClient(draft, input.kind, input.atMs, input.detail ?? {}, policy)
        break
      case 'close':
        closeAll(draft, input.atMs, policy)
        break
    }
  }
  return draft
}

function seeFrame (draft: Draft, observation: Observation, policy: Policy): void {
  const { state } = draft
  const { atMs } = observation
  if (state.newestMs !== undefined && atMs <= state.newestMs) return
  state.newestMs = atMs
  state.silentSinceMs = atMs
  close(draft, 'no_frames', applyPolicy('no_frames', policy), atMs)
  state.history = remember(state.history, observation)
  if (!isBlind(observation)) delete state.blindSinceMs
  else state.blindSinceMs ??= atMs
  const frozen = state.signals.frame_frozen?.machine.phase
  const view: View = {
    observation,
    history: state.history,
    isFrozen: frozen === 'active' || frozen === 'falling',
    ...(state.blindSinceMs !== undefined && { blindMs: atMs - state.blindSinceMs }),
    ...lookForLoop(draft, observation)
  }
  for (const kind of FRAME_KINDS) readSignal(draft, kind, view, policy)
  reportPending(draft, atMs, policy)
}

/** An empty room looks the same again and again: only frames with a face in them can be a loop. */
function lookForLoop ({ state }: Draft, { atMs, faces, fingerprint }: Observation): { readonly loop?: Loop } {
  if (fingerprint === undefined || faces.length === 0) return {}
  const { state: loop, loop: found } = watchForLoop(state.loop ?? NO_FRAMES, { atMs, fingerprint })
  state.loop = loop
  return found === undefined ? {} : { loop: found }
}

function readSignal (draft: Draft, kind: EventKind, view: View, policy: Policy): void {
  const rule = applyPolicy(kind, policy) as FrameRule
  const { atMs } = view.observation
  const signal: SignalState = draft.state.signals[kind] ?? { machine: IDLE, window: [] }
  if (!rule.enabled) return follow(draft, kind, rule, signal, stop(signal.machine, atMs, rule))
  const reading = rule.read(view, rule)
  if (reading === 'skip') return follow(draft, kind, rule, signal, expire(signal.machine, atMs, rule))
  if (reading === 'hold') return follow(draft, kind, rule, signal, hold(signal.machine, atMs, rule))

  const { score, measured } = reading
  const window = extend(signal.window, { score, atMs }, rule.window, rule.gapMs)
  const smooth = median(window, rule.window)
  const sinceMs = smooth >= rule.enterScore ? firstHigh(window, rule.enterScore) : firstLow(window, rule.leaveScore)
  // A window that begins anew begins with no evidence.
  const known = window.length === 1 && signal.machine.phase === 'idle' ? undefined : signal.evidence
  const isPeak = known === undefined || score > known.peakScore
  const evidence = score < rule.enterScore
    ? known
    : { frames: (known?.frames ?? 0) + 1, peakScore: isPeak ? score : known.peakScore, measured: isPeak ? measured : known.measured }
  const { evidence: _, ...rest } = signal
  const sample = { score: smooth, atMs, ...(sinceMs !== undefined && { sinceMs }) }
  follow(draft, kind, rule, { ...rest, window, ...(evidence !== undefined && { evidence }) }, step(signal.machine, sample, rule))
}

/** Stores a signal's next state and reports its transition. */
function follow (draft: Draft, kind: EventKind, rule: FrameRule, signal: SignalState, { state: machine, transition }: Step): void {
  const { evidence, incident, window } = signal
  let openIncident = incident
  if (transition?.kind === 'started') {
    openIncident = nextIncident(draft)
    emit(draft, kind, rule, { phase: 'start', atMs: transition.atMs, incident: openIncident }, {
      ...evidence?.measured,
      frames: evidence?.frames,
      peakScore: evidence?.peakScore,
      enterScore: rule.enterScore,
      enterMs: rule.enterMs,
      limits: rule.limits
    })
  } else if (transition?.kind === 'ended' && incident !== undefined) {
    const { atMs, durationMs, heldMs, reason } = transition
    openIncident = undefined
    emit(draft, kind, rule, { phase: 'end', atMs, durationMs, incident }, {
      ...evidence?.measured,
      reason,
      frames: evidence?.frames,
      peakScore: evidence?.peakScore,
      leaveScore: rule.leaveScore,
      leaveMs: rule.leaveMs,
      // Time in which the frames could not tell, such as gaze while no face was seen.
      ...(heldMs > 0 && { heldMs })
    })
  }
  const isOver = machine.phase === 'idle' && (transition !== undefined || !window.some(entry => entry.score >= rule.enterScore))
  draft.state.signals[kind] = {
    machine,
    window,
    ...(evidence !== undefined && !isOver && { evidence }),
    ...(openIncident !== undefined && { incident: openIncident })
  }
}

/** Time goes by without a frame. */
function tick (draft: Draft, atMs: number, policy: Policy): void {
  const { state } = draft
  for (const kind of FRAME_KINDS) {
    const signal = state.signals[kind]
    if (signal === undefined) continue
    const rule = applyPolicy(kind, policy) as FrameRule
    follow(draft, kind, rule, signal, expire(signal.machine, atMs, rule))
  }
  reportPending(draft, atMs, policy)
  loseConnection(draft, atMs, policy)
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

function loseConnection (draft: Draft, atMs: number, policy: Policy): void {
  const sinceMs = draft.state.disconnectedSinceMs
  const rule = applyPolicy('connection_lost', policy) as InputRule
  if (sinceMs === undefined || !rule.enabled || atMs - sinceMs < rule.enterMs) return
  open(draft, 'connection_lost', rule, sinceMs, { silentMs: atMs - sinceMs, enterMs: rule.enterMs })
}

/** Only the page's own kinds: a candidate cannot report what the server judges. */
function hearClient (draft: Draft, kind: EventKind, atMs: number, detail: Readonly<Record<string, unknown>>, policy: Policy): void {
  const rule = applyPolicy(kind, policy)
  if (rule.source !== 'client' || !rule.enabled) return
  const { phase, ...rest } = detail
  if (!rule.isLasting || (phase !== 'start' && phase !== 'end')) return reportOnce(draft, kind, atMs, { source: 'page', ...rest }, policy)
  const quiet = draft.state.quiet[kind]
  if (phase === 'end') {
    if (quiet?.pendingSinceMs !== undefined) {
      draft.state.quiet[kind] = { atMs: quiet.atMs, suppressed: quiet.suppressed + 1 }
    }
    return close(draft, kind, rule, atMs, { source: 'page', ...rest })
  }
  if (draft.state.open[kind] !== undefined || quiet?.pendingSinceMs !== undefined) return
  if (quiet !== undefined && atMs - quiet.atMs < rule.cooldownMs) {
    draft.state.quiet[kind] = { ...quiet, pendingSinceMs: atMs }
    return
  }
  open(draft, kind, rule, atMs, { source: 'page', ...rest, ...suppressedOf(quiet) })
  draft.state.quiet[kind] = { atMs, suppressed: 0 }
}

/** An event without duration, at most one a cooldown; the next one says how many were kept back. */
function reportOnce (draft: Draft, kind: EventKind, atMs: number, detail: Readonly<Record<string, unknown>>, policy: Policy): void {
  const rule = applyPolicy(kind, policy) as ClientRule | InputRule
  if (!rule.enabled || draft.state.open[kind] !== undefined) return
  const quiet = draft.state.quiet[kind]
  if (quiet !== undefined && atMs - quiet.atMs < rule.cooldownMs) {
    draft.state.quiet[kind] = { ...quiet, suppressed: quiet.suppressed + 1 }
    return
  }
  emit(draft, kind, rule, { phase: 'instant', atMs, incident: nextIncident(draft) }, { ...detail, ...suppressedOf(quiet) })
  draft.state.quiet[kind] = { atMs, suppressed: 0 }
}

/** Reports lasting client events that began within a cooldown and outlast it: flickering first hides nothing. */
function reportPending (draft: Draft, atMs: number, policy: Policy): void {
  for (const [kind, quiet] of Object.entries(draft.state.quiet) as [EventKind, NonNullable<JudgeState['quiet'][EventKind]>][]) {
    const rule = applyPolicy(kind, policy)
    if (quiet.pendingSinceMs === undefined || rule.source !== 'client' || atMs - quiet.atMs < rule.cooldownMs) continue
    open(draft, kind, rule, quiet.pendingSinceMs, { source: 'page', ...suppressedOf(quiet) })
    draft.state.quiet[kind] = { atMs: quiet.pendingSinceMs, suppressed: 0 }
  }
}

function suppressedOf (quiet: { readonly suppressed: number } | undefined): { readonly suppressed?: number } {
  return quiet !== undefined && quiet.suppressed > 0 ? { suppressed: quiet.suppressed } : {}
}

function closeAll (draft: Draft, atMs: number, policy: Policy): void {
  const { state } = draft
  tick(draft, atMs, policy)
  for (const kind of FRAME_KINDS) {
    const signal = state.signals[kind]
    if (signal === undefined) continue
    const rule = applyPolicy(kind, policy) as FrameRule
    follow(draft, kind, rule, signal, stop(signal.machine, atMs, rule))
  }
  for (const kind of Object.keys(state.open) as EventKind[]) close(draft, kind, applyPolicy(kind, policy), atMs, { reason: 'stop' })
  draft.state = {
    ...createJudgeState(state.incidents),
    // Frames captured before the close and arriving after it belong to no session time.
    newestMs: Math.max(atMs, state.newestMs ?? atMs),
    quiet: Object.fromEntries(Object.entries(state.quiet).map(([kind, { atMs, suppressed }]) => [kind, { atMs, suppressed }]))
  }
}
