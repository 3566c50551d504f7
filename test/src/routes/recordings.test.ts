/** Lists, links and playback of recordings. */
import { Readable } from 'node:stream'
import t from 'tap'
import { newId } from '../../../db/index.ts'
import { clocked, person, type LoggedIn } from '../../support/app.ts'
import { as, stage } from '../../support/exams.ts'

const { app, clock } = await clocked(t)
const { db, media } = app.services
const admin = await person(app, 'admin')
const teacher = await person(app, 'teacher')
const stranger = await person(app, 'teacher')
const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: 1 })
const BYTES = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, at) => at * 13 & 0xff))

async function recorded (state: 'ready' | 'writing' = 'ready') {
  const student = await person(app)
  const { session } = await db.sessions.open({ userId: student.user.id, examId: exam.id, atMs: clock.ms })
  const id = newId()
  const place = { sessionId: session.id, key: `${session.id}/recordings/${id}.webm` }
  await db.recordings.add({
    id,
    sessionId: session.id,
    userId: student.user.id,
    examId: exam.id,
    mode: 'full',
    startedAtMs: clock.ms,
    mediaType: 'video/webm',
    storageKey: place.key
  }, clock.ms)
  if (state === 'ready') {
    const stored = await media.vault.put(place, Readable.from([BYTES]))
    await db.recordings.ready(
      id, { ...stored, durationMs: 1000, mediaType: 'video/webm', gaps: [], failure: null }, clock.ms)
  }
  return { id, student, session, place }
}

const call = async (who: LoggedIn | undefined, method: 'GET' | 'POST' | 'DELETE' | 'HEAD', path: string, more: object = {}) =>
  await app.inject({
    method,
    url: path.startsWith('/media') ? path : `/api/v1/recordings${path}`,
    ...more,
    headers: { ...who?.headers, ...('headers' in more ? more.headers as object : {}) }
  })

async function linkOf (who: LoggedIn, id: string): Promise<{ url: string, cookie: string }> {
  const response = await call(who, 'POST', `/${id}/link`)
  t.equal(response.statusCode, 200)
  const cookie = String(response.headers['set-cookie'])
  t.match(cookie, /^invigil_media=.*Path=\/media; HttpOnly; SameSite=Strict/)
  return { url: response.json().url, cookie: cookie.split(';', 1)[0]! }
}

t.test('staff list recordings of their exams, with filters', async t => {
  const { id, student } = await recorded()
  const list = async (who: LoggedIn, query: string): Promise<string[]> =>
    (await call(who, 'GET', `?${query}`)).json().recordings.map((row: { id: string }) => row.id)
  const mine = `userId=${student.user.id}`
  t.same(await list(admin, mine), [id])
  t.same(await list(teacher, mine), [id])
  t.same(await list(stranger, mine), [])
  t.same(await list(admin, `${mine}&state=writing`), [])
  t.same(await list(admin, `${mine}&fromMs=${clock.ms + 1}`), [])
  t.equal((await call(student, 'GET', '')).statusCode, 403)
  t.match((await call(teacher, 'GET', `/${id}`)).json(), { id, state: 'ready', bytes: BYTES.length, userName: 'The student' })
  t.notOk('storageKey' in (await call(teacher, 'GET', `/${id}`)).json())
  t.equal((await call(stranger, 'GET', `/${id}`)).json().code, 'INVIGIL_ERR_NOT_YOURS')
  t.equal((await call(student, 'GET', `/${id}`)).json().code, 'INVIGIL_ERR_NOT_YOURS')
  t.equal((await call(admin, 'GET', `/${newId()}`)).json().code, 'INVIGIL_ERR_RECORDING_UNKNOWN')
  await db.users.setRole(student.user.id, 'admin')
  const own = await call(student, 'DELETE', `/${id}`, { payload: { reason: 'Mine' } })
  t.match([own.statusCode, own.json().code], [403, 'INVIGIL_ERR_NOT_YOURS'], 'an admin deletes none of their own')
  const open = await recorded('writing')
  t.equal((await call(teacher, 'POST', `/${open.id}/link`)).json().code, 'INVIGIL_ERR_RECORDING_UNFINISHED')
})

t.test('a link plays with ranges, and the viewing is logged once', async t => {
  const { id, session } = await recorded()
  const { url, cookie } = await linkOf(teacher, id)
  const ask = async (headers: object) => await call(undefined, 'GET', url, { headers: { cookie, ...headers } })
  const whole = await ask({})
  t.equal(whole.statusCode, 200)
  t.ok(whole.rawPayload.equals(BYTES))
  const { etag } = whole.headers
  t.match(whole.headers, {
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    'content-disposition': /^inline/,
    'content-type': 'video/webm',
    'content-length': String(BYTES.length)
  })
  for (const [range, start, end] of [
    ['bytes=0-', 0, 199_999], ['bytes=65530-65545', 65_530, 65_545], ['bytes=-5', 199_995, 199_999],
    ['bytes=199999-400000', 199_999, 199_999]
  ] as const) {
    const part = await ask({ range })
    t.match([part.statusCode, part.headers['content-range']], [206, `bytes ${start}-${end}/200000`])
    t.ok(part.rawPayload.equals(BYTES.subarray(start, end + 1)), range)
  }
  t.match(await ask({ range: 'bytes=200000-' }), { statusCode: 416, headers: { 'content-range': 'bytes */200000' } })
  t.equal((await ask({ range: 'bytes=0-1', 'if-range': etag })).statusCode, 206)
  t.equal((await ask({ range: 'bytes=0-1', 'if-range': '"other"' })).statusCode, 200)
  t.equal((await ask({ range: 'bytes=0-1,5-6' })).statusCode, 200)
  const head = await call(undefined, 'HEAD', url, { headers: { cookie } })
  t.match([head.statusCode, head.headers['content-length'], head.body], [200, String(BYTES.length), ''])
  t.equal((await call(teacher, 'GET', url)).statusCode, 200, 'by access token instead of the cookie')
  const entries = await db.audit.list({ targetType: 'recording', targetId: id, limit: 10 })
  t.match(entries, [{ actorId: teacher.user.id, action: 'recording.view' }])
  t.equal(entries.length, 1)
  t.match(
    await db.reviews.views(session.id, 10),
    [{ viewerId: teacher.user.id, viewerRole: 'teacher', what: 'recording' }],
    'the candidate reads who looked'
  )
})

t.test('expired, changed, another person, erased: each is refused with its code', async t => {
  const { id, place, student } = await recorded()
  const other = await recorded()
  const { url, cookie } = await linkOf(teacher, id)
  const code = async (path: string, headers: object = { cookie }) =>
    (await call(undefined, 'GET', path, { headers })).json().code
  t.equal(await code(url.replace(id, other.id)), 'INVIGIL_ERR_LINK_INVALID', 'another recording')
  t.equal(await code(url.replace(/e=\d+/, `e=${clock.ms + 9e5}`)), 'INVIGIL_ERR_LINK_INVALID', 'a later end')
  t.equal(await code(url.replace(teacher.user.id, admin.user.id)), 'INVIGIL_ERR_LINK_INVALID', 'another viewer')
  t.equal(await code(url, {}), 'INVIGIL_ERR_TOKEN_MISSING', 'a copied link')
  t.equal(await code(url, { cookie: (await linkOf(admin, id)).cookie }), 'INVIGIL_ERR_NOT_YOURS', "an admin's browser")
  t.equal(await code(url, { cookie: `${cookie}x` }), 'INVIGIL_ERR_TOKEN_MISSING')
  const { objects } = media.vault.storage as unknown as { objects: Map<string, Buffer> }
  const stored = objects.get(place.key)!
  const damaged = Buffer.from(stored)
  damaged[100]! ^= 1
  objects.set(place.key, damaged)
  t.equal(await code(url), 'INVIGIL_ERR_MEDIA_DAMAGED')
  objects.set(place.key, stored)
  clock.ms += 5 * 60_000
  t.equal(await code(url, teacher.headers), 'INVIGIL_ERR_LINK_EXPIRED')
  const fresh = await linkOf(admin, id)
  t.equal((await call(teacher, 'DELETE', `/${id}`, { payload: { reason: 'Old' } })).statusCode, 403)
  t.equal((await call(admin, 'DELETE', `/${id}`, { payload: { reason: 'Old' } })).statusCode, 204)
  t.notOk(objects.has(place.key))
  t.equal(await code(fresh.url, { cookie: fresh.cookie }), 'INVIGIL_ERR_MEDIA_GONE')
  t.match(await db.audit.list({ targetType: 'recording', targetId: id, limit: 1 }), [{ action: 'recording.delete' }])
  t.equal((await call(admin, 'POST', `/${id}/link`)).json().code, 'INVIGIL_ERR_MEDIA_GONE')
  const erased = await linkOf(admin, other.id)
  const removal = await app.inject({ method: 'DELETE', url: `/api/v1/users/${other.student.user.id}`, headers: admin.headers })
  t.equal(removal.statusCode, 204)
  t.notOk(objects.has(other.place.key), 'the file of an erased person is gone')
  t.equal(await code(erased.url, { cookie: erased.cookie }), 'INVIGIL_ERR_MEDIA_GONE')
  t.ok(student.user.id)
})

t.test('an exam that is recorded starts only for those who agreed, and not again after they took it back', async t => {
  const { exam, teacher } = await stage(app)
  await as(app, teacher)('PUT', `/exams/${exam.id}/policy`, { recording: 'full' })
  const ask = as(app, await person(app))
  const start = async () => await ask('POST', `/exams/${exam.id}/start`)
  const consent = `/exams/${exam.id}/consent`
  const needed = { status: 409, body: { code: 'INVIGIL_ERR_CONSENT_NEEDED' } }
  t.match(await start(), needed)
  const { body: { noticeSha256, items } } =
    await ask<{ noticeSha256: string, items: readonly { readonly key: string }[] }>('GET', consent)
  const agree = async (recording: boolean) =>
    await ask('PUT', consent, {
      noticeSha256,
      items: Object.fromEntries(items.map(({ key }) => [key, key !== 'recording' || recording]))
    })
  await agree(false)
  t.match(await start(), needed, 'all but that')
  await agree(true)
  t.match(await start(), { status: 201 })
  t.match(await start(), { status: 200 }, 'and goes on')
  t.match(await ask('DELETE', consent), { status: 200 })
  t.match(await start(), needed)
})
