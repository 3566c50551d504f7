import type { FastifyInstance } from 'fastify'
import t from 'tap'
import {
  analysis, build, call, face, faceChange, PASSWORD, person, scriptedPool, vector, type LoggedIn
} from '../../support/app.ts'
import { jpeg, stage } from '../../support/face-login.ts'

const picture = jpeg(1, 2, 3, 4, 5, 6)

t.test('a face is enrolled from one or more pictures, stored encrypted, and can be deleted', async t => {
  const { app } = await stage(t)
  const owner = await person(app)
  const put = async (payload: object) => await call(app, 'PUT', '/auth/me/face', { headers: owner.headers, payload })
  const stored = async (app: FastifyInstance, { user }: LoggedIn) =>
    (await app.services.db.users.secretsById(user.id))?.faceEmbedding
  t.match(await put({ face: picture }), { status: 200, body: { hasFace: true, pictures: 1 } })
  const sealed = await stored(app, owner)
  t.notOk(Buffer.from(sealed!).includes(Buffer.from(vector(9).buffer)), 'not in plain')
  t.same(await app.faces.enrolled(owner.user.id), vector(9))
  t.match(await put({ faces: [picture, picture, picture] }), { status: 200, body: { pictures: 3 } })
  t.match(await put({ faces: [picture, jpeg(1, 2, 3, 4, 5, 6, 7)] }), {
    status: 422,
    body: { code: 'INVIGIL_ERR_FACE_DIFFERENT' }
  })
  t.match(await put({ faces: Array.from({ length: 6 }, () => picture) }), { status: 400 })
  t.match(await put({}), { status: 400, body: { code: 'INVIGIL_ERR_IMAGE_EMPTY' } })
  t.match(await put({ face: picture, faces: [picture] }), {
    status: 400,
    body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field: 'faces' }] } }
  })
  t.match(await call(app, 'DELETE', '/auth/me/face', { headers: owner.headers }), { status: 204 })
  t.equal(await stored(app, owner), null)
  t.match(await call(app, 'GET', '/auth/me', { headers: owner.headers }), { body: { hasFace: false } })
})

t.test('while a session is open the face stays as it is', async t => {
  const { app, pass } = await stage(t)
  const owner = await person(app)
  const put = async () =>
    await call(app, 'PUT', '/auth/me/face', { headers: owner.headers, payload: { face: picture } })
  const remove = async () => await call(app, 'DELETE', '/auth/me/face', { headers: owner.headers })
  const inUse = { status: 409, body: { code: 'INVIGIL_ERR_FACE_IN_USE' } }
  await app.faces.store(owner.user.id, vector(0), faceChange(owner))
  const exam = async (what: string) =>
    await call(app, 'POST', `/exam/${what}/${owner.user.id}`, { headers: owner.headers, payload: {} })
  t.match(await exam('start'), { status: 201 })
  t.match(await put(), inUse)
  t.match(await remove(), inUse)
  t.match(await exam('pause'), { status: 200 })
  t.match(await put(), inUse, 'nor while it is paused')
  t.same(await app.faces.enrolled(owner.user.id), vector(0))
  t.same((await app.services.db.audit.list({ limit: 50 })).filter(({ action }) => action.startsWith('face.')), [])
  t.match(await exam('stop'), { status: 200 })
  pass(1000)
  t.match(await put(), { status: 200 })
  t.match(await remove(), { status: 204 })
})

t.test('an enrollment is written to the audit log before it is done', async t => {
  const { app } = await stage(t)
  const owner = await person(app)
  const { audit } = app.services.db
  const append = audit.append
  audit.append = async () => {
    throw new Error('the disk is full')
  }
  t.match(await call(app, 'PUT', '/auth/me/face', { headers: owner.headers, payload: { face: picture } }), {
    status: 500
  })
  t.equal(await app.faces.enrolled(owner.user.id), undefined, 'no face without an audit entry')
  audit.append = append
  await app.faces.store(owner.user.id, vector(0), faceChange(owner))
  audit.append = async () => { throw new Error('the disk is full') }
  t.match(await call(app, 'DELETE', '/auth/me/face', { headers: owner.headers }), { status: 500 })
  t.same(await app.faces.enrolled(owner.user.id), vector(0))
  audit.append = append
})

t.test('an account enrolls at most ten times a minute', async t => {
  const { app } = await stage(t)
  const [owner, other] = [await person(app), await person(app)]
  const put = async ({ headers }: LoggedIn) =>
    (await call(app, 'PUT', '/auth/me/face', { headers, payload: { face: picture } })).status
  for (let i = 0; i < 10; i++) t.equal(await put(owner), 200)
  t.equal(await put(owner), 429)
  t.equal(await put(other), 200)
})

t.test('each fault of a picture has its own code, and a sign-up with it creates no account', async t => {
  let about: Parameters<typeof face>[0] = {}
  const app = await build(t, {
    pool: { ...scriptedPool(), analyzeStill: async () => analysis({ faces: [face(about)] }) }
  })
  const { facts } = face()
  const signUp = async (email: string) =>
    await call<{ code: string, user: { hasFace: boolean } }>(app, 'POST', '/auth/signup', {
      payload: { email, password: PASSWORD, face: picture }
    })
  const faults: ReadonlyArray<readonly [string, NonNullable<typeof about>]> = [
    ['CUT_OFF', { box: { x: 0, y: 100, width: 200, height: 200 } }],
    ['TOO_SMALL', { facts: { ...facts!, sidePixels: 40 } }],
    ['NOT_FRONTAL', { yawDegrees: 40 }],
    ['TOO_DARK', { facts: { ...facts!, brightness: 0.05 } }],
    ['TOO_BRIGHT', { facts: { ...facts!, brightness: 0.95 } }],
    ['UNEVEN_LIGHT', { facts: { ...facts!, unevenness: 0.5 } }],
    ['BLURRED', { facts: { ...facts!, sharpness: 0.001 } }],
    ['EYES_CLOSED', { eyesClosed: true, eyeOpening: 0.05 }]
  ]
  for (const [name, fault] of faults) {
    about = fault
    t.match(await signUp(`${name.toLowerCase()}@example.org`), {
      status: 422,
      body: { code: `INVIGIL_ERR_FACE_${name}`, details: { reason: name.toLowerCase() } }
    })
    t.equal(await app.services.db.users.byEmail(`${name.toLowerCase()}@example.org`), undefined)
  }
  about = {}
  t.match(await signUp('good@example.org'), { status: 201, body: { user: { hasFace: true } } })
})
