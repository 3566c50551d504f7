import type { Exam } from '../../../db/index.ts'
import type { RetentionDefaults } from '../../config.ts'
import type { Language } from '../../i18n/translate.ts'
import { policyFor, readPolicy } from '../../policy/exam-policy.ts'
import { retentionOf } from '../../policy/retention.ts'
import { examNotice } from '../../policy/notice.ts'
import type { Services } from '../../services.ts'

/** What a candidate reads about being watched in an exam, and the policy that applies to them. */
export async function noticeFor (
  { db, pool, defaults }: Pick<Services, 'db' | 'pool'> & { readonly defaults: RetentionDefaults },
  exam: Exam,
  userId: string,
  language: Language
) {
  const [accommodation, author, models] = await Promise.all([
    db.exams.accommodation(exam.id, userId),
    db.users.byId(exam.ownerId),
    pool.ready.then(({ versions }) => Object.keys(versions), () => [])
  ])
  const { policy } = policyFor(exam, accommodation?.flags)
  const examPolicy = readPolicy(exam.policy)
  const retention = retentionOf(examPolicy, defaults)
  const sections = examNotice({ language, policy, examPolicy, authorName: author?.name, models, retention })
  return { sections, policy, authorName: author?.name }
}
