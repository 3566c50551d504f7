import type { Accommodation, Database, Exam } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import { policyFor } from '../policy/exam-policy.ts'
import type { ConsentItem } from '../policy/notice.ts'
import { closesFor } from './clock.ts'
import { mayStart } from './exam-window.ts'
import type { Identity } from './identity.ts'

/** How long a passed check of the camera counts. */
export const PREFLIGHT_MS_MAX = 15 * 60_000

/** Whether a candidate may begin an exam, or go on with it. */
export interface Admission {
  /** Throws the first reason why the candidate may not begin a new attempt. */
  checkStart (exam: Exam, userId: string, accommodation: Accommodation | undefined, nowMs: number): Promise<void>
  /**
   * Throws if the exam records the candidate or keeps evidence of incidents and the candidate has not consented. An
   * open attempt continues if recording was turned on later; it stops when the candidate withdraws the consent.
   */
  checkConsent (exam: Exam, userId: string, to: 'start' | 'continue'): Promise<void>
}

export function createAdmission ({ db, identity }: { readonly db: Database, readonly identity: Identity }): Admission {
  async function checkConsent (exam: Exam, userId: string, to: 'start' | 'continue'): Promise<void> {
    const { recording, recordsScreen, keepsEvidence } = policyFor(exam)
    const needed: readonly ConsentItem[] = [
      ...(recording === 'none' ? [] : ['recording'] as const),
      ...(recordsScreen ? ['screenRecording'] as const : []),
      ...(keepsEvidence ? ['evidence'] as const : [])
    ]
    if (needed.length === 0) return
    const [newest] = await db.consents.list(userId, exam.id)
    const isWithdrawn = newest !== undefined && newest.withdrawnAtMs !== null
    const isGiven = needed.every(item => newest?.items[item] === true) && !isWithdrawn
    if (to === 'start' ? !isGiven : isWithdrawn) throw refuse('INVIGIL_ERR_CONSENT_NEEDED')
  }

  return {
    checkConsent,
    checkStart: async (exam, userId, accommodation, nowMs) => {
      if (!(await db.exams.isFor(exam.id, userId))) throw refuse('INVIGIL_ERR_NOT_YOURS')
      if (!mayStart(exam, accommodation, nowMs)) {
        throw refuse('INVIGIL_ERR_EXAM_CLOSED', {
          details: { state: exam.state, opensAtMs: exam.opensAtMs, closesAtMs: closesFor(exam, accommodation) }
        })
      }
      await checkConsent(exam, userId, 'start')
      await identity.check(exam, userId)
      if (!exam.needsPreflight) return
      const preflight = await db.exams.lastPreflight(exam.id, userId)
      if (preflight === undefined || !preflight.isPassed || nowMs - preflight.atMs > PREFLIGHT_MS_MAX) {
        throw refuse('INVIGIL_ERR_PREFLIGHT_MISSING')
      }
    }
  }
}
