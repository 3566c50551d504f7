/** Whole policies by one word. What an author sets besides replaces the preset's field of that name. */
import { DEFAULT_POLICY } from '../../detection/events/policy.ts'
import { SERVER_RETENTION, type ExamPolicy, type PresetName } from './exam-policy.ts'

const MINUTE_MS = 60_000
/** What the judge does by default: the presets change no rule. */
const RULES = { rules: {}, weights: {}, riskLimits: DEFAULT_POLICY.riskLimits }

const PRESETS: Readonly<Record<PresetName, Omit<ExamPolicy, 'preset'>>> = {
  /** Practice: events are recorded, and no rule stops the candidate. */
  low: {
    ...RULES,
    actions: { medium: 'none', high: 'none' },
    mayTerminate: false,
    seenPercentMin: 50,
    watching: 'wanted',
    graceMs: MINUTE_MS,
    breaks: { max: 3, lengthMs: 5 * MINUTE_MS, apartMs: 15 * MINUTE_MS },
    identity: 'off',
    face: { enrolledBeforeMs: null, isConfirmed: false },
    reviewers: 1,
    keepsEvidence: false,
    appealDays: 14,
    recording: 'none',
    recordsScreen: false,
    retention: SERVER_RETENTION
  },
  /** A course exam: candidates are warned, and a proctor is called at a high risk. */
  normal: {
    ...RULES,
    actions: { medium: 'warn', high: 'ask' },
    mayTerminate: false,
    seenPercentMin: 80,
    watching: 'wanted',
    graceMs: 30_000,
    breaks: { max: 1, lengthMs: 5 * MINUTE_MS, apartMs: 30 * MINUTE_MS },
    identity: 'noted',
    face: { enrolledBeforeMs: null, isConfirmed: false },
    reviewers: 1,
    keepsEvidence: false,
    appealDays: 14,
    recording: 'none',
    recordsScreen: false,
    retention: SERVER_RETENTION
  },
  /**
   * A final exam: no questions without being seen, no breaks of one's own, a face that staff have confirmed. Nothing
   * ends an attempt by itself.
   */
  high_stake: {
    ...RULES,
    actions: { medium: 'ask', high: 'ask' },
    mayTerminate: false,
    seenPercentMin: 90,
    watching: 'required',
    graceMs: 30_000,
    breaks: { max: 0, lengthMs: 5 * MINUTE_MS, apartMs: 30 * MINUTE_MS },
    identity: 'required',
    face: { enrolledBeforeMs: 24 * 60 * MINUTE_MS, isConfirmed: true },
    reviewers: 2,
    keepsEvidence: false,
    appealDays: 14,
    recording: 'none',
    recordsScreen: false,
    retention: SERVER_RETENTION
  }
}

/** The policy to be stored: with a preset the whole of it, and what was set besides. */
export function withPreset (policy: Partial<ExamPolicy>): Partial<ExamPolicy> {
  return policy.preset === undefined ? policy : { ...PRESETS[policy.preset], ...policy }
}
