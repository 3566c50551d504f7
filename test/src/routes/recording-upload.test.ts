/** A recording that was made elsewhere is uploaded, played and analyzed like one of ours. */
import t from 'tap'
import { analysis, call, person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { EDIT_LIST_MP4 } from '../../support/edit-list-mp4.ts'
import { UNKNOWN_ID } from '../../support/exams.ts'
import { makeWebm } from '../../support/make-webm.ts'
import { until } from '../../support/until.ts'

const webm = Buffer.from(await makeWebm(Array(12).fill([90, 90, 90]), { codec: 'vp8', fps: 1, live: false }))

await eachDatabase(t, async (t, make) => {
  const app = await make({
    pool: {
      analyze: async job => analysis({ faces: [], persons: 0 }, job.atMs),
      listen: async ({ state }) => ({ state, workerMs: 1 })
    }
  })
  const { db } = app.services
  const [teacher, student, stranger] = [await person(app, 'teacher'), await person(app), await person(app, 'teacher')]
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: 1 })
  const { session } = await db.sessions.open({ userId: student.user.id, examId: exam.id, atMs: 1_790_000_000_000 })
  const upload = async (body: Buffer, type: string, who = teacher, query = '', id = session.id) =>
    await call<{ id: string, durationMs: number }>(app, 'POST', `/sessions/${id}/recordings${query}`, {
      headers: { ...who.headers, 'content-type': type }, payload: body
    })

  await t.test('a WebM and an MP4 are kept, encrypted, and play as they were sent', async t => {
    const files = [[webm, 'video/webm', 11_000], [EDIT_LIST_MP4, 'video/mp4', 550]] as const
    for (const [body, type, durationMs] of files) {
      const { status, body: row } = await upload(body, type, teacher, '?startedAtMs=1790000005000')
      t.match([status, row], [201, {
        sessionId: session.id,
        userId: student.user.id,
        mode: 'upload',
        state: 'ready',
        bytes: body.length,
        mediaType: type,
        startedAtMs: 1_790_000_005_000
      }])
      t.ok(Math.abs(row.durationMs - durationMs) <= 100, String(row.durationMs))
      const of = { headers: teacher.headers }
      const { body: link } = await call<{ url: string }>(app, 'POST', `/recordings/${row.id}/link`, of)
      const played = await app.inject({ method: 'GET', url: link.url, headers: teacher.headers })
      t.ok(played.rawPayload.equals(body))
      t.match(played.headers['content-type'], type)
      t.match(await db.audit.list({ targetType: 'recording', targetId: row.id, limit: 5 }), [
        { action: 'recording.view' }, { action: 'recording.upload', actorId: teacher.user.id }
      ])
    }
  })

  await t.test('it comes through a real socket', async t => {
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    const response = await fetch(`${base}/api/v1/sessions/${session.id}/recordings`, {
      method: 'POST', headers: { ...teacher.headers, 'content-type': 'video/webm' }, body: webm
    })
    t.match([response.status, await response.json()], [201, { state: 'ready', bytes: webm.length }])
  })

  await t.test('it is analyzed, and what it shows is said', async t => {
    const { body: { id } } = await upload(webm, 'video/webm; codecs=vp8')
    const of = { headers: teacher.headers }
    t.equal((await call(app, 'POST', `/recordings/${id}/analyze`, of)).status, 202)
    const read = async () =>
      (await call<{ analysis: { state: string }, differences: object }>(app, 'GET', `/recordings/${id}/analysis`, of)).body
    await until(async () => (await read()).analysis.state === 'done')
    t.match(await read(), { differences: { added: [{ kind: 'face_missing' }], missing: [], again: [] } })
  })

  await t.test('what is no video, too long, or not theirs is refused', async t => {
    const text = Buffer.from('This is no video at all.')
    t.match(await upload(text, 'video/webm'), { status: 415, body: { code: 'INVIGIL_ERR_MEDIA_UNSUPPORTED' } })
    t.match(await upload(Buffer.alloc(0), 'video/mp4'), { body: { code: /^INVIGIL_ERR_MEDIA/ } })
    t.match(await upload(webm.subarray(0, 200), 'video/webm'), { body: { code: /^INVIGIL_ERR_MEDIA/ } })
    t.match(await upload(webm, 'video/quicktime'), { status: 415, body: { code: 'INVIGIL_ERR_MEDIA_TYPE' } })
    t.match(await upload(webm, 'video/webm', stranger), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
    t.match(await upload(webm, 'video/webm', student), { status: 403 })
    t.match(await upload(webm, 'video/webm', await person(app, 'admin'), '', UNKNOWN_ID), { status: 404 })
    const large = await app.inject({
      method: 'POST',
      url: `/api/v1/sessions/${session.id}/recordings`,
      headers: { ...teacher.headers, 'content-type': 'video/webm', 'content-length': String(2 ** 31) },
      payload: webm
    })
    t.match([large.statusCode, large.json()], [413, { code: 'INVIGIL_ERR_TOO_LARGE', details: { bytesMax: 2 ** 30 } }])
    t.equal((await db.recordings.list({ sessionId: session.id, limit: 10 })).length, 4, 'nothing of them is kept')
  })
})
