/**
 * Creates a person whose texts all contain a marker, in every way that the API offers, and searches for the marker
 * afterwards.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { newId } from '../../db/index.ts'
import { placesOf } from '../../src/reports/places.ts'
import type { Test } from 'tap'
import { as as asAccount, type Begun, type ExamBody, type QuestionBody } from './exams.ts'
import { connect, JPEG, type Room } from './gateway.ts'
import { PASSWORD, person, type LoggedIn } from './app.ts'

export const MARKER = 'zqmarkerqz'

export interface Planted {
  readonly userId: string
  readonly admin: LoggedIn
  readonly teacher: LoggedIn
  /** An admin who has corrected a question and invited people, to be erased as well. */
  readonly corrector: LoggedIn
  readonly examId: string
  readonly sessionIds: readonly string[]
  readonly attemptId: string
}

/** `MARKER` with a word of its own for each field, so that a failure says where it was planted. */
const m = (field: string): string => `${MARKER} ${field} of Žofie ${MARKER}`

/** As `as` of the exams, but a refusal ends the test: what was not planted proves nothing. */
const as =
  (app: FastifyInstance, who: LoggedIn) =>
    async <Body = Record<string, unknown>>(...request: Parameters<ReturnType<typeof asAccount>>) => {
      const answer = await asAccount(app, who)<Body>(...request)
      if (answer.status >= 300) {
        throw new Error(`${request[0]} ${request[1]}: ${answer.status} ${JSON.stringify(answer.body)}`)
      }
      return answer
    }

export async function plant (t: Test, { app, url }: Pick<Room, 'app' | 'url'>): Promise<Planted> {
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const { db, media } = app.services
  // The outbox gets a message for everything below; none is sent to a private address.
  await db.webhooks.create({
    id: newId(),
    url: 'https://127.0.0.1:9/x',
    types: [],
    secret: new Uint8Array(32),
    createdBy: admin.user.id,
    createdAtMs: 1
  }, 20)
  const send = as(app, teacher)
  const { body: exam } = await send<ExamBody>('POST', '/exams', {
    title: 'Algebra',
    isOpenToAll: true,
    durationMs: 3_600_000
  })
  for (const question of [
    { kind: 'short', text: 'a', points: 1, body: { accepted: ['x'] } },
    { kind: 'long', text: 'b', points: 5, body: {} },
    { kind: 'code', text: 'c', points: 5, body: { language: 'python' } }
  ]) await send('POST', `/exams/${exam.id}/questions`, question)
  const { body: { questions } } = await send<{ questions: QuestionBody[] }>('GET', `/exams/${exam.id}/questions`)
  await send('POST', `/exams/${exam.id}/publish`)

  const email = `${MARKER}@${MARKER}.example`
  const corrector = await person(app, 'admin')
  const {
    body: { token: invitation }
  } = await send<{ token: string }>('POST', '/invitations', { email })
  const signedUp = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/signup',
    payload: { email, password: PASSWORD, name: m('name'), invitation }
  })
  // One that is never used, and one to another address by an account that is erased.
  await send('POST', '/invitations', { email })
  await as(app, corrector)('POST', '/invitations', { email: `invitee@${MARKER}.example` })
  const { user, accessToken } = signedUp.json<{ user: LoggedIn['user'], accessToken: string, refreshToken: string }>()
  const student: LoggedIn = { user, accessToken, refreshToken: '', headers: { authorization: `Bearer ${accessToken}` } }
  const mine = as(app, student)
  await mine('PATCH', '/auth/me', { name: m('new name') })
  await app.inject({ method: 'POST', url: '/api/v1/auth/login/face/challenge', payload: { email: user.email } })
  await mine('PUT', '/auth/me/face', { face: Buffer.from(JPEG).toString('base64') })
  await as(app, corrector)('POST', `/users/${user.id}/face/confirm`, { reason: m('confirmation of the face') })
  await send('POST', `/exams/${exam.id}/candidates`, { userIds: [user.id] })
  await send('PUT', `/exams/${exam.id}/accommodations/${user.id}`, { extraTimeShare: 0.5, reason: m('accommodation') })
  await send('DELETE', `/exams/${exam.id}/accommodations/${user.id}`)
  await send('PUT', `/exams/${exam.id}/accommodations/${user.id}`, {
    extraTimeShare: 0.25,
    reason: m('second accommodation')
  })

  const monitor = await connect(t, `${url}/ws/monitor`, { headers: teacher.headers })
  let requests = 0
  const act = async (message: object): Promise<void> => {
    const ref = `r${++requests}`
    monitor.send({ ...message, ref })
    const answer = await monitor.next(message => message['ref'] === ref)
    if (answer.type !== 'done') throw new Error(`${JSON.stringify(message)}: ${JSON.stringify(answer)}`)
  }

  /** What is recorded of one session, by its page and by staff. */
  const record = async (sessionId: string): Promise<void> => {
    const page = await connect(t, `${url}/ws/${user.id}?token=${accessToken}`)
    await page.next('rate')
    page.send({ type: 'event', event: 'paste', detail: { text: m('socket event') } })
    await page.log('paste')
    await mine('POST', '/events', {
      kind: `x_${MARKER}`,
      description: m('description'),
      detail: { [`${MARKER} key`]: m('detail') }
    })
    await send('POST', '/events', { sessionId, kind: 'suspicious_activity', description: m('report of staff') })
    await send('POST', '/events', { sessionId, kind: `${MARKER}_kind`, detail: { text: m('own kind of staff') } })
    await act({ type: 'warn', sessionId, text: m('warning') })
    await act({ type: 'message', sessionId, text: m('message') })
    await act({ type: 'flag', sessionId, text: m('flag') })
    page.send({ type: 'message', text: m('question'), clientId: `${MARKER}1` })
    await page.next('sent')
    page.send({ type: 'break', asked: true, reason: m('reason of a break') })
    await page.next('requests')
    await act({ type: 'break', sessionId, granted: false, text: m('answer to a break') })
    const { body: { events: [event] } } = await send<{ events: Array<{ id: string }> }>(
      'GET', `/sessions/${sessionId}/events?limit=1`
    )
    await act({ type: 'acknowledge', sessionId, eventId: event!.id, state: 'flagged', note: m('note') })
    await act({ type: 'pause', sessionId, text: m('pause') })
    await act({ type: 'resume', sessionId, text: m('resumption') })
    await send('POST', `/exam/pause/${user.id}`, { reason: m('pause over REST') })
    await send('POST', `/exam/resume/${user.id}`, { reason: m('resumption over REST') })
  }

  // A session of no exam, then an attempt.
  const { body: free } = await mine<{ id: string }>('POST', `/exam/start/${user.id}`, {})
  await record(free.id)
  await as(app, admin)('POST', `/exam/clear-logs/${user.id}`, { reason: m('clearing') })
  await as(app, teacher)('POST', `/exam/stop/${user.id}`, { reason: m('stop') })
  const { body: { attempt, session } } = await mine<Begun>('POST', `/exams/${exam.id}/start`)
  await record(session.id)
  const [short, long, code] = questions
  await mine('PUT', `/attempts/${attempt.id}/answers/${short!.id}`, { value: m('answer'), clientSeq: 1 })
  for (let clientSeq = 1; clientSeq < 4; clientSeq++) {
    await mine('PUT', `/attempts/${attempt.id}/answers/${long!.id}`, {
      value: m(`essay ${clientSeq} `).repeat(200),
      clientSeq
    })
  }
  await mine('POST', `/attempts/${attempt.id}/code`, {
    questionId: code!.id,
    language: 'python',
    code: m('code').repeat(300)
  })
  await as(app, admin)('POST', `/sessions/${session.id}/terminate`, { reason: m('termination') })
  await send('POST', `/attempts/${attempt.id}/allow-another`, { reason: m('reason of another attempt') })
  await send('POST', `/attempts/${attempt.id}/reopen`, { reason: m('reason of a reopening') })
  await mine('POST', `/exams/${exam.id}/start`)
  await send('POST', `/attempts/${attempt.id}/allow-unwatched`, { reason: m('reason of an exception') })
  await mine('POST', `/attempts/${attempt.id}/submit`)
  await send('PUT', `/attempts/${attempt.id}/grades/${long!.id}`, { points: 2, comment: m('comment') })
  const correct = async (who: LoggedIn, accepted: string, reason: string): Promise<void> => {
    await as(app, who)('POST', `/exams/${exam.id}/questions/${short!.id}/corrections`, {
      body: { accepted: ['x', accepted] },
      reason
    })
  }
  await correct(teacher, 'y', `${m('new name')} found it`)
  await correct(corrector, 'z', m('reason of a correction'))
  await correct(teacher, 'a', 'a correction that names no person')

  // A review by an admin who is erased, with every text that it holds.
  const review = as(app, corrector)
  const [sessionId, reviewPath] = [session.id, `/reviews/${session.id}`]
  await review('POST', `${reviewPath}/claim`)
  const { body: { incidents: [incident] } } =
    await review<{ incidents: Array<{ eventId: string }> }>('GET', reviewPath)
  const incidentPath = `${reviewPath}/incidents/${incident!.eventId}`
  await review('POST', `${incidentPath}/open`)
  await review('PUT', incidentPath, { state: 'confirmed', reason: m('reason of a confirmation') })
  await review('POST', `${reviewPath}/notes`, { text: m('note of a review') })
  await review('POST', `${reviewPath}/decision`, { decision: 'concern', reason: m('reason of a decision') })
  await mine('POST', `/sessions/${sessionId}/report/comments`, {
    eventId: incident!.eventId, text: m('comment on the report')
  })
  await mine('POST', `/sessions/${sessionId}/appeal`, { text: m('appeal') })
  await send('POST', `${reviewPath}/appeal/answer`, { text: m('answer to the appeal') })
  await send('POST', `${reviewPath}/appeal/outcome`, { outcome: 'upheld', reason: m('outcome of the appeal') })
  const { body: { noticeSha256 } } = await mine<{ noticeSha256: string }>('GET', `/exams/${exam.id}/consent`)
  await mine('PUT', `/exams/${exam.id}/consent`, { noticeSha256, items: { camera: true } })

  // A recording with its storyboard, one of the screen, a picture of the incident, and a signed report.
  const place = (kind: string, ext: string) => ({ sessionId, key: `${sessionId}/${kind}/${newId()}.${ext}` })
  const store = async (key: string) => await media.vault.put({ sessionId, key }, Readable.from([Buffer.from(m('media'))]))
  const [recording, sheet, picture] = [place('recordings', 'webm'), place('storyboards', 'jpg'), place('evidence', 'jpg')]
  const about = { sessionId, userId: user.id, examId: exam.id, mode: 'full' as const, mediaType: 'video/webm' }
  const recordingId = newId()
  await db.recordings.add({ ...about, id: recordingId, startedAtMs: 1, storageKey: recording.key }, 1)
  await db.recordings.ready(
    recordingId,
    { ...await store(recording.key), durationMs: 1, mediaType: 'video/webm', gaps: [], failure: null },
    1,
    [{
      ...await store(sheet.key),
      startedAtMs: 1,
      offsetsMs: [0],
      columns: 1,
      tileWidth: 160,
      tileHeight: 120,
      storageKey: sheet.key
    }]
  )
  await db.analyses.request({ recordingId, requestedBy: corrector.user.id, atMs: 1 }, 10)
  const [screenId, screen] = [newId(), place('recordings', 'webm')]
  await db.recordings.add({ ...about, id: screenId, source: 'screen', startedAtMs: 1, storageKey: screen.key }, 1)
  await db.recordings.ready(
    screenId, { ...await store(screen.key), durationMs: 1, mediaType: 'video/webm', gaps: [], failure: null }, 1, [])
  const reportId = newId()
  for (const { key } of Object.values(placesOf({ id: reportId, sessionId }))) await store(key)
  await db.signedReports.add({
    id: reportId,
    sessionId,
    language: 'en',
    decision: 'concern',
    kid: 'k',
    sha256: 'ab'.repeat(32),
    chainHead: 'ab'.repeat(32),
    entries: 1,
    bytes: 1,
    issuedBy: corrector.user.id,
    issuedAtMs: 1
  }, { actorId: corrector.user.id, action: 'report.issue', targetType: 'session', targetId: sessionId, detail: {}, atMs: 1 })
  await db.evidence.add({
    id: newId(),
    sessionId,
    eventId: incident!.eventId,
    kind: 'picture',
    atMs: 1,
    durationMs: null,
    mediaType: 'image/jpeg',
    ...await store(picture.key),
    storageKey: picture.key,
    seen: { label: m('label') },
    createdAtMs: 1,
    deletedAtMs: null
  })
  // A hold that was released, by an admin who is erased; under it a face was replaced.
  const hold = await review<{ id: string }>('POST', '/admin/holds', {
    targetType: 'session', targetId: sessionId, reason: m('reason of a hold')
  })
  await mine('PUT', '/auth/me/face', { face: Buffer.from(JPEG).toString('base64') })
  await review('POST', `/admin/holds/${hold.body.id}/release`, { reason: m('reason of its release') })

  // Other people's records that name this person.
  const other = await person(app)
  const { body: beside } = await as(app, other)<{ id: string }>('POST', `/exam/start/${other.user.id}`, {})
  await act({ type: 'warn', sessionId: beside.id, text: `Stop talking with ${m('new name').toUpperCase()}!` })
  await act({ type: 'flag', sessionId: beside.id, text: `copied from ${MARKER}@${MARKER}.example` })
  await act({ type: 'flag', sessionId: beside.id, text: 'a flag of another candidate' })
  await as(app, corrector)('POST', `/sessions/${beside.id}/messages`, { text: m('message of the corrector') })
  const { body: { events: [reported] } } = await send<{ events: Array<{ id: string }> }>('POST', '/events', {
    sessionId: beside.id, kind: 'suspicious_activity', description: 'Looks aside'
  })
  await as(app, corrector)('PUT', `/sessions/${beside.id}/incidents/${reported!.id}/acknowledgement`, {
    state: 'seen', note: m('note of the corrector')
  })
  await act({ type: 'message', sessionId: beside.id, text: 'a message that names no person' })
  await as(app, other)('POST', `/exam/stop/${other.user.id}`, {})
  await as(app, admin)('POST', `/reviews/${beside.id}/claim`)
  await as(app, admin)('POST', `/reviews/${beside.id}/notes`, { text: `sat beside ${m('new name')}` })
  await as(app, admin)('PUT', `/reviews/${beside.id}/incidents/${reported!.id}`, {
    state: 'dismissed', reason: `looked at ${m('new name')}`
  })
  const named = await as(app, admin)<{ id: string }>('POST', '/admin/holds', {
    targetType: 'user', targetId: other.user.id, reason: `copied from ${m('new name')}`
  })
  await as(app, admin)('POST', `/admin/holds/${named.body.id}/release`, { reason: 'The case is closed' })
  // An hour that was counted knows kinds by their names.
  await as(app, admin)('GET', '/admin/stats')
  return {
    userId: user.id,
    admin,
    teacher,
    corrector,
    examId: exam.id,
    sessionIds: [free.id, session.id],
    attemptId: attempt.id
  }
}

/** The marker as bytes may hold it: any case, UTF-8, UTF-16 of either order, base64 at each of its three alignments. */
function needles (): ReadonlyMap<string, Buffer> {
  const big = Buffer.from(MARKER, 'utf16le').swap16()
  const base64 = [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(MARKER)]).toString('base64')
    // Characters that depend on the neighbors are left out.
    return text.slice(shift === 0 ? 0 : 4, -4)
  })
  return new Map([
    ['UTF-8', Buffer.from(MARKER)],
    ['UTF-16LE', Buffer.from(MARKER, 'utf16le')],
    ['UTF-16BE', big],
    ...base64.map((text, shift) => [`base64+${shift}`, Buffer.from(text)] as const)
  ])
}

/** Where the marker stands in any file below a folder, with what surrounds it. */
export function findInFiles (folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return findInFiles(path)
    const bytes = readFileSync(path)
    const lower = Buffer.from(bytes.toString('latin1').replace(/[A-Z]/g, letter => letter.toLowerCase()), 'latin1')
    return [...needles()].flatMap(([form, needle]) => {
      const at = (form.startsWith('base64') ? bytes : lower).indexOf(needle)
      return at < 0
        ? []
        : [`${name} at ${at} as ${form}: ${JSON.stringify(bytes.toString('latin1', Math.max(0, at - 60), at + 80))}`]
    })
  })
}
