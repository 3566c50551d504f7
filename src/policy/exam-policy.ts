/** What an exam's stored policy and a candidate's accommodation mean for the judge. */
import type { Database, Exam, JsonObject, Session } from '../../db/index.ts'
import { accommodate, type Accommodations } from '../../detection/events/accommodations.ts'
import { applyPolicy, DEFAULT_POLICY, mergePolicies, type Policy } from '../../detection/events/policy.ts'
import type { RiskLevel } from '../../detection/events/score.ts'
import { EVENT_KINDS } from '../../detection/types.ts'

/** What happens by itself when a session's risk reaches a level. `ask` calls a proctor. */
export type RiskAction = 'none' | 'warn' | 'ask' | 'terminate'

/** What a session is judged by, and what follows from it. */
export interface SessionPolicy {
  readonly policy: Policy
  /** The exam's author: the teacher who may watch; null without an exam. */
  readonly ownerId: string | null
  readonly actions: Readonly<Record<Exclude<RiskLevel, 'Low'>, RiskAction>>
  /** The candidate's face is compared with the enrolled one. */
  readonly comparesFace: boolean
  readonly recording: ExamPolicy['recording']
  readonly recordsScreen: boolean
  readonly keepsEvidence: boolean
}

/** As stored with an exam: `terminate` acts only where `mayTerminate` says so. */
export interface ExamPolicy extends Omit<Policy, 'version'> {
  /** What it was filled with; single fields may differ from it. */
  readonly preset?: PresetName
  readonly actions: { readonly medium: RiskAction, readonly high: RiskAction }
  readonly mayTerminate: boolean
  /**
   * Whether the candidate must be seen. `required`: questions and answers are refused after `graceMs` unseen. `none`:
   * no coverage is kept.
   */
  readonly watching: 'none' | 'wanted' | 'required'
  readonly graceMs: number
  /** Pauses that candidates may take on their own while an attempt is open; the exam's clock goes on in them. */
  readonly breaks: BreakPolicy
  /**
   * Whether the candidate is compared with the enrolled face. `required`: no start without one that fulfills `face`.
   */
  readonly identity: 'off' | 'noted' | 'required'
  readonly face: FacePolicy
  /** How many people decide about a session after the exam. */
  readonly reviewers: 1 | 2
  /** Whether a picture and a clip, or the sound, of each incident are stored for the review. */
  readonly keepsEvidence: boolean
  /** Days after a decision in which a candidate may appeal. */
  readonly appealDays: number
  /** Pictures and sound that are kept: none, those around incidents, or all. */
  readonly recording: 'none' | 'incidents' | 'full'
  /** Whether the candidate is asked to share the whole screen, which is recorded, too. Only where all is recorded. */
  readonly recordsScreen: boolean
  readonly retention: RetentionPolicy
}

/** For how long an exam keeps what it stores; null: as the server has it. */
export interface RetentionPolicy {
  readonly recordingDays: number | null
  readonly dismissedDays: number | null
  readonly confirmedDays: number | null
  readonly recordsDays: number | null
  readonly face: 'account' | 'exam' | null
}

export const SERVER_RETENTION: RetentionPolicy = {
  recordingDays: null, dismissedDays: null, confirmedDays: null, recordsDays: null, face: null
}

export interface BreakPolicy {
  /** In one attempt; 0: none. */
  readonly max: number
  /** The session goes on by itself after so long. */
  readonly lengthMs: number
  /** Between the end of one and the start of the next. */
  readonly apartMs: number
}

/** What `identity: required` asks of the enrolled face, and what `noted` reports where it does not hold. */
export interface FacePolicy {
  /** Enrolled at least so long before the start; null: at any time before it. */
  readonly enrolledBeforeMs: number | null
  /** Staff have confirmed that it is the candidate's. */
  readonly isConfirmed: boolean
}

export const DEFAULT_EXAM_POLICY: ExamPolicy = {
  rules: {},
  weights: {},
  riskLimits: DEFAULT_POLICY.riskLimits,
  actions: { medium: 'none', high: 'none' },
  mayTerminate: false,
  seenPercentMin: DEFAULT_POLICY.seenPercentMin,
  watching: 'wanted',
  graceMs: 30_000,
  breaks: { max: 0, lengthMs: 300_000, apartMs: 1_800_000 },
  identity: 'off',
  face: { enrolledBeforeMs: null, isConfirmed: false },
  reviewers: 1,
  keepsEvidence: false,
  appealDays: 14,
  recording: 'none',
  recordsScreen: false,
  retention: SERVER_RETENTION
}

/** An exam that watches no candidate keeps no coverage, so it reports no gaps. */
const UNWATCHED: Policy['rules'] = { watch_gap: { enabled: false }, never_watched: { enabled: false } }

/** A stored policy with what it leaves open filled in; it was checked when it was stored. */
export function readPolicy (stored: JsonObject): ExamPolicy {
  return { ...DEFAULT_EXAM_POLICY, ...stored as Partial<ExamPolicy> }
}

/** Whether a policy may record the screen: only where it watches the candidate and records everything. */
export const mayRecordScreen = ({ watching, recording }: Pick<ExamPolicy, 'watching' | 'recording'>): boolean =>
  watching !== 'none' && recording === 'full'

/** Whether the screen is recorded. */
export const screenIsRecorded = (policy: Pick<ExamPolicy, 'watching' | 'recording' | 'recordsScreen'>): boolean =>
  policy.recordsScreen && mayRecordScreen(policy)

/** What an accommodation changes: what is granted by name, and single rules. */
export type Flags = Accommodations & Partial<Pick<Policy, 'rules' | 'weights' | 'riskLimits'>>

/** The policy of one candidate's sessions of `exam`; `flags` is that of the accommodation. */
export function policyFor (
  exam: Pick<Exam, 'ownerId' | 'policy' | 'policyVersion'>,
  flags: JsonObject = {}
): SessionPolicy {
  const stored = readPolicy(exam.policy)
  const { rules, weights, riskLimits, seenPercentMin, actions, mayTerminate, watching, identity } = stored
  const { recording, keepsEvidence } = stored
  const allowed = (action: RiskAction): RiskAction => (action === 'terminate' && !mayTerminate ? 'ask' : action)
  return {
    policy: accommodate(
      inOrder(
        mergePolicies(
          {
            version: exam.policyVersion,
            rules: watching === 'none' ? { ...rules, ...UNWATCHED } : rules,
            weights,
            riskLimits,
            seenPercentMin
          },
          flags as Flags
        )
      ),
      flags as Flags
    ),
    ownerId: exam.ownerId,
    actions: { Medium: allowed(actions.medium), High: allowed(actions.high) },
    comparesFace: identity !== 'off',
    // Without watching the candidate is asked for no camera.
    recording: watching === 'none' ? 'none' : recording,
    recordsScreen: screenIsRecorded(stored),
    keepsEvidence: watching !== 'none' && keepsEvidence
  }
}

/**
 * Each of two policies can be right and both together not: where the candidate's rule begins below the score at which
 * the exam's ends, what begins would end at once, again and again. The lower of both holds for both.
 */
function inOrder (policy: Policy): Policy {
  const rules = { ...policy.rules }
  for (const kind of EVENT_KINDS) {
    const rule = applyPolicy(kind, policy)
    if ('leaveScore' in rule && rule.leaveScore > rule.enterScore) {
      rules[kind] = { ...rules[kind], leaveScore: rule.enterScore }
    }
  }
  return { ...policy, rules }
}

/** The policy of a session as the database has it now; undefined when it belongs to no exam. */
export async function policyOf (
  db: Pick<Database, 'exams'>,
  { examId, userId }: Pick<Session, 'examId' | 'userId'>
): Promise<SessionPolicy | undefined> {
  if (examId === null) return undefined
  const [exam, accommodation] = await Promise.all([db.exams.byId(examId), db.exams.accommodation(examId, userId)])
  return exam === undefined ? undefined : policyFor(exam, accommodation?.flags)
}

export const PRESET_NAMES = ['low', 'normal', 'high_stake'] as const

export type PresetName = typeof PRESET_NAMES[number]
