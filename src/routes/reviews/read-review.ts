import type { Database, SessionWithUser } from '../../../db/index.ts'
import type { Language } from '../../i18n/translate.ts'
import type { Account } from '../../plugins/auth.ts'
import { readPolicy } from '../../policy/exam-policy.ts'
import { mayCloseAppeal } from '../../reviews/appeal-rules.ts'
import { readSessionFile } from '../../reviews/session-file.ts'
import { appealView, decisionView, incidentView, noteView, reviewView } from './views.ts'

/** Views of one session that are looked through. */
const VIEWS_MAX = 1_000

/** The review of a session as that reviewer sees it. */
export async function readReview (
  db: Database,
  session: SessionWithUser,
  reader: Pick<Account, 'id' | 'role'>,
  language: Language,
  nowMs: number
) {
  const { id } = session
  const [review, incidentReviews, notes, decisions, appeal, evidence, views, acknowledgements, exam] =
    await Promise.all([
      db.reviews.bySession(id),
      db.reviews.incidents(id),
      db.reviews.notes(id),
      db.reviews.decisions(id),
      db.appeals.bySession(id),
      db.evidence.list(id),
      db.reviews.views(id, VIEWS_MAX),
      db.acknowledgements.list([id], { limit: 500 }),
      session.examId === null ? undefined : db.exams.byId(session.examId)
    ])
  const { incidents, scores } = await readSessionFile(db, session, incidentReviews, nowMs)
  return {
    session: { ...session, examTitle: exam?.title ?? null },
    review: reviewView(review, nowMs),
    reviewers: readPolicy(exam?.policy ?? {}).reviewers,
    scores,
    incidents: incidents.map(incident => {
      const { id: eventId } = incident.start
      const opened = views.filter(view => view.eventId === eventId && view.viewerId === reader.id)
      return incidentView(incident, language, {
        review: incidentReviews.find(review => review.eventId === eventId),
        evidence: evidence.filter(row => row.eventId === eventId),
        opened: new Set(opened.map(({ what }) => what)),
        acknowledgement: acknowledgements.find(row => row.eventId === eventId)
      })
    }),
    notes: notes.map(noteView),
    decisions: decisions.map(decisionView),
    appeal: appeal === undefined ? null : appealView(appeal),
    mayCloseAppeal: await mayCloseAppeal(db, reader, decisions, exam?.ownerId)
  }
}
