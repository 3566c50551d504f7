/** What the sweep deletes and what it leaves, through HTTP, on each database. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { unzipSync } from 'fflate'
import t from 'tap'
import { newId } from '../../../db/index.ts'
import { person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, UNKNOWN_ID, type ExamBody } from '../../support/exams.ts'
import { placesOf } from '../../../src/reports/places.ts'
import { createMemoryStorage, testMedia } from '../../support/memory-storage.ts'

const DAY_MS = 86_400_000
const REASON = 'A lawsuit about the exam of March'

interface Due {
  readonly due: ReadonlyArray<{
    readonly class: string
    readonly sessionId: string
    readonly isHeld: boolean
    readonly count: number
  }>
  readonly sessions: number
}

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const storage = createMemoryStorage()
  const broken = new Set<string>()
  const app = await make({
    env: { WEBHOOKS_TO_PRIVATE: '1' },
    live: { now: () => clock.ms },
    media: db => testMedia(db, {
      ...storage,
      delete: async key => {
        if (broken.has(key)) throw new Error('the store does not respond')
        await storage.delete(key)
      }
    })
  })
  const { db, media } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const staff = as(app, admin)
  const webhook = await staff<{ webhook: { id: string } }>('POST', '/webhooks', {
    url: 'http://127.0.0.1:9/x', types: ['retention.deleted', 'recording.deleted', 'recording.ready']
  })
  const told = async (sessionId: string): Promise<string[]> =>
    (await db.webhooks.claim(clock.ms, 1, 500))
      .map(({ body }) => JSON.parse(body) as { type: string, data: { sessionId?: string, class?: string } })
      .filter(({ data }) => data.sessionId === sessionId)
      .map(({ type, data }) => data.class === undefined ? type : `${type} ${data.class}`)
      .sort()
  t.equal(webhook.status, 201)
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: clock.ms })

  const sweep = async () => {
    clock.ms += 3_600_000
    return await app.sweeper.runIfDue()
  }
  const dueSoon = async (): Promise<Due> => (await staff<Due>('GET', '/admin/retention')).body
  const entriesOf = async (targetId: string) =>
    (await db.audit.list({ targetType: 'session', targetId, limit: 50 }))
      .filter(({ action }) => action === 'retention.delete')
      .map(({ detail }) => detail)

  t.test('recordings go after their days: those of an exam with days of its own, and those under a hold, stay', async t => {
    const longer = await db.exams.create({ ownerId: teacher.user.id, title: 'Longer', atMs: clock.ms })
    const policy = await as(app, teacher)('PUT', `/exams/${longer.id}/policy`, {
      retention: { recordingDays: 60, dismissedDays: null, confirmedDays: null, recordsDays: null, face: null }
    })
    t.match(policy, { status: 200, body: { policy: { retention: { recordingDays: 60, recordsDays: null } } } })
    const [usual, late, held] = [
      await recorded(app, exam.id, clock.ms),
      await recorded(app, longer.id, clock.ms),
      await recorded(app, exam.id, clock.ms)
    ]
    const hold = await staff<{ id: string }>('POST', '/admin/holds', {
      targetType: 'session', targetId: held.sessionId, reason: REASON
    })
    t.equal(hold.status, 201)
    t.match(await sweep(), { deleted: { recording: 0 }, failed: 0 })
    t.equal(await app.sweeper.runIfDue(), undefined, 'one sweep an hour, of all gateways')
    clock.ms += 25 * DAY_MS
    const soon = await dueSoon()
    t.same(
      soon.due.map(item => [item.class, item.sessionId, item.isHeld, item.count]),
      [['recording', usual.sessionId, false, 1], ['recording', held.sessionId, true, 1]]
    )
    clock.ms += 5 * DAY_MS
    broken.add(usual.key)
    t.match(await sweep(), { deleted: { recording: 0 }, failed: 1 })
    t.match(await db.recordings.byId(usual.id), { state: 'ready' }, 'its file could not be deleted: the row stays')
    broken.clear()
    t.match(await sweep(), { deleted: { recording: 1 }, failed: 0 })
    t.match(await db.recordings.byId(usual.id), { state: 'deleted' })
    t.same([usual.key, usual.sheetKey].map(key => storage.objects.has(key)), [false, false])
    t.same(await db.storyboards.list(usual.sessionId), [])
    t.equal(await db.mediaKeys.get(usual.sessionId), undefined, 'copies in backups cannot be read')
    t.same(await entriesOf(usual.sessionId), [{ class: 'recording', days: 30, count: 1 }])
    t.same(await told(usual.sessionId), ['recording.deleted', 'recording.ready', 'retention.deleted recording'])
    for (const kept of [late, held]) {
      t.match(await db.recordings.byId(kept.id), { state: 'ready' })
      t.same([kept.key, kept.sheetKey].map(key => storage.objects.has(key)), [true, true])
      t.ok(await db.mediaKeys.get(kept.sessionId))
    }

    const refused = { status: 409, body: { code: 'INVIGIL_ERR_LEGAL_HOLD' } }
    t.match(await staff('DELETE', `/recordings/${held.id}`, { reason: 'Not needed' }), refused)
    t.match(await staff('DELETE', `/users/${held.student.user.id}`), refused)
    t.match(await staff('POST', `/exam/clear-logs/${held.student.user.id}`, {}), refused)
    t.match(await as(app, held.student)('DELETE', '/auth/me/face'), refused)
    const path = `/admin/holds/${hold.body.id}/release`
    t.match(await staff('POST', path, { reason: 'short' }), { status: 422, body: { code: 'INVIGIL_ERR_REASON_SHORT' } })
    t.match(await staff('POST', path, { reason: 'The lawsuit is settled' }), {
      status: 200, body: { userName: 'The student', releasedByName: 'The admin', releasedAtMs: clock.ms }
    })
    t.match(await staff('POST', path, { reason: 'The lawsuit is settled' }), {
      status: 409, body: { code: 'INVIGIL_ERR_HOLD_RELEASED' }
    })
    t.match(
      await db.audit.list({ targetType: 'session', targetId: held.sessionId, limit: 2 }),
      [{ action: 'hold.release', actorId: admin.user.id }, { action: 'hold.place', detail: { reason: REASON } }]
    )
    t.match(await sweep(), { deleted: { recording: 1 } })
    t.match(await staff('DELETE', `/users/${held.student.user.id}`), { status: 204 })
    t.same((await staff('GET', `/admin/holds?userId=${held.student.user.id}`)).body['holds'], [])
    clock.ms += 31 * DAY_MS
    t.match(await sweep(), { deleted: { recording: 1 } })
  })

  t.test('pictures go by what people decided, and wait for an appeal', async t => {
    const calm = await judged('dismissed')
    const serious = await judged('confirmed')
    const appealed = await judged('confirmed')
    const audit = { actorId: null, action: 'x', targetType: 'session', targetId: appealed.sessionId, atMs: clock.ms }
    t.equal(await db.appeals.open({ sessionId: appealed.sessionId, text: 'No', atMs: clock.ms }, audit), true)
    clock.ms += 13 * DAY_MS
    t.match(await sweep(), { deleted: { dismissed: 0, confirmed: 0 } })
    clock.ms += DAY_MS
    t.match(await sweep(), { deleted: { dismissed: 1, confirmed: 0 } })
    t.equal(storage.objects.has(calm.key), false)
    t.ok(storage.objects.has(serious.key))
    // 14 days for an appeal, and 90 more.
    clock.ms += 91 * DAY_MS
    t.match(await sweep(), { deleted: { confirmed: 1 } }, 'nobody appealed')
    t.equal(storage.objects.has(serious.key), false)
    t.ok(storage.objects.has(appealed.key), 'an open appeal keeps it')
    const { sessionId } = appealed
    await db.appeals.answer({ sessionId, text: 'Look', by: admin.user.id, atMs: clock.ms }, audit)
    t.equal(await db.appeals.close({
      sessionId, state: 'upheld', reason: REASON, by: admin.user.id, atMs: clock.ms, dismissEventIds: []
    }, audit), true)
    clock.ms += 89 * DAY_MS
    t.match(await sweep(), { deleted: { confirmed: 0 } })
    clock.ms += 2 * DAY_MS
    t.match(await sweep(), { deleted: { confirmed: 1 } })
    t.same(await entriesOf(sessionId), [{ class: 'confirmed', days: 90, count: 1 }])
  })

  t.test('signed reports go with the pictures that they hold, and keep the key of their session until then', async t => {
    const { sessionId, student } = await judged('confirmed')
    const decided = await issued(sessionId, 'concern')
    const names = async (): Promise<string[]> => {
      const path = `/api/v1/users/${student.user.id}/export`
      const { rawPayload } = await app.inject({ method: 'GET', url: path, headers: admin.headers })
      return Object.keys(unzipSync(rawPayload)).filter(name => name.startsWith('reports/'))
    }
    t.same(await names(), [`reports/${decided.id}.zip`], 'the export holds it')
    t.match(await staff('POST', '/admin/holds', { targetType: 'session', targetId: sessionId, reason: REASON }), { status: 201 })
    clock.ms += 105 * DAY_MS
    t.match(await sweep(), { deleted: { confirmed: 0 } }, 'a hold keeps it')
    const { body: { holds } } = await staff<{ holds: Array<{ id: string }> }>('GET', `/admin/holds?userId=${student.user.id}`)
    await staff('POST', `/admin/holds/${holds[0]!.id}/release`, { reason: 'The lawsuit is settled' })
    t.match(await sweep(), { deleted: { confirmed: 2 } }, 'the picture and the report')
    t.match(await db.signedReports.byId(decided.id), { withdrawnAtMs: clock.ms, sha256: decided.sha256 }, 'the hash stays')
    t.same(decided.keys.map(key => storage.objects.has(key)), [false, false])
    t.equal(await db.mediaKeys.get(sessionId), undefined, 'copies in backups cannot be read')
    t.same(await names(), [])

    const { sessionId: early } = await judged()
    const undecided = await issued(early, null)
    clock.ms += 105 * DAY_MS
    await sweep()
    t.same(undecided.keys.map(key => storage.objects.has(key)), [true, true], 'without a decision it waits for the records')
    t.ok(await db.mediaKeys.get(early))
    clock.ms += 261 * DAY_MS
    await sweep()
    t.same(undecided.keys.map(key => storage.objects.has(key)), [false, false])
    t.equal(await db.signedReports.byId(undecided.id), undefined)
  })

  t.test('after a year the session goes with its events; its attempt and the account stay', async t => {
    const { sessionId, student, key } = await judged()
    clock.ms += 364 * DAY_MS
    await sweep()
    t.ok(await db.sessions.byId(sessionId))
    clock.ms += DAY_MS
    await sweep()
    t.equal(await db.sessions.byId(sessionId), undefined)
    t.equal(storage.objects.has(key), false, 'pictures that nobody judged go with it')
    t.same(await entriesOf(sessionId), [{ class: 'records', days: 365, count: 1 }])
    t.ok(await db.users.byId(student.user.id))
  })

  t.test('consents and the audit log go after three years, but not what a hold covers', async t => {
    const [student, held] = [await person(app), await person(app)]
    for (const { user } of [student, held]) {
      await db.consents.give({
        userId: user.id,
        examId: exam.id,
        noticeVersion: '1',
        noticeSha256: '',
        language: 'en',
        notice: 'Words',
        items: {},
        givenAtMs: clock.ms
      })
      await db.audit.append({
        actorId: null, action: 'old', targetType: 'user', targetId: user.id, detail: {}, atMs: clock.ms
      })
    }
    await staff('POST', '/admin/holds', { targetType: 'user', targetId: held.user.id, reason: REASON })
    clock.ms = Math.max(clock.ms, Date.now()) + 1096 * DAY_MS
    const outcome = await sweep()
    t.ok(outcome!.deleted.audit > 1)
    t.equal(outcome!.deleted.consent, 1)
    t.same(await db.consents.list(student.user.id), [])
    t.equal((await db.consents.list(held.user.id)).length, 1)
    const old = async (id: string) => (await db.audit.list({ targetId: id, limit: 50 })).filter(row => row.action === 'old')
    t.equal((await old(student.user.id)).length, 0)
    t.equal((await old(held.user.id)).length, 1)
    t.match(await db.audit.list({ targetType: 'audit_log', limit: 1 }), [{ action: 'retention.delete', detail: { class: 'audit' } }])
  })

  t.test('a face goes when the exam that compared it is over, unless another needs it', async t => {
    const [done, needed] = [await enrolled(), await enrolled()]
    const make = async (identity: string, closesAtMs: number, face: 'exam' | null): Promise<ExamBody> => {
      const author = as(app, teacher)
      const { body } = await author<ExamBody>('POST', '/exams', { title: 'Faces', closesAtMs, isOpenToAll: false })
      await author('PUT', `/exams/${body.id}/policy`, {
        identity, retention: { recordingDays: null, dismissedDays: null, confirmedDays: null, recordsDays: null, face }
      })
      return body
    }
    const endsAtMs = clock.ms + DAY_MS
    const first = await make('noted', endsAtMs, 'exam')
    const next = await make('noted', endsAtMs + 9 * DAY_MS, null)
    for (const { user } of [done, needed]) {
      const started = await db.attempts.start({
        examId: first.id,
        userId: user.id,
        attemptsMax: null,
        examVersion: 1,
        policyVersion: 1,
        dueAtMs: null,
        atMs: clock.ms
      })
      if (started.outcome === 'created') await db.attempts.submit(started.attempt.id, 'candidate', clock.ms)
    }
    await db.exams.setState(next.id, ['draft'], 'published', clock.ms)
    await db.exams.assign(next.id, [needed.user.id])
    t.match(await sweep(), { deleted: { face: 0 } })
    clock.ms = endsAtMs
    t.match(await sweep(), { deleted: { face: 1 } })
    t.equal((await db.users.byId(done.user.id))!.hasFace, false)
    t.equal((await db.users.byId(needed.user.id))!.hasFace, true)
    t.match(await db.faceEnrollments.list(done.user.id, { limit: 1 }), [{ action: 'removed', by: 'system' }])
  })

  t.test('a face that is removed or replaced under a hold is set aside until the hold ends', async t => {
    const student = await enrolled()
    const { id } = student.user
    const held = async (): Promise<number> => (await app.services.db.retention.deleteReleasedFaces(
      { class: 'face', days: 0, atMs: clock.ms }, 10))
    const hold = await staff<{ id: string }>('POST', '/admin/holds', { targetType: 'user', targetId: id, reason: REASON })
    const other = new Uint8Array([2])
    await db.users.setFace(id, { embedding: other, change: { by: id, address: '', atMs: clock.ms } })
    t.match(await staff('POST', `/users/${id}/password`, {}), { status: 200 })
    t.match(await db.users.byId(id), { hasFace: false }, 'nobody logs in with it any more')
    t.match((await db.faceEnrollments.list(id, { limit: 2 })).map(({ action }) => action), ['removed', 'replaced'])
    t.match(await sweep(), { deleted: { face: 0 } })
    t.equal(await held(), 0, 'kept while the hold lasts')
    await staff('POST', `/admin/holds/${hold.body.id}/release`, { reason: 'The lawsuit is settled' })
    t.match(await sweep(), { deleted: { face: 2 } }, 'both faces go with the next sweep')
    const free = await enrolled()
    t.match(await staff('POST', `/users/${free.user.id}/password`, {}), { status: 200 })
    t.match(await sweep(), { deleted: { face: 0 } }, 'without a hold nothing is set aside')
  })

  t.test('an account is not erased while a text by it or about it is held; grades under a hold are not deleted', async t => {
    const refused = { status: 409, body: { code: 'INVIGIL_ERR_LEGAL_HOLD' } }
    const { sessionId, student } = await judged('confirmed')
    const [author, named, placer] = [await person(app, 'admin'), await person(app), await person(app, 'admin')]
    for (const text of ['A phone lay there', `The phone is that of ${named.user.email}`]) {
      const note = { sessionId, eventId: null, kind: 'note' as const, authorId: author.user.id, text, atMs: clock.ms }
      await db.reviews.addNote(note)
    }
    const hold = await as(app, placer)<{ id: string }>('POST', '/admin/holds', {
      targetType: 'session', targetId: sessionId, reason: REASON
    })
    for (const { user } of [author, named, placer, student]) t.match(await staff('DELETE', `/users/${user.id}`), refused)
    const unnamed = await db.users.create({
      email: 'zoe@example.org', name: 'Zoe Quinn', role: 'student', passwordHash: null, createdAtMs: 1
    })
    t.match(await staff('DELETE', `/users/${unnamed.id}`), { status: 204 }, 'others are erased')
    await staff('POST', `/admin/holds/${hold.body.id}/release`, { reason: 'The lawsuit is settled' })
    for (const { user } of [author, named, placer]) {
      t.match(await staff('DELETE', `/users/${user.id}`), { status: 204 })
    }

    const started = await db.attempts.start({
      examId: exam.id,
      userId: student.user.id,
      attemptsMax: null,
      examVersion: 1,
      policyVersion: 1,
      dueAtMs: null,
      atMs: clock.ms
    })
    if (started.outcome !== 'created') throw new Error(started.outcome)
    const attemptId = started.attempt.id
    await db.attempts.submit(attemptId, 'candidate', clock.ms)
    await staff('POST', '/admin/holds', { targetType: 'attempt', targetId: attemptId, reason: REASON })
    t.match(await staff('POST', `/attempts/${attemptId}/reopen`, { reason: 'The line was lost' }), refused)
  })

  t.test('a person gets everything that is stored about them, without what only staff read', async t => {
    const { student, sessionId, id } = await recorded(app, exam.id, clock.ms)
    const sheetId = (await db.storyboards.list(sessionId))[0]!.id
    await db.events.append([{
      id: newId(),
      sessionId,
      userId: student.user.id,
      kind: 'phone',
      phase: 'instant',
      incident: 1,
      atMs: clock.ms,
      durationMs: null,
      class: 'integrity',
      severity: 'high',
      weight: 1,
      detail: { score: 'only for staff' },
      createdAtMs: clock.ms
    }])
    await db.analyses.request({ recordingId: id, requestedBy: admin.user.id, atMs: clock.ms }, 10)
    const path = `/api/v1/users/${student.user.id}/export`
    const get = async (who: LoggedIn) => await app.inject({ method: 'GET', url: path, headers: who.headers })
    for (const who of [student, admin]) {
      const answer = await get(who)
      t.match([answer.statusCode, answer.headers['content-type']], [200, 'application/zip'])
      const files = unzipSync(answer.rawPayload)
      const text = (name: string): string => Buffer.from(files[name]!).toString()
      t.same(Object.keys(files).sort(), [
        'account.json', 'analyses.json', 'attempts.json', 'consents.json', 'events.json', 'faces.json', 'messages.json', 'missing.json',
        `recordings/${id}.webm`, 'reviews.json', 'sessions.json', `storyboards/${sheetId}.jpg`
      ])
      t.equal(text(`recordings/${id}.webm`), 'recording')
      t.equal(text(`storyboards/${sheetId}.jpg`), 'sheet')
      t.match(JSON.parse(text('account.json')), [{ email: student.user.email }])
      t.match(JSON.parse(text('events.json')), [{ kind: 'phone', sessionId }])
      t.match(JSON.parse(text('analyses.json')), [{ recordingId: id, state: 'waiting', found: [] }])
      t.notMatch(Object.keys(files).map(text).join(), /only for staff|passwordHash/)
    }
    t.equal((await get(teacher)).statusCode, 403)
    t.equal((await get(await person(app))).statusCode, 403)
    t.match(await db.audit.list({ targetType: 'user', targetId: student.user.id, limit: 1 }), [{ action: 'user.export' }])
    for (let count = 1; count < 3; count++) await get(student)
    t.equal((await get(student)).statusCode, 429)
  })

  t.test('a hold needs its target and a reason', async t => {
    for (const [targetType, code] of [['user', 'USER'], ['attempt', 'ATTEMPT'], ['session', 'SESSION']] as const) {
      t.match(await staff('POST', '/admin/holds', { targetType, targetId: UNKNOWN_ID, reason: REASON }), {
        status: 404, body: { code: `INVIGIL_ERR_${code}_UNKNOWN` }
      })
    }
    t.match(await staff('POST', `/admin/holds/${UNKNOWN_ID}/release`, { reason: REASON }), {
      status: 404, body: { code: 'INVIGIL_ERR_HOLD_UNKNOWN' }
    })
  })

  /** A report as it is stored when it is issued. */
  async function issued (sessionId: string, decision: 'concern' | null) {
    const [id, sha256] = [newId(), 'ab'.repeat(32)]
    const keys = Object.values(placesOf({ id, sessionId })).map(({ key }) => key)
    for (const key of keys) await media.vault.put({ sessionId, key }, Readable.from([Buffer.from('report')]))
    await db.signedReports.add({
      id,
      sessionId,
      language: 'en',
      decision,
      kid: 'k',
      sha256,
      chainHead: sha256,
      entries: 1,
      bytes: 6,
      issuedBy: admin.user.id,
      issuedAtMs: clock.ms
    }, { actorId: admin.user.id, action: 'report.issue', targetType: 'session', targetId: sessionId, detail: {}, atMs: clock.ms })
    return { id, sha256, keys }
  }

  async function enrolled (): Promise<LoggedIn> {
    const student = await person(app)
    await db.users.setFace(student.user.id, {
      embedding: new Uint8Array([1]), change: { by: student.user.id, address: '', atMs: clock.ms }
    })
    return student
  }

  /** An ended session with a picture of an incident that was judged so; without `state` nobody judged it. */
  async function judged (state?: 'dismissed' | 'confirmed') {
    const { user, ...login } = await person(app)
    const { session } = await db.sessions.open({ userId: user.id, examId: exam.id, atMs: clock.ms })
    const sessionId = session.id
    const eventId = newId()
    await db.events.append([{
      id: eventId,
      sessionId,
      userId: user.id,
      kind: 'phone',
      phase: 'instant',
      incident: 1,
      atMs: clock.ms,
      durationMs: null,
      class: 'integrity',
      severity: 'high',
      weight: 1,
      detail: {},
      createdAtMs: clock.ms
    }])
    await db.sessions.transition(sessionId, ['active'], 'stopped', clock.ms, 'system')
    const key = `${sessionId}/evidence/${eventId}.jpg`
    const stored = await media.vault.put({ sessionId, key }, Readable.from([Buffer.from('picture')]))
    await db.evidence.add({
      id: newId(),
      sessionId,
      eventId,
      kind: 'picture',
      atMs: clock.ms,
      mediaType: 'image/jpeg',
      ...stored,
      storageKey: key,
      durationMs: null,
      seen: {},
      createdAtMs: clock.ms,
      deletedAtMs: null
    })
    const act = { sessionId, by: admin.user.id, atMs: clock.ms, untilMs: clock.ms + 60_000 }
    const audit = { actorId: admin.user.id, action: 'x', targetType: 'session', targetId: sessionId, atMs: clock.ms }
    if (state !== undefined) {
      await db.reviews.claim(act, audit)
      await db.reviews.addView({
        sessionId, eventId, what: 'evidence', viewerId: admin.user.id, viewerRole: 'admin', atMs: clock.ms
      })
      await db.reviews.setIncident({ ...act, eventId, to: 'under_review', reason: null }, audit)
      t.equal(await db.reviews.setIncident({ ...act, eventId, to: state, reason: REASON }, audit), 'done')
      const decision = state === 'dismissed' ? 'clear' : 'concern'
      t.equal(await db.reviews.decide({ ...act, decision, reason: REASON, reviewers: 1, isAdmin: true }, audit), 'done')
    }
    return { sessionId, key, student: { ...login, user } }
  }
})

/** An ended session with a recording and its storyboard. */
async function recorded (app: FastifyInstance, examId: string, atMs: number) {
  const { db, media } = app.services
  const student = await person(app)
  const { session } = await db.sessions.open({ userId: student.user.id, examId, atMs })
  const id = newId()
  const key = `${session.id}/recordings/${id}.webm`
  const about = { sessionId: session.id, userId: student.user.id, examId, mode: 'full' as const, mediaType: 'video/webm' }
  await db.recordings.add({ ...about, id, startedAtMs: atMs, storageKey: key }, atMs)
  const stored = await media.vault.put({ sessionId: session.id, key }, Readable.from([Buffer.from('recording')]))
  const sheetKey = `${session.id}/storyboards/${id}-0.jpg`
  const sheet = {
    ...await media.vault.put({ sessionId: session.id, key: sheetKey }, Readable.from([Buffer.from('sheet')])),
    startedAtMs: atMs,
    offsetsMs: [0],
    columns: 1,
    tileWidth: 160,
    tileHeight: 120,
    storageKey: sheetKey
  }
  const finished = { ...stored, durationMs: 1000, mediaType: 'video/webm', gaps: [], failure: null }
  await db.recordings.ready(id, finished, atMs, [sheet])
  await db.sessions.transition(session.id, ['active'], 'stopped', atMs, 'system')
  return { id, key, sheetKey, sessionId: session.id, student }
}
