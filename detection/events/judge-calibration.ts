import { defined } from '../../lib/defined.ts'
import {
  calibratedBaseline, CALIBRATIONS_MAX, isOverdue, mayCalibrate, showCorner, type CalibrationFault, type Calibrations,
  type Corner
} from './calibration.ts'
import { close, open, type Draft } from './judge-state.ts'
import { applyPolicy, type Policy } from './policy.ts'
import type { InputRule } from './rule.ts'

/** Begins or continues a calibration with a corner of the screen, or ends it with `done`. */
export function judgeCalibration (draft: Draft, corner: Corner | 'done', atMs: number, policy: Policy): void {
  const { state } = draft
  if (corner === 'done') return endCalibration(draft, atMs, policy)
  if (state.calibration === undefined) {
    const rule = applyPolicy('calibration', policy) as InputRule
    const before = state.calibrations ?? { begun: 0 }
    const fault = faultOf(before, rule, atMs)
    if (fault !== undefined) {
      draft.calibrated = { ok: false, reason: fault }
      return
    }
    state.calibrations = { ...before, begun: before.begun + 1 }
    open(draft, 'calibration', rule, atMs, { number: before.begun + 1, of: CALIBRATIONS_MAX })
  }
  state.calibration = showCorner(state.calibration, corner, atMs)
}

/** Ends the calibration. Its baseline replaces the earlier one if it is good enough and `fault` is absent. */
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
  close(draft, 'calibration', rule, atMs, { ok: true, ...defined({ before }), after: measured })
}

/**
 * Ends a calibration that has lasted too long. Gaze is not judged during a calibration, so an endless one would hide
 * where the candidate looks.
 */
export function endOverdueCalibration (draft: Draft, atMs: number, policy: Policy): void {
  if (draft.state.calibration !== undefined && isOverdue(draft.state.calibration, atMs)) {
    endCalibration(draft, atMs, policy, 'too_long')
  }
}

/** Why no calibration may begin now; undefined when one may. */
function faultOf (before: Calibrations, rule: InputRule, atMs: number): CalibrationFault | undefined {
  if (!rule.enabled) return 'off'
  return mayCalibrate(before, atMs, rule.cooldownMs) ? undefined : 'too_often'
}
