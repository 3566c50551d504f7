/** For how long an exam keeps what it stores. */
import type { RetentionDays } from '../../db/index.ts'
import type { RetentionDefaults } from '../config.ts'
import type { ExamPolicy } from './exam-policy.ts'

export interface Retention extends RetentionDays {
  /** Consents and the audit log. */
  readonly auditDays: number
  readonly face: 'account' | 'exam'
}

export function retentionOf (
  { retention, appealDays }: Pick<ExamPolicy, 'retention' | 'appealDays'>,
  defaults: RetentionDefaults
): Retention {
  return {
    recordingDays: retention.recordingDays ?? defaults.recordingDays,
    dismissedDays: retention.dismissedDays ?? defaults.dismissedDays,
    confirmedDays: retention.confirmedDays ?? defaults.confirmedDays,
    recordsDays: retention.recordsDays ?? defaults.recordsDays,
    auditDays: defaults.auditDays,
    face: retention.face ?? defaults.face,
    appealDays
  }
}
