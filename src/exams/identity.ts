/** Whether a candidate is compared with an enrolled face, and what an exam asks of that face. */
import type { FastifyBaseLogger } from 'fastify'
import type { Attempt, Database, Exam, FaceEnrollment, FaceState, Session } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { type Report, idFor } from '../protocol/event-report.ts'
import { readPolicy, type ExamPolicy, type FacePolicy } from '../policy/exam-policy.ts'
import { INCOMPARABLE } from '../live/session/identity-report.ts'

/** A face that was changed less long before the start is reported where the exam names no time of its own. */
const NEW_FACE_MS = 24 * 3_600_000

export type EnrolledFace = (userId: string) => Promise<Float32Array | undefined>

export interface Identity {
  /** Throws where the exam demands a face that the candidate does not have. */
  check (exam: Exam, userId: string): Promise<void>
  /**
   * Notes in a session of an attempt that nobody is compared, or with a face that was changed shortly before. Repeating
   * it changes nothing. It does not fail: an exam goes on without it, and the next start tries again.
   */
  report (exam: Exam, attempt: Attempt, session: Session): Promise<void>
}

export interface IdentityOptions {
  readonly db: Pick<Database, 'faceEnrollments' | 'events'>
  readonly live: Pick<LiveGateway, 'recordReport' | 'now'>
  readonly enrolledFace: EnrolledFace
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

/** Why a candidate is not compared: the exam does not ask for it, or what is wrong with the enrolled face. */
export const UNCOMPARED_REASONS = ['off', 'none', 'unreadable', 'incomparable'] as const

export type UncomparedReason = typeof UNCOMPARED_REASONS[number]

/** What a session's candidate was compared with. */
export interface IdentitySummary {
  /** What the exam asks; null: a session of no exam, or the policy was changed after the attempt had begun. */
  readonly demand: ExamPolicy['identity'] | null
  /** Null: not known, for the policy was changed after the attempt had begun. */
  readonly isCompared: boolean | null
  /** Null where `isCompared` is not false. */
  readonly reason: UncomparedReason | null
  /** Null: no face, or one that was enrolled before histories were kept. */
  readonly enrolledAtMs: number | null
  readonly isConfirmed: boolean
}

export function createIdentity ({ db, live, enrolledFace, log }: IdentityOptions): Identity {
  /** Sessions that are being noted: two starts at once note one session once. */
  const reporting = new Map<string, Promise<void>>()

  async function reportIdentity (exam: Exam, attempt: Attempt, session: Session): Promise<void> {
    const { face } = readPolicy(exam.policy)
    const state = await db.faceEnrollments.at(session.userId)
    const isReadable = (await enrolledFace(session.userId)) !== undefined
    const report = reportOf(state, isReadable, {
      face,
      attemptAtMs: attempt.startedAtMs,
      sessionAtMs: session.startedAtMs
    })
    if (report === undefined) return
    const id = idFor(session.id, report.kind)
    if ((await db.events.byIds([id])).length > 0) return
    await live.recordReport(session.id, [{ ...report, id }])
  }

  return {
    async check (exam, userId) {
      const { identity, face } = readPolicy(exam.policy)
      if (identity !== 'required') return
      const nowMs = live.now()
      const state = await db.faceEnrollments.at(userId)
      const isReadable = await enrolledFace(userId) !== undefined
      if (!state.isEnrolled || !isReadable) throw identityNeeded('none', face)
      const enrolledAtMs = state.change?.atMs ?? null
      const waitMs =
        face.enrolledBeforeMs === null || enrolledAtMs === null ? 0 : enrolledAtMs + face.enrolledBeforeMs - nowMs
      if (waitMs > 0) throw identityNeeded('too-new', face, { enrolledAtMs, waitMs })
      if (face.isConfirmed && !isConfirmed(state)) throw identityNeeded('unconfirmed', face, { enrolledAtMs })
    },
    async report (exam, attempt, session) {
      if (readPolicy(exam.policy).identity === 'off') return
      const underway =
        reporting.get(session.id) ??
        reportIdentity(exam, attempt, session)
          .catch(error =>
            log.error(
              { err: error, sessionId: session.id },
              'not noted with whose face the candidate is compared; the next start tries again'
            )
          )
          .finally(() => {
            reporting.delete(session.id)
          })
      reporting.set(session.id, underway)
      await underway
    }
  }
}

const MINUTE_MS = 60_000
const TEXTS = { none: 'identity.none', 'too-new': 'identity.tooNew', unconfirmed: 'identity.unconfirmed' } as const

function identityNeeded (
  missing: keyof typeof TEXTS,
  { enrolledBeforeMs, isConfirmed }: FacePolicy,
  about: { readonly enrolledAtMs?: number | null, readonly waitMs?: number } = {}
) {
  const minutes = Math.ceil((about.waitMs ?? 0) / MINUTE_MS)
  return refuse('INVIGIL_ERR_IDENTITY_NEEDED', {
    text: TEXTS[missing],
    values: { hours: Math.floor(minutes / 60), minutes: minutes % 60 },
    details: { missing, needs: { enrolledBeforeMs, isConfirmed }, ...about }
  })
}

const isConfirmed = ({ change }: FaceState): boolean => change !== null && change.confirmedAtMs !== null

interface Start {
  readonly face: FacePolicy
  readonly attemptAtMs: number
  readonly sessionAtMs: number
}

/** What is to be reported of the face at the start of a session; undefined: nothing. */
function reportOf (
  state: FaceState,
  isReadable: boolean,
  { face, attemptAtMs, sessionAtMs }: Start
): Report | undefined {
  const { isEnrolled, change } = state
  const beforeMs = change === null ? null : Math.max(0, sessionAtMs - change.atMs)
  const about = change === null ? {} : { action: change.action, beforeMs, by: actorOf(change) }
  if (!isEnrolled) return { kind: 'identity_none', atMs: sessionAtMs, detail: { reason: 'none', ...about } }
  if (!isReadable) return { kind: 'identity_none', atMs: sessionAtMs, detail: { reason: 'unreadable', ...about } }
  if (change === null || beforeMs === null) return undefined
  // A later session of an attempt: the face that it began with was another one.
  const isOfAttempt = change.atMs > attemptAtMs
  if (beforeMs >= (face.enrolledBeforeMs ?? NEW_FACE_MS) && !isOfAttempt) return undefined
  return { kind: 'identity_changed', atMs: sessionAtMs, detail: { ...about, isConfirmed: isConfirmed(state) } }
}

/** Whether the candidate changed the face or staff did; `system` of a face without a history. */
export function actorOf ({ by, userId }: Pick<FaceEnrollment, 'by' | 'userId'>): 'candidate' | 'staff' | 'system' {
  return by === userId ? 'candidate' : by === 'system' ? 'system' : 'staff'
}

/**
 * What a session's candidate was compared with. A face does not change while a session is open, unless an admin sets a
 * new password. Whether a face can be compared only the worker knows that looks at pictures: the event that it gives
 * cause for says so.
 */
export async function identityOf (
  db: Pick<Database, 'attempts' | 'events' | 'exams' | 'faceEnrollments'>,
  enrolledFace: EnrolledFace,
  session: Session
): Promise<IdentitySummary> {
  const { userId, examId, attemptId, startedAtMs } = session
  const [state, exam, attempt, reason] = await Promise.all([
    db.faceEnrollments.at(userId, startedAtMs),
    examId === null ? undefined : db.exams.byId(examId),
    attemptId === null ? undefined : db.attempts.byId(attemptId),
    faceProblem(db, enrolledFace, session)
  ])
  const about = {
    enrolledAtMs: state.isEnrolled ? (state.change?.atMs ?? null) : null,
    isConfirmed: state.isEnrolled && isConfirmed(state)
  }
  const compared = (demand: IdentitySummary['demand'], problem: UncomparedReason | null): IdentitySummary => ({
    demand,
    isCompared: problem === null,
    reason: problem,
    ...about
  })
  const problem = state.isEnrolled ? reason : 'none'
  if (examId === null) return compared(null, problem)
  if (exam === undefined || (attempt !== undefined && attempt.policyVersion !== exam.policyVersion)) {
    return problem === null ? { demand: null, isCompared: null, reason: null, ...about } : compared(null, problem)
  }
  const { identity: demand } = readPolicy(exam.policy)
  return compared(demand, demand === 'off' ? 'off' : problem)
}

/** Why the enrolled face of a session cannot be compared; null: nothing is known against it. */
async function faceProblem (
  db: Pick<Database, 'events'>,
  enrolledFace: EnrolledFace,
  { id, userId, endedAtMs }: Session
): Promise<'unreadable' | 'incomparable' | null> {
  if (endedAtMs === null && (await enrolledFace(userId)) === undefined) return 'unreadable'
  const noted = await db.events.byIds([idFor(id, 'identity_none'), idFor(id, INCOMPARABLE)])
  const reasons = noted.map(({ detail }) => detail['reason'])
  if (reasons.includes('incomparable')) return 'incomparable'
  return reasons.includes('unreadable') ? 'unreadable' : null
}
