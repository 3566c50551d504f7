/** Staff confirm an enrolled face while they see the person: only then, and the audit log says in which session. */
import t from 'tap'
import { analysis, face, faceChange, person, vector } from '../../support/app.ts'
import { as, UNKNOWN_ID, stage, type Begun } from '../../support/exams.ts'
import { connect, JPEG, room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

t.test('a confirmation beside the live picture needs a live picture, and is stored with the session', async t => {
  const r = await room(t, { pool: { analyze: async job => analysis({ faces: [face()] }, job.atMs) } })
  const { db, live } = r.app.services
  const { exam, teacher } = await stage(r.app)
  const stranger = await person(r.app, 'teacher')
  const who = await person(r.app)
  const stateFor = async (reader = teacher) => await as(r.app, reader)('GET', `/users/${who.user.id}/face`)
  const confirm = async (sessionId: string, by = teacher) =>
    await as(r.app, by)('POST', `/users/${who.user.id}/face/confirm`, { reason: 'Seen', sessionId })
  const NOT_LIVE = { status: 409, body: { code: 'INVIGIL_ERR_FACE_NOT_LIVE' } }

  const none = {
    isEnrolled: false,
    enrollmentId: null,
    enrolledAtMs: null,
    enrolledBy: null,
    enrolledByName: null,
    confirmedAtMs: null,
    confirmedByName: null
  }
  t.same((await stateFor()).body, none)
  await r.app.faces.store(who.user.id, vector(0), faceChange(who, r.clock.ms - 60_000))
  t.same((await stateFor()).body, {
    ...none,
    isEnrolled: true,
    enrollmentId: (await db.faceEnrollments.at(who.user.id)).change!.id,
    enrolledAtMs: r.clock.ms - 60_000,
    enrolledBy: 'candidate',
    enrolledByName: who.user.name
  })
  t.equal((await stateFor(who)).status, 403, 'for staff')

  const { body } = await as(r.app, who)<Begun>('POST', `/exams/${exam.id}/start`)
  const { id } = body.session
  t.match(await confirm(id), NOT_LIVE, 'not connected')
  const client = await connect(t, `${r.url}${body.socketPath}?token=${who.accessToken}`)
  await client.next('rate')
  const stream = async (): Promise<void> => {
    for (let count = 0; count < 16; count++) {
      r.advance(500)
      client.send(JPEG)
      await client.next('ack')
    }
  }
  await stream()
  r.advance(4_000)
  t.match(await confirm(id), NOT_LIVE, 'no picture for 4 s')
  await stream()
  await live.pause(id, teacher.user.id)
  t.match(await confirm(id), NOT_LIVE, 'paused')
  await live.resume(id, teacher.user.id)
  await stream()
  t.match(await confirm(UNKNOWN_ID), { status: 404, body: { code: 'INVIGIL_ERR_SESSION_UNKNOWN' } })
  t.match(await confirm((await r.candidate()).session.id), { status: 404 }, 'of another person')
  t.match(await confirm(id, stranger), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
  t.match((await stateFor()).body, { confirmedAtMs: null })

  t.match(await confirm(id), { status: 200, body: { confirmedBy: teacher.user.id } })
  t.match((await stateFor()).body, { confirmedAtMs: r.clock.ms, confirmedByName: teacher.user.name })
  t.match(await db.audit.list({ targetId: who.user.id, limit: 1 }), [{
    actorId: teacher.user.id, action: 'face.confirm', detail: { reason: 'Seen', sessionId: id, isCompared: false }
  }], 'and that this exam compares no faces')
  client.socket.close()
  await until(async () => (await live.summary(id))?.online === false)
  t.match(await confirm(id), NOT_LIVE)
})
