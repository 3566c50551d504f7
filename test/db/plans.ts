import type { Test } from 'tap'
import { createAnswers } from '../../db/answers.ts'
import { createAttempts } from '../../db/attempts.ts'
import { createAudit } from '../../db/audit.ts'
import { createConsents } from '../../db/consents.ts'
import { createCorrections } from '../../db/corrections.ts'
import type { Dialect, Queries } from '../../db/dialect.ts'
import { createDevices } from '../../db/devices.ts'
import { createEvidence } from '../../db/evidence.ts'
import { createEvents } from '../../db/events.ts'
import { createExams } from '../../db/exams.ts'
import { addFaceChange, createFaceEnrollments } from '../../db/face-enrollments.ts'
import { createGrades } from '../../db/grades.ts'
import { newId, type BulkDismissal } from '../../db/index.ts'
import { createInvitations } from '../../db/invitations.ts'
import { createQuestions } from '../../db/questions.ts'
import { createRecordings } from '../../db/recordings.ts'
import { createStoryboards } from '../../db/storyboards.ts'
import { createLegalHolds } from '../../db/legal-holds.ts'
import { createRefreshTokens } from '../../db/refresh-tokens.ts'
import { createRetention } from '../../db/retention.ts'
import { createAppeals } from '../../db/review-decisions.ts'
import { createReviews } from '../../db/reviews.ts'
import { createSessions } from '../../db/sessions.ts'
import { createStatistics } from '../../db/statistics.ts'
import { createUsers } from '../../db/users.ts'
import { createWebhooks } from '../../db/webhooks.ts'
import { AT, newEvent, newQuestion, newUser } from './rows.ts'

const FILES = [
  ['recording', 'recording'], ['dismissed', 'evidence'], ['confirmed', 'recording'], ['confirmed', 'evidence'],
  ['confirmed', 'report']
] as const

const FINISHED = { durationMs: 1, bytes: 1, sha256: '', mediaType: 'video/webm', gaps: [], failure: null }
const SHEET = {
  startedAtMs: AT, offsetsMs: [0], columns: 1, tileWidth: 1, tileHeight: 1, bytes: 1, sha256: '', storageKey: ''
}

export interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** How an engine runs each table of a statement: the index, or null if it reads the table without one. */
export type Explain = (
  statement: Statement
) => Promise<ReadonlyArray<{ readonly table: string, readonly index: string | null }>>

/**
 * Runs the lists against some thousands of rows and reads their plans. drizzle's logger collects in `statements` what
 * `queries` sends.
 */
export async function testPlans (
  t: Test,
  dialect: Dialect,
  queries: Queries,
  statements: Statement[],
  explain: Explain,
  analyze: () => Promise<void>
): Promise<void> {
  const users = createUsers(dialect)
  const sessions = createSessions(dialect)
  const events = createEvents(dialect)
  const examIds = Array.from({ length: 20 }, newId)
  const userIds: string[] = []
  const sessionIds: string[] = []
  const eventIds: string[] = []
  for (let index = 0; index < 200; index++) {
    const { id } = await users.create(newUser({ role: index % 50 === 0 ? 'admin' : 'student' }))
    userIds.push(id)
    const { session } = await sessions.open({ userId: id, examId: examIds[index % 20]!, atMs: AT })
    sessionIds.push(session.id)
    if (index % 5 === 0) await sessions.transition(session.id, ['active'], 'paused', AT, 'system')
    if (index % 10 !== 0) await sessions.transition(session.id, ['active', 'paused'], 'stopped', AT, 'system')
  }
  for (let group = 0; group < 40; group++) {
    const rows = Array.from({ length: 100 }, (_, index) =>
      newEvent(sessionIds[(group * 7 + index) % 200]!, userIds[0]!, { detail: {} })
    )
    eventIds.push(...rows.map(({ id }) => id))
    await events.append(rows)
  }
  const audit = createAudit(dialect)
  for (let index = 0; index < 200; index++) {
    await audit.append({
      actorId: userIds[index % 30]!,
      action: 'test',
      targetType: 'session',
      targetId: sessionIds[index]!,
      atMs: AT
    })
  }
  const recordings = createRecordings(dialect)
  for (let index = 0; index < 400; index++) {
    const recordingId = newId()
    await recordings.add({
      id: recordingId,
      sessionId: sessionIds[index % 200]!,
      userId: userIds[index % 200]!,
      examId: examIds[index % 20]!,
      mode: 'full',
      startedAtMs: AT,
      mediaType: 'video/webm',
      storageKey: recordingId
    }, AT)
    if (index % 2 === 1) await recordings.ready(recordingId, FINISHED, AT, [SHEET, SHEET])
    else if (index % 20 !== 0) await recordings.failed(recordingId, 'x', AT)
  }
  const evidence = createEvidence(dialect)
  for (let index = 0; index < 800; index++) {
    await evidence.add({
      id: newId(),
      sessionId: sessionIds[index % 200]!,
      eventId: eventIds[index]!,
      kind: 'picture',
      durationMs: null,
      atMs: AT,
      mediaType: 'image/jpeg',
      bytes: 1,
      sha256: '',
      storageKey: `k${index}`,
      seen: {},
      createdAtMs: AT,
      deletedAtMs: null
    })
  }
  // An empty table is read without its index.
  for (let index = 0; index < 400; index++) {
    const judged = { sessionId: sessionIds[index % 200]!, state: 'dismissed' as const, by: userIds[0]!, atMs: AT }
    await queries.insert(dialect.schema.incidentReviews).values({ ...judged, eventId: eventIds[index]! })
  }
  for (const [index, sessionId] of sessionIds.entries()) {
    const review = { state: index % 5 === 0 ? 'in_review' as const : 'decided' as const, updatedAtMs: AT + index }
    await queries
      .insert(dialect.schema.sessionReviews)
      .values({ sessionId, ...review, claimedBy: userIds[index % 30]!, claimedUntilMs: AT })
  }
  const dismissal: BulkDismissal = {
    id: newId(),
    examId: examIds[1]!,
    kind: 'phone',
    belowMs: null,
    state: 'drawn',
    eventIds: eventIds.slice(0, 40),
    sampleIds: eventIds.slice(0, 10),
    dismissed: 0,
    by: userIds[0]!,
    atMs: AT
  }
  await queries.insert(dialect.schema.bulkDismissals).values(Array.from({ length: 100 }, (_, index) => ({
    ...dismissal, id: index === 0 ? dismissal.id : newId(), examId: examIds[index % 20]!
  })))
  const tokens = createRefreshTokens(dialect)
  const invitations = createInvitations(dialect)
  for (const userId of userIds) {
    for (let at = 0; at < 5; at++) {
      await addFaceChange(queries, dialect.schema, userId, 'replaced', { by: userId, address: '', atMs: AT })
    }
    await tokens.create({ userId, tokenHash: newId(), expiresAtMs: AT })
    await tokens.issue({ userId, tokenHash: newId(), expiresAtMs: AT }, 0, {
      tokenHash: newId(),
      atMs: AT,
      keepMax: 20
    })
    await invitations.create(
      { tokenHash: newId(), createdBy: userId, role: 'student', usesMax: 1, createdAtMs: AT, expiresAtMs: AT + 1 },
      10
    )
  }
  const attempts = createAttempts(dialect)
  const exams = createExams(dialect)
  const attemptIds: string[] = []
  const storedExamIds: string[] = []
  for (let index = 0; index < 100; index++) {
    const exam = await exams.create(
      { ownerId: userIds[index % 10]!, title: `Exam ${index}`, isOpenToAll: index % 3 === 0, atMs: AT },
      index % 20 === 0 ? [newQuestion(), newQuestion()] : []
    )
    storedExamIds.push(exam.id)
    if (index % 4 !== 0) await exams.setState(exam.id, ['draft'], 'published', AT)
    await exams.assign(exam.id, userIds.slice(index % 190, index % 190 + 5))
    await exams.addPreflight({ examId: exam.id, userId: userIds[index]!, isPassed: true, checks: {}, atMs: AT })
    const started = await attempts.start({
      examId: storedExamIds[index % 10]!,
      userId: userIds[index]!,
      attemptsMax: null,
      examVersion: 1,
      policyVersion: 1,
      dueAtMs: AT + index,
      atMs: AT
    })
    if (started.outcome !== 'created') continue
    attemptIds.push(started.attempt.id)
    await createAnswers(dialect).addCode({
      attemptId: started.attempt.id,
      questionId: 'q',
      language: 'c',
      code: 'x',
      atMs: AT
    })
    if (index % 20 !== 0) await attempts.submit(started.attempt.id, 'candidate', AT)
    if (index % 30 !== 1) {
      await createGrades(dialect).setAuto(
        started.attempt.id,
        [{ questionId: 'q', points: index % 2 === 0 ? 1 : null, pointsMax: 2 }],
        AT
      )
    }
  }
  const corrections = createCorrections(dialect)
  for (let index = 0; index < 60; index++) {
    const examId = storedExamIds[index % 3 * 20]!
    const [question] = await createQuestions(dialect).list(examId)
    const before = { points: question!.points, body: question!.body }
    await corrections.add({
      examId,
      questionId: question!.id,
      before,
      after: { ...before, points: index },
      regradesManual: false,
      by: userIds[1]!,
      reason: 'x',
      atMs: AT
    })
    if (index === 50) for (const id of storedExamIds) await corrections.finish(id, 99, AT)
  }
  const webhooks = createWebhooks(dialect)
  const endpoint = { url: 'https://a.example', types: [], createdBy: userIds[0]!, createdAtMs: AT }
  const endpointIds = Array.from({ length: 40 }, newId)
  for (const id of endpointIds) await webhooks.create({ ...endpoint, id, secret: new Uint8Array(3) }, 99)
  for (let index = 0; index < 200; index++) await webhooks.test(endpointIds[index % 40]!, userIds[0]!, AT + index)
  await analyze()

  const watched: Dialect = { ...dialect, read: query => query(queries) }
  const late = eventIds[3900]!
  const id = sessionIds[100]!
  const userId = userIds[100]!
  const days = { recordingDays: 1, dismissedDays: 1, confirmedDays: 1, appealDays: 1, recordsDays: 1 }
  const scope = { examIds: null, exceptExamIds: examIds.slice(0, 2), days, atMs: AT + 99 * 86_400_000 }
  const reads: Record<string, () => Promise<unknown>> = {
    'users.byEmail': () => createUsers(watched).byEmail('a@example.com'),
    'users.list': () => createUsers(watched).list({ before: userId, limit: 20 }),
    'users.list by role': () => createUsers(watched).list({ role: 'admin', limit: 20 }),
    'users.list by search': () => createUsers(watched).list({ search: 'a', limit: 20 }),
    'devices.find': () => createDevices(watched).find(userId, ['one', 'two']),
    'faceEnrollments.list': () => createFaceEnrollments(watched).list(userId, { before: id, limit: 20 }),
    'faceEnrollments.at': () => createFaceEnrollments(watched).at(userId, AT),
    'faceEnrollments.changesSince': () => createFaceEnrollments(watched).changesSince(userId, AT),
    'invitations.byId': () => createInvitations(watched).byId(id),
    'invitations.usable': () => createInvitations(watched).usable('hash', 'a@example.com', AT),
    'invitations.list': () => createInvitations(watched).list({ limit: 20 }),
    'invitations.list by creator': () => createInvitations(watched).list({ createdBy: userId, limit: 20 }),
    'refreshTokens.byHash': () => createRefreshTokens(watched).byHash('hash'),
    'users.namesOf': () => createUsers(watched).namesOf([userId]),
    'sessions.byId': () => createSessions(watched).byId(id),
    'sessions.openByUser': () => createSessions(watched).openByUser(userId),
    'sessions.lastByUser': () => createSessions(watched).lastByUser(userId),
    'sessions.list': () => createSessions(watched).list({ limit: 20 }),
    'sessions.list by state': () => createSessions(watched).list({ state: 'active', limit: 20 }),
    'sessions.list open': () => createSessions(watched).list({ state: 'open', limit: 20 }),
    'sessions.list by user': () => createSessions(watched).list({ userId, limit: 20 }),
    'sessions.list by exam': () => createSessions(watched).list({ examId: examIds[1]!, limit: 20 }),
    'sessions.list by attempt': () => createSessions(watched).list({ attemptId: attemptIds[5]!, limit: 20 }),
    'sessions.list by owner': () => createSessions(watched).list({ ownerId: userIds[1]!, limit: 20 }),
    'sessions.list by risk': () => createSessions(watched).list({ riskMin: 5, limit: 20 }),
    'sessions.list by time': () => createSessions(watched).list({ fromMs: AT + 5, toMs: AT + 9, limit: 20 }),
    'sessions.countByState': () => createSessions(watched).countByState(),
    'sessions.breaks': () => createSessions(watched).breaks(AT + 5, { limit: 20 }),
    'sessions.pauses': () => createSessions(watched).pauses(id),
    'events.listBySession': () => createEvents(watched).listBySession(id, { after: late, limit: 100 }),
    'events.listBySession by kind': () => createEvents(watched).listBySession(id, { kind: 'phone', limit: 100 }),
    'events.listAfter': () => createEvents(watched).listAfter({ after: late, limit: 100 }),
    'events.listAfter of sessions': () =>
      createEvents(watched).listAfter({ after: late, sessionIds: sessionIds.slice(0, 3), limit: 100 }),
    'events.list': () => createEvents(watched).list({ limit: 100 }),
    'events.list by session': () => createEvents(watched).list({ sessionId: id, limit: 100 }),
    'events.list by user': () => createEvents(watched).list({ userId, limit: 100 }),
    'events.list by kind and time': () => createEvents(watched).list({ kind: 'phone', fromMs: AT, limit: 100 }),
    'events.countsByKind': () => createEvents(watched).countsByKind(id),
    'exams.list': () => createExams(watched).list({ limit: 20 }),
    'exams.list by owner': () => createExams(watched).list({ ownerId: userIds[1]!, limit: 20 }),
    'exams.list by state': () => createExams(watched).list({ state: 'draft', limit: 20 }),
    'exams.listForUser': () => createExams(watched).listForUser(userId, { limit: 20 }),
    'exams.isFor': () => createExams(watched).isFor(storedExamIds[3]!, userId),
    'exams.titles': () => createExams(watched).titles(storedExamIds.slice(0, 3)),
    'exams.assigned': () => createExams(watched).assigned(storedExamIds[3]!, { limit: 20 }),
    'exams.accommodations': () => createExams(watched).accommodations(storedExamIds[3]!),
    'exams.lastPreflight': () => createExams(watched).lastPreflight(storedExamIds[3]!, userIds[3]!),
    'questions.list': () => createQuestions(watched).list(storedExamIds[0]!),
    'attempts.byId': () => createAttempts(watched).byId(attemptIds[5]!),
    'attempts.openByUser': () => createAttempts(watched).openByUser(userId),
    'attempts.list': () => createAttempts(watched).list({ limit: 20 }),
    'attempts.list by exam': () => createAttempts(watched).list({ examId: storedExamIds[0]!, limit: 20 }),
    'attempts.list by user': () => createAttempts(watched).list({ userId, limit: 20 }),
    'attempts.list to grade': () =>
      createAttempts(watched).list({ examId: storedExamIds[0]!, needsGrading: true, limit: 20 }),
    'attempts.countOf': () => createAttempts(watched).countOf(storedExamIds[0]!, userId),
    'attempts.countByExam': () => createAttempts(watched).countByExam(storedExamIds[0]!),
    'attempts.pauses': () => createAttempts(watched).pauses(attemptIds[5]!),
    'attempts.pausesOf': () => createAttempts(watched).pausesOf(attemptIds.slice(0, 3)),
    'attempts.listDue': () => createAttempts(watched).listDue(AT + 5, 100),
    'attempts.listUngraded': () => createAttempts(watched).listUngraded(100),
    'answers.list': () => createAnswers(watched).list(attemptIds[5]!),
    'answers.listCode': () => createAnswers(watched).listCode(attemptIds[5]!, { limit: 20 }),
    'answers.listCode by question': () =>
      createAnswers(watched).listCode(attemptIds[5]!, { questionId: 'q', limit: 20 }),
    'corrections.list': () => createCorrections(watched).list(storedExamIds[0]!, { limit: 20 }),
    'corrections.since': () => createCorrections(watched).since(storedExamIds[0]!, 5),
    'corrections.stale': () => createCorrections(watched).stale(storedExamIds[0]!, 5, { limit: 20 }),
    'corrections.unfinishedExams': () => createCorrections(watched).unfinishedExams(20),
    'recordings.byId': () => createRecordings(watched).byId(id),
    'recordings.list': () => createRecordings(watched).list({ limit: 20 }),
    'recordings.list by session': () => createRecordings(watched).list({ sessionId: id, limit: 20 }),
    'recordings.list by user': () => createRecordings(watched).list({ userId, limit: 20 }),
    'recordings.list by exam': () => createRecordings(watched).list({ examId: examIds[1]!, limit: 20 }),
    'recordings.list by state': () => createRecordings(watched).list({ state: 'writing', limit: 20 }),
    'recordings.list by overseer': () => createRecordings(watched).list({ overseerId: userIds[1]!, limit: 20 }),
    'storyboards.byId': () => createStoryboards(watched).byId(id),
    'storyboards.list': () => createStoryboards(watched).list(id),
    'storyboards.ofRecordings': () => createStoryboards(watched).ofRecordings([id, examIds[1]!]),
    'recordings.unfinished': () => createRecordings(watched).unfinished(AT + 5, 20),
    'grades.list': () => createGrades(watched).list(attemptIds[5]!),
    'statistics.riskDistribution': () => createStatistics(watched).riskDistribution({ medium: 5, high: 10 }),
    'statistics.riskDistribution of an exam': () =>
      createStatistics(watched).riskDistribution({ medium: 5, high: 10 }, examIds[1]!),
    'statistics.ofExam': () => createStatistics(watched).ofExam(storedExamIds[0]!),
    'statistics.ofQuestions': () => createStatistics(watched).ofQuestions(storedExamIds[0]!),
    'reviews.inbox': () => createReviews(watched).inbox({ nowMs: AT, riskMin: 0.001, limit: 20 }),
    'reviews.inbox of an exam': () => createReviews(watched).inbox({ nowMs: AT, examId: examIds[1]!, limit: 20 }),
    'reviews.inbox of a teacher': () =>
      createReviews(watched).inbox({ nowMs: AT, riskMin: 0.001, overseerId: userIds[1]!, limit: 20 }),
    'reviews.inbox of a reviewer': () =>
      createReviews(watched).inbox({ nowMs: AT, state: 'in_review', claimedBy: userIds[1]!, limit: 20 }),
    'reviews.inbox of appeals': () => createReviews(watched).inbox({ nowMs: AT, appeals: ['opened'], limit: 20 }),
    'reviews.bySession': () => createReviews(watched).bySession(id),
    'reviews.incidents': () => createReviews(watched).incidents(id),
    'reviews.decisions': () => createReviews(watched).decisions(id),
    'reviews.notes': () => createReviews(watched).notes(id),
    'reviews.views': () => createReviews(watched).views(id, 20),
    'reviews.bulkDismissal': () => createReviews(watched).bulkDismissal(dismissal.id),
    'appeals.bySession': () => createAppeals(watched).bySession(id),
    'evidence.list': () => createEvidence(watched).list(id),
    'consents.current': () => createConsents(watched).current(userId, examIds[1]!),
    ...Object.fromEntries(FILES.map(([name, kind]) => [
      `retention.files ${name} ${kind}`, () => createRetention(watched).files(name, kind, scope, { limit: 20 })
    ])),
    'retention.sessions': () => createRetention(watched).sessions(scope, { limit: 20 }),
    'retention.faces': () => createRetention(watched).faces(storedExamIds[0]!, AT, { limit: 20 }),
    'holds.covers': () => createLegalHolds(watched).covers(userId, { id, attemptId: attemptIds[5]! }),
    'holds.list': () => createLegalHolds(watched).list({ isActive: true, limit: 20 }),
    'webhooks.deliveries': () => createWebhooks(watched).deliveries(endpointIds[0]!, { limit: 20 }),
    'webhooks.claim': () => createWebhooks(watched).claim(AT - 5, 1, 20),
    'audit.list': () => createAudit(watched).list({ limit: 20 }),
    'audit.list by actor': () => createAudit(watched).list({ actorId: userIds[3]!, limit: 20 }),
    'audit.list by target': () => createAudit(watched).list({ targetType: 'session', targetId: id, limit: 20 })
  }
  for (const [name, read] of Object.entries(reads)) {
    statements.length = 0
    await read()
    t.equal(statements.length, 1, `${name} is one statement`)
    const plan = await explain(statements[0]!)
    t.ok(
      plan.length > 0 && plan.every(({ index }) => index !== null),
      `${name} uses an index: ${plan.map(({ table, index }) => `${table} ${index}`).join(', ')}`
    )
  }
  for (const [name, read] of Object.entries({
    'statistics.hours': () => createStatistics(watched).hours(Date.now() - 7_200_000, Date.now(), Date.now()),
    'statistics.shares': () => createStatistics(watched).shares(storedExamIds[0]!),
    'reviews.rules': () => createReviews(watched).rules({}),
    'reviews.rules of an exam': () => createReviews(watched).rules({ examId: examIds[1]! }),
    'reviews.rules of a teacher': () => createReviews(watched).rules({ overseerId: userIds[1]! }),
    'reviews.sampleOf': () => createReviews(watched).sampleOf(dismissal),
    'reviews.drawDismissal': () => createReviews(watched).drawDismissal({
      examId: examIds[2]!, kind: 'phone', belowMs: 1000, by: userIds[1]!, atMs: AT, incidentsMax: 9, draw: ids => ids.slice(0, 5)
    }),
    'exams.notBegun': () => createExams(watched).notBegun(storedExamIds[3]!, 20),
    'statistics.candidates': () => createStatistics(watched).candidates({ limit: 20 })
  })) {
    statements.length = 0
    await read()
    for (const statement of statements) {
      const plan = await explain(statement)
      t.ok(
        plan.length > 0 && plan.every(({ index }) => index !== null),
        `${name} uses an index: ${plan.map(({ table, index }) => `${table} ${index}`).join(', ')}`
      )
    }
  }
}
