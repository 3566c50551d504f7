import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import { createChallenge, type ChallengeFrame, type ChallengeStep } from '../../../detection/liveness/challenge.ts'
import { mirrored, performSteps, REST_FACE, reversed, timed } from '../../support/challenge-frames.ts'
import {
  analysis, build, call, face, faceChange, PASSWORD, person, scriptedPool, vector, type LoggedIn
} from '../../support/app.ts'

interface Challenge {
  nonce: string
  steps: ChallengeStep[]
  expiresInSeconds: number
}

/** What the workers see in the frames that are sent: each frame's bytes are its number and the recording's. */
interface Scene {
  frames: readonly ChallengeFrame[]
  /** Whose face is in the frame. */
  who: (index: number) => number
  liveScore?: number
  /** What the workers fail with. */
  fault?: DetectionError
}

/** Begins as a JPEG does, which is all that is looked at on the way to the workers. */
const jpeg = (...bytes: readonly number[]) => Buffer.from([0xFF, 0xD8, 0xFF, ...bytes]).toString('base64')
const picture = jpeg(1, 2, 3, 4, 5, 6)

/** An application whose workers see what `scene` holds. */
async function stage (t: Test, env: Readonly<Record<string, string>> = {}, versions: Record<string, string> = {}) {
  const scene: Scene = { frames: [], who: () => 0 }
  const app = await build(t, {
    env,
    pool: {
      ...scriptedPool(),
      ready: Promise.resolve({ objectsName: 'yolox_nano', versions }),
      analyzeStill: async bytes => {
        if (scene.fault !== undefined) throw scene.fault
        if (bytes.length > 5) return analysis({ faces: [face({ embedding: vector(bytes.length) })] })
        const seen = scene.frames[bytes[3]!]!
        const { liveScore } = scene
        return analysis({
          faces: seen.faces.map(about =>
            face({
              ...about,
              embedding: vector(scene.who(bytes[3]!)),
              ...(liveScore !== undefined && { liveScore, live: liveScore >= 0.5 })
            })
          )
        })
      }
    }
  })
  // Frames cannot span more time than has passed since the challenge.
  const clock = Date.now
  let skewMs = 0
  Date.now = () => clock() + skewMs
  t.teardown(() => { Date.now = clock })
  const pass = (ms: number) => { skewMs += ms }
  const enrolled = await person(app)
  await app.faces.store(enrolled.user.id, vector(0), faceChange(enrolled))
  const begin = async (email = enrolled.user.email, remoteAddress = '127.0.0.1') =>
    (await call<Challenge>(app, 'POST', '/auth/login/face/challenge', { payload: { email }, remoteAddress })).body
  let recordings = 0
  const send = async (nonce: string, email: string, frames: readonly ChallengeFrame[], recording = ++recordings) => {
    scene.frames = frames
    const sent = frames.map(({ atMs }, index) => ({ data: jpeg(index, recording), atMs }))
    return await call<{ code: string, details?: { reason?: string }, accessToken?: string, message: string }>(
      app,
      'POST',
      '/auth/login/face',
      { payload: { nonce, email, frames: sent } }
    )
  }
  /** A whole login with what `act` makes of the steps. */
  const logIn = async (
    act: (steps: readonly ChallengeStep[]) => readonly ChallengeFrame[] = performSteps,
    email = enrolled.user.email
  ) => {
    const { nonce, steps } = await begin(email)
    pass(20_000)
    return await send(nonce, email, act(steps))
  }
  return { app, scene, enrolled, begin, send, logIn, pass }
}

t.test('whoever does what is asked and is enrolled gets in', async t => {
  const { app, enrolled, logIn, begin } = await stage(t)
  t.match(await begin(), { nonce: /^.{32}$/, steps: { length: 3 }, expiresInSeconds: 60 })
  const { status, body } = await logIn()
  t.equal(status, 200)
  t.match(await call(app, 'GET', '/auth/me', { headers: { authorization: `Bearer ${body.accessToken}` } }), {
    body: { id: enrolled.user.id, hasFace: true }
  })
})

t.test('a still photo, a mirrored and a reversed recording are refused with the reason', async t => {
  const { logIn } = await stage(t)
  t.match(await logIn(() => timed(Array.from({ length: 20 }, () => [REST_FACE]))), {
    status: 422,
    body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_FAILED', details: { reason: 'incomplete' } }
  })
  t.match(await logIn(steps => mirrored(performSteps(steps))), {
    status: 422,
    body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_FAILED' }
  })
  t.match(await logIn(steps => reversed(performSteps(steps))), {
    status: 422,
    body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_FAILED' }
  })
  t.match(
    await logIn(steps => performSteps(steps).map(frame => ({ ...frame, atMs: frame.atMs * 9 }))),
    { status: 422, body: { details: { reason: 'too_slow' } } },
    'frames from before the challenge'
  )
})

t.test('a challenge is good once, for one address, for a minute, and for its own frames', async t => {
  const { begin, send, pass, enrolled: { user: { email } } } = await stage(t)
  const gone = { status: 410, body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_GONE' } }
  const first = await begin()
  pass(20_000)
  const frames = performSteps(first.steps)
  t.match(await send(first.nonce, email, frames), { status: 200 })
  t.match(await send(first.nonce, email, frames), gone, 'used')
  t.match(await send('made up', email, frames), gone, 'unknown')
  const others = await begin('somebody@example.org')
  pass(20_000)
  t.match(await send(others.nonce, email, performSteps(others.steps)), gone, 'of another address')
  const old = await begin()
  pass(61_000)
  t.match(await send(old.nonce, email, performSteps(old.steps)), gone, 'too old')
  let next = await begin()
  while (next.steps.join() === first.steps.join()) {
    pass(41_000)
    next = await begin()
  }
  pass(20_000)
  t.match(
    await send(next.nonce, email, frames),
    { status: 422, body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_FAILED' } },
    'the frames of another challenge'
  )
})

t.test('a wrong person, no account, no enrolled face and a picture have one answer', async t => {
  const { app, scene, logIn } = await stage(t, { LOGIN_ATTEMPTS_MAX: '100' })
  const unenrolled = await person(app)
  const refusal = { status: 401, body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED', message: /password/ } }
  const answers = [await logIn(performSteps, 'nobody@example.org'), await logIn(performSteps, unenrolled.user.email)]
  scene.who = () => 1
  answers.push(await logIn())
  scene.who = () => 0
  scene.liveScore = 0.2
  answers.push(await logIn())
  delete scene.liveScore
  for (const answer of answers) t.match(answer, refusal)
  t.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  t.match(await logIn(), { status: 200 })
})

t.test('another face in any step is refused', async t => {
  const { scene, logIn } = await stage(t, { LOGIN_ATTEMPTS_MAX: '100' })
  for (const swapped of [
    (at: number) => at >= 3 && at <= 5,
    (at: number) => at >= 8 && at <= 10,
    (at: number) => at >= 13 && at <= 15,
    (at: number) => at >= 16
  ]) {
    scene.who = at => (swapped(at) ? 1 : 0)
    t.match(await logIn(), { status: 401, body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED' } })
  }
})

t.test('where the anti-spoof model is there, a face that it could not judge is not let in', async t => {
  const { scene, logIn } = await stage(t, {}, { spoofV2: 'a5eb02e1843f' })
  t.match(await logIn(), { status: 401 })
  scene.liveScore = 0.9
  t.match(await logIn(), { status: 200 })
})

t.test('where it is not, students only are let in: staff get the answer of a wrong face', async t => {
  const { app, scene, logIn, enrolled: { user } } = await stage(t)
  t.match(await logIn(), { status: 200 })
  for (const role of ['teacher', 'admin'] as const) {
    await app.services.db.users.setRole(user.id, role)
    t.match(await logIn(), { status: 401, body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED' } })
  }
  scene.liveScore = 0.9
  t.match(await logIn(), { status: 200 }, 'judged live, an admin too')
})

t.test('the frames of a login that was let in are not let in again', async t => {
  const { begin, send, pass, enrolled: { user: { email } } } = await stage(t, { LOGIN_ATTEMPTS_MAX: '1000' })
  const first = await begin()
  pass(20_000)
  t.match(await send(first.nonce, email, performSteps(first.steps), 7), { status: 200 })
  let again = await begin()
  for (let i = 0; i < 1000 && again.steps.join() !== first.steps.join(); i++) {
    pass(61_000)
    again = await begin()
  }
  t.same(again.steps, first.steps)
  pass(20_000)
  t.match(await send(again.nonce, email, performSteps(again.steps), 7), {
    status: 401,
    body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED' }
  })
})

t.test('tries are shared with logins by password', async t => {
  const { app, scene, logIn, enrolled: { user: { email } } } = await stage(t, { LOGIN_ATTEMPTS_MAX: '3' })
  scene.who = () => 1
  for (let i = 0; i < 3; i++) t.match(await logIn(), { status: 401 })
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { email, password: PASSWORD } }), {
    status: 429,
    body: { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' }
  })
})

t.test('nobody draws challenges until one fits: they stay the same for a while, and there are few', async t => {
  const { begin, pass } = await stage(t, { LOGIN_ATTEMPTS_MAX: '3' })
  const { steps } = await begin()
  for (let i = 0; i < 30; i++) t.same((await begin()).steps, steps)
  pass(30_000)
  const again = await begin()
  t.same(again.steps, steps)
  t.ok(again.expiresInSeconds >= 29 && again.expiresInSeconds <= 30)
  for (let i = 1; i < 6; i++) {
    pass(41_000)
    t.match(await begin(), { steps: Array, expiresInSeconds: 60 }, 'only what is drawn counts')
  }
  pass(41_000)
  t.match(await begin(), { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' })
})

t.test('others\' draws do not keep an owner out where he has logged in from', async t => {
  const { begin, logIn, pass } = await stage(t, { LOGIN_ATTEMPTS_MAX: '1' })
  t.match(await logIn(), { status: 200 })
  for (let i = 0; i < 20; i++) await begin(undefined, `198.51.100.${i}`)
  t.match(
    await begin(undefined, '198.51.100.30'),
    { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' },
    "strangers have used up the account's share"
  )
  pass(21_000)
  for (let i = 0; i < 5; i++) {
    t.match(await begin(), { steps: Array })
    pass(41_000)
  }
  t.match(await logIn(), { status: 200 })
})

t.test('a login gives its draw back', async t => {
  const { begin, logIn, pass } = await stage(t, { LOGIN_ATTEMPTS_MAX: '1' })
  for (let i = 0; i < 4; i++) {
    t.match(await logIn(), { status: 200 })
    pass(41_000)
  }
  // What is left of the account's ten is all there.
  for (let i = 0; i < 10; i++) t.match(await begin(undefined, `198.51.100.${i}`), { steps: Array })
  t.match(await begin(undefined, '198.51.100.30'), { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' })
})

t.test('tries that fail by our fault do not lock the account', async t => {
  const { app, scene, logIn, enrolled: { user: { email } } } = await stage(t, { LOGIN_ATTEMPTS_MAX: '3' })
  scene.fault = new DetectionError('INVIGIL_ERR_OVERLOADED', 'many wait')
  for (let i = 0; i < 10; i++) t.match(await logIn(), { status: 503, body: { code: 'INVIGIL_ERR_OVERLOADED' } })
  delete scene.fault
  t.match(await logIn(), { status: 200 })
  // These very frames may have killed it.
  scene.fault = new DetectionError('INVIGIL_ERR_WORKER_LOST', 'gone')
  for (let i = 0; i < 3; i++) t.match(await logIn(), { status: 503, body: { code: 'INVIGIL_ERR_WORKER_LOST' } })
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { email, password: PASSWORD } }), { status: 429 })
})

t.test('a disabled account is told so only to its owner', async t => {
  const { app, scene, logIn, enrolled: { user } } = await stage(t)
  await app.services.db.users.setDisabled(user.id, Date.now())
  t.match(await logIn(), { status: 403, body: { code: 'INVIGIL_ERR_ACCOUNT_DISABLED' } })
  scene.who = () => 1
  t.match(await logIn(), { status: 401, body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED' } })
})

t.test('too many, too large and broken frames are refused', async t => {
  const { app, begin, enrolled: { user: { email } } } = await stage(t)
  const sendData = async (data: string, count: number) => {
    const { nonce } = await begin()
    return await call(app, 'POST', '/auth/login/face', {
      payload: { nonce, email, frames: Array.from({ length: count }, (_, atMs) => ({ data, atMs })) }
    })
  }
  t.match(await sendData(jpeg(0), 49), { status: 400, body: { code: 'INVIGIL_ERR_VALIDATION' } })
  t.match(await sendData('no base64!', 1), { status: 400, body: { code: 'INVIGIL_ERR_FRAME_BASE64' } })
  t.match(await sendData(`${jpeg(0, 0, 0)}${'A'.repeat(500_000)}`, 1), {
    status: 413,
    body: { code: 'INVIGIL_ERR_IMAGE_TOO_LARGE' }
  })
})

t.test('a face is enrolled from one picture or several, encrypted, and forgotten', async t => {
  const { app } = await stage(t)
  const somebody = await person(app)
  const put = async (payload: object) => await call(app, 'PUT', '/auth/me/face', { headers: somebody.headers, payload })
  const stored = async (app: FastifyInstance, { user }: LoggedIn) =>
    (await app.services.db.users.secretsById(user.id))?.faceEmbedding
  t.match(await put({ face: picture }), { status: 200, body: { hasFace: true, pictures: 1 } })
  const sealed = await stored(app, somebody)
  t.notOk(Buffer.from(sealed!).includes(Buffer.from(vector(9).buffer)), 'not in plain')
  t.same(await app.faces.enrolled(somebody.user.id), vector(9))
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
  t.match(await call(app, 'DELETE', '/auth/me/face', { headers: somebody.headers }), { status: 204 })
  t.equal(await stored(app, somebody), null)
  t.match(await call(app, 'GET', '/auth/me', { headers: somebody.headers }), { body: { hasFace: false } })
})

t.test('while a session is open the face stays as it is', async t => {
  const { app, pass } = await stage(t)
  const somebody = await person(app)
  const put = async () =>
    await call(app, 'PUT', '/auth/me/face', { headers: somebody.headers, payload: { face: picture } })
  const remove = async () => await call(app, 'DELETE', '/auth/me/face', { headers: somebody.headers })
  const inUse = { status: 409, body: { code: 'INVIGIL_ERR_FACE_IN_USE' } }
  await app.faces.store(somebody.user.id, vector(0), faceChange(somebody))
  const exam = async (what: string) =>
    await call(app, 'POST', `/exam/${what}/${somebody.user.id}`, { headers: somebody.headers, payload: {} })
  t.match(await exam('start'), { status: 201 })
  t.match(await put(), inUse)
  t.match(await remove(), inUse)
  t.match(await exam('pause'), { status: 200 })
  t.match(await put(), inUse, 'nor while it is paused')
  t.same(await app.faces.enrolled(somebody.user.id), vector(0))
  t.same((await app.services.db.audit.list({ limit: 50 })).filter(({ action }) => action.startsWith('face.')), [])
  t.match(await exam('stop'), { status: 200 })
  pass(1000)
  t.match(await put(), { status: 200 })
  t.match(await remove(), { status: 204 })
})

t.test('an enrolment is in the audit log before it is done', async t => {
  const { app } = await stage(t)
  const somebody = await person(app)
  const { audit } = app.services.db
  const append = audit.append
  audit.append = async () => {
    throw new Error('the disk is full')
  }
  t.match(await call(app, 'PUT', '/auth/me/face', { headers: somebody.headers, payload: { face: picture } }), {
    status: 500
  })
  t.equal(await app.faces.enrolled(somebody.user.id), undefined, 'no face without its trace')
  audit.append = append
  await app.faces.store(somebody.user.id, vector(0), faceChange(somebody))
  audit.append = async () => { throw new Error('the disk is full') }
  t.match(await call(app, 'DELETE', '/auth/me/face', { headers: somebody.headers }), { status: 500 })
  t.same(await app.faces.enrolled(somebody.user.id), vector(0))
  audit.append = append
})

t.test('an account enrols ten times a minute at most', async t => {
  const { app } = await stage(t)
  const [somebody, other] = [await person(app), await person(app)]
  const put = async ({ headers }: LoggedIn) =>
    (await call(app, 'PUT', '/auth/me/face', { headers, payload: { face: picture } })).status
  for (let i = 0; i < 10; i++) t.equal(await put(somebody), 200)
  t.equal(await put(somebody), 429)
  t.equal(await put(other), 200)
})

t.test('each fault of a picture has its own code, and a signup with it makes no account', async t => {
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
    ['EYES_CLOSED', { eyesClosed: true }]
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

t.test('challenges are drawn at random', async t => {
  const { begin } = await stage(t, { LOGIN_ATTEMPTS_MAX: '100' })
  const drawn = new Set<string>()
  for (let i = 0; i < 30; i++) drawn.add((await begin(`student${i}@example.org`)).steps.join())
  t.ok(drawn.size > 10, `${drawn.size} of 30`)
  t.equal(createChallenge(() => 0.999999).steps.length, 3)
})
