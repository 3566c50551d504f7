/**
 * Everything that is stored about a person, as files: what candidates may read of themselves, and their media. Names of
 * staff, keys of exams, measured values and unreleased grades are left out.
 */
import { extname } from 'node:path'
import { allRows, type AttemptWithUser, type Database, type SessionWithUser, type User } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import type { MediaVault } from '../../storage/media-vault.ts'
import { placesOf } from '../../reports/places.ts'
import { appealTexts } from '../../reviews/appeal-texts.ts'
import { StorageError } from '../../storage/storage.ts'
import { attemptView } from '../attempts/attempt-view.ts'
import { userView } from '../auth/user-view.ts'
import type { ZipFile } from './zip.ts'

const ROWS = 200
const VIEWS_MAX = 1000

type Rows = AsyncIterable<unknown>

export interface PersonFileOptions {
  readonly db: Database
  readonly vault: Pick<MediaVault, 'open'>
}

/** The files in the order of their making; each is read when the one before it is written. */
export async function * filesOf ({ db, vault }: PersonFileOptions, user: User): AsyncGenerator<ZipFile> {
  const userId = user.id
  const sessions = (): AsyncGenerator<SessionWithUser> =>
    allRows(ROWS, (limit, before) => db.sessions.list({ userId, limit, ...defined({ before }) }))
  const missing: string[] = []

  yield json('account.json', one(userView(user)))
  yield json('faces.json', map(
    allRows(ROWS, (limit, before) => db.faceEnrollments.list(userId, { limit, ...defined({ before }) })),
    async ({ id, action, atMs, confirmedAtMs }) => ({ id, action, atMs, confirmedAtMs })
  ))
  yield json('consents.json', from(await db.consents.list(userId)))
  yield json('sessions.json', map(sessions(), async ({ epoch: _, ...session }) => session))
  yield json('events.json', map(
    allRows(ROWS, (limit, before) => db.events.list({ userId, limit, ...defined({ before }) })),
    async ({ detail: _detail, weight: _weight, ...event }) => event
  ))
  yield json('messages.json', flatMap(sessions(), session => map(
    allRows(ROWS, (limit, after) => db.messages.list(session.id, { limit, ...defined({ after }) })),
    async ({ authorId, authorName: _, clientId: __, ...message }) => ({ ...message, isOwn: authorId === userId })
  )))
  yield json('attempts.json', map(
    allRows(ROWS, (limit, before) => db.attempts.list({ userId, limit, ...defined({ before }) })),
    attemptFile
  ))
  yield json('reviews.json', map(sessions(), reviewFile))
  yield json('analyses.json', flatMap(sessions(), ({ id }) => analysesOf(id)))
  for await (const { id } of sessions()) {
    for (const { id: recordingId, state, storageKey: key, bytes } of await recordingsOf(id)) {
      if (state === 'ready') yield * media(id, `recordings/${recordingId}.webm`, key, bytes)
    }
    for (const { id: sheetId, storageKey: key, bytes } of await db.storyboards.list(id)) {
      yield * media(id, `storyboards/${sheetId}.jpg`, key, bytes)
    }
    for (const { id: evidenceId, storageKey: key, bytes } of await db.evidence.list(id)) {
      yield * media(id, `evidence/${evidenceId}${extname(key)}`, key, bytes)
    }
    for (const report of await reportsOf(id)) {
      yield * media(id, `reports/${report.id}.zip`, placesOf(report).candidate.key, null)
    }
  }
  yield json('missing.json', from(missing))

  async function recordingsOf (sessionId: string) {
    return await db.recordings.list({ sessionId, limit: 500 })
  }

  /** As on their page, after the decision. */
  async function reportsOf (sessionId: string) {
    if ((await db.reviews.bySession(sessionId))?.state !== 'decided') return []
    return (await db.signedReports.list(sessionId))
      .filter(({ decision, withdrawnAtMs }) => decision !== null && withdrawnAtMs === null)
  }

  /** What the detectors found when a recording was analyzed again. */
  async function * analysesOf (sessionId: string) {
    for (const { id: recordingId } of await recordingsOf(sessionId)) {
      const analysis = await db.analyses.newest(recordingId)
      if (analysis === undefined) continue
      const { state, found, models, createdAtMs } = analysis
      yield { sessionId, recordingId, state, found, models, createdAtMs }
    }
  }

  async function * media (
    sessionId: string, name: string, key: string, bytes: number | null
  ): AsyncGenerator<ZipFile> {
    const content = await vault.open({ sessionId, key }, undefined, bytes ?? undefined).catch(error => {
      if (!(error instanceof StorageError)) throw error
      return undefined
    })
    if (content === undefined) missing.push(name)
    else yield { name, content: content as AsyncIterable<Uint8Array>, isCompressed: true }
  }

  async function attemptFile (attempt: AttemptWithUser) {
    const exam = await db.exams.byId(attempt.examId)
    const isReleased = (exam?.resultsReleasedAtMs ?? null) !== null
    const [answers, grades] = await Promise.all([
      db.answers.list(attempt.id), isReleased ? db.grades.list(attempt.id) : []
    ])
    const code = await db.answers.listCode(attempt.id, { limit: 500 })
    const { userName: _name, userEmail: _email, submitKey: _key, ...shown } = attemptView(attempt, isReleased)
    return {
      ...shown,
      examTitle: exam?.title ?? null,
      answers,
      code,
      grades: grades.map(({ questionId, points, pointsMax, comment, atMs }) =>
        ({ questionId, points, pointsMax, comment, atMs }))
    }
  }

  async function reviewFile ({ id: sessionId }: SessionWithUser) {
    const [review, incidents, decisions, notes, appeal, views] = await Promise.all([
      db.reviews.bySession(sessionId),
      db.reviews.incidents(sessionId),
      db.reviews.decisions(sessionId),
      db.reviews.notes(sessionId),
      db.appeals.bySession(sessionId),
      db.reviews.views(sessionId, VIEWS_MAX)
    ])
    const isDecided = review?.state === 'decided'
    return {
      sessionId,
      state: review?.state ?? 'unreviewed',
      decision: isDecided ? review.decision : null,
      decisions: isDecided
        ? decisions.map(({ step, decision, reason, atMs }) => ({ step, decision, reason, atMs }))
        : [],
      incidents: isDecided
        ? incidents.map(({ eventId, state, reason, isWithoutEvidence, atMs }) =>
          ({ eventId, state, reason, isWithoutEvidence, atMs }))
        : [],
      comments: notes
        .filter(({ kind }) => kind === 'comment')
        .map(({ eventId, text, atMs }) => ({ eventId, text, atMs })),
      appeal: appealTexts(appeal),
      views: views.map(({ eventId, what, viewerRole, atMs }) => ({ eventId, what, viewerRole, atMs }))
    }
  }
}

async function * from<Row> (rows: readonly Row[]): AsyncGenerator<Row> {
  yield * rows
}

async function * one (row: unknown): AsyncGenerator<unknown> {
  yield row
}

async function * map<From> (
  rows: AsyncIterable<From>, change: (row: From) => Promise<unknown>
): AsyncGenerator<unknown> {
  for await (const row of rows) yield await change(row)
}

async function * flatMap<From> (rows: AsyncIterable<From>, change: (row: From) => Rows): AsyncGenerator<unknown> {
  for await (const row of rows) yield * change(row)
}

/** A JSON array, a row a line. */
function json (name: string, rows: Rows): ZipFile {
  return { name, content: lines(rows) }
}

async function * lines (rows: Rows): AsyncGenerator<Uint8Array> {
  let before = '[\n'
  for await (const row of rows) {
    yield Buffer.from(`${before}${JSON.stringify(row)}`)
    before = ',\n'
  }
  yield Buffer.from(before === '[\n' ? '[]\n' : '\n]\n')
}
