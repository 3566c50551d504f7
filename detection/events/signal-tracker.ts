import { defined } from '../../lib/defined.ts'
import type { EventKind } from '../types.ts'
import { expire, hold, IDLE, step, stop, type Step } from './hysteresis.ts'
import { emit, nextIncident, type Draft, type JudgeState, type SignalState } from './judge-state.ts'
import { extend, firstHigh, firstLow, median } from './median.ts'
import { applyPolicy, type Policy } from './policy.ts'
import type { FrameRule, SoundRule } from './rule.ts'
import type { Reading } from './signal.ts'

/** A rule that is judged by readings. */
export type ReadRule = FrameRule | SoundRule

/**
 * Advances one rule's signal by its reading at `atMs`. A rule that the policy turned off is not read, and its event
 * ends.
 */
export function readSignal (draft: Draft, kind: EventKind, rule: ReadRule, atMs: number, read: () => Reading): void {
  const signal: SignalState = draft.state.signals[kind] ?? { machine: IDLE, window: [] }
  if (!rule.enabled) return applyStep(draft, kind, rule, signal, stop(signal.machine, atMs, rule))
  const reading = read()
  if (reading === 'skip') return applyStep(draft, kind, rule, signal, expire(signal.machine, atMs, rule))
  if (reading === 'hold') return applyStep(draft, kind, rule, signal, hold(signal.machine, atMs, rule))

  const { score, measured } = reading
  const window = extend(signal.window, { score, atMs }, rule.window, rule.gapMs)
  const smooth = median(window, rule.window)
  // Right after a suspension the median still holds scores from before it, so it does not prove that the signal lasted.
  if ('heldSinceMs' in signal.machine && score < rule.leaveScore && smooth >= rule.leaveScore) {
    return applyStep(draft, kind, rule, { ...signal, window }, hold(signal.machine, atMs, rule))
  }
  const sinceMs =
    reading.sinceMs ??
    (smooth >= rule.enterScore ? firstHigh(window, rule.enterScore) : firstLow(window, rule.leaveScore))
  // A gap has reset the window: drop the evidence collected before it.
  const known = window.length === 1 && signal.machine.phase === 'idle' ? undefined : signal.evidence
  const isPeak = known === undefined || score > known.peakScore
  const evidence =
    score < rule.enterScore
      ? known
      : {
          frames: (known?.frames ?? 0) + 1,
          peakScore: isPeak ? score : known.peakScore,
          measured: isPeak ? measured : known.measured
        }
  const { evidence: _, ...rest } = signal
  const sample = { score: smooth, atMs, ...defined({ sinceMs }) }
  applyStep(
    draft,
    kind,
    rule,
    { ...rest, window, ...defined({ evidence }) },
    step(signal.machine, sample, rule)
  )
}

/** Stores a signal's next state and reports its transition. */
function applyStep (
  draft: Draft,
  kind: EventKind,
  rule: ReadRule,
  signal: SignalState,
  { state: machine, transition }: Step
): void {
  const { evidence, incident, window } = signal
  let openIncident = incident
  if (transition?.kind === 'started') {
    openIncident = nextIncident(draft)
    emit(draft, kind, rule, { phase: 'start', atMs: transition.atMs, incident: openIncident }, {
      ...eventDetail(rule, evidence, draft.state.models),
      enterScore: rule.enterScore,
      enterMs: rule.enterMs
    })
  } else if (transition?.kind === 'ended' && incident !== undefined) {
    const { atMs, durationMs, heldMs, reason } = transition
    openIncident = undefined
    emit(draft, kind, rule, { phase: 'end', atMs, durationMs, incident }, {
      ...eventDetail(rule, evidence, draft.state.models),
      reason,
      leaveScore: rule.leaveScore,
      leaveMs: rule.leaveMs,
      // Suspended time, such as gaze while no face was seen.
      ...(heldMs > 0 && { heldMs })
    })
  }
  const isOver =
    machine.phase === 'idle' && (transition !== undefined || !window.some(entry => entry.score >= rule.enterScore))
  draft.state.signals[kind] = {
    machine,
    window,
    ...(evidence !== undefined && !isOver && { evidence }),
    ...defined({ incident: openIncident })
  }
}

/**
 * The detail of an event: the strongest measurement, the number of frames or pieces of sound at the enter score, the
 * limits, and the models' versions.
 */
function eventDetail (
  rule: ReadRule,
  evidence: SignalState['evidence'],
  models: JudgeState['models']
): Readonly<Record<string, unknown>> {
  const versions = rule.models.flatMap(name => (models?.[name] === undefined ? [] : [[name, models[name]] as const]))
  return {
    ...evidence?.measured,
    [rule.source === 'sound' ? 'pieces' : 'frames']: evidence?.frames,
    peakScore: evidence?.peakScore,
    limits: rule.limits,
    ...(versions.length > 0 && { models: Object.fromEntries(versions) })
  }
}

/** Ends the signals of `kinds` without a reading for longer than their `gapMs`. */
export function expireSignals (draft: Draft, kinds: readonly EventKind[], atMs: number, policy: Policy): void {
  advanceAll(draft, kinds, policy, (signal, rule) => expire(signal.machine, atMs, rule))
}

/** Ends the signals of `kinds` from outside. */
export function stopSignals (draft: Draft, kinds: readonly EventKind[], atMs: number, policy: Policy): void {
  advanceAll(draft, kinds, policy, (signal, rule) => stop(signal.machine, atMs, rule))
}

function advanceAll (
  draft: Draft,
  kinds: readonly EventKind[],
  policy: Policy,
  advance: (signal: SignalState, rule: ReadRule) => Step
): void {
  for (const kind of kinds) {
    const signal = draft.state.signals[kind]
    if (signal === undefined) continue
    const rule = applyPolicy(kind, policy) as ReadRule
    applyStep(draft, kind, rule, signal, advance(signal, rule))
  }
}
