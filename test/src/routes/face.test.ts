import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import { createChallenge } from '../../../detection/liveness/challenge.ts'
import { mirrored, performSteps, REST_FACE, reversed, timed } from '../../support/challenge-frames.ts'
import { call, PASSWORD, person } from '../../support/app.ts'
import { jpeg, stage } from '../../support/face-login.ts'

t.test('an enrolled person who does the steps is logged in', async t => {
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

t.test('a challenge is valid once, for one address, for a minute, and for its own frames', async t => {
  const { begin, send, pass, enrolled: { user: { email } } } = await stage(t)
  const expired = { status: 410, body: { code: 'INVIGIL_ERR_FACE_CHALLENGE_GONE' } }
  const first = await begin()
  pass(20_000)
  const frames = performSteps(first.steps)
  t.match(await send(first.nonce, email, frames), { status: 200 })
  t.match(await send(first.nonce, email, frames), expired, 'used')
  t.match(await send('made up', email, frames), expired, 'unknown')
  const others = await begin('other@example.org')
  pass(20_000)
  t.match(await send(others.nonce, email, performSteps(others.steps)), expired, 'of another address')
  const old = await begin()
  pass(61_000)
  t.match(await send(old.nonce, email, performSteps(old.steps)), expired, 'too old')
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

t.test('a wrong person, no account, no enrolled face and a picture get the same response', async t => {
  const { app, scene, logIn } = await stage(t, { LOGIN_ATTEMPTS_MAX: '100' })
  const unenrolled = await person(app)
  const refusal = { status: 401, body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED', message: /password/ } }
  const answers = [await logIn(performSteps, 'unknown@example.org'), await logIn(performSteps, unenrolled.user.email)]
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

t.test('with the anti-spoof model, a face that it could not judge is refused', async t => {
  const { scene, logIn } = await stage(t, {}, { spoofV2: 'a5eb02e1843f' })
  t.match(await logIn(), { status: 401 })
  scene.liveScore = 0.9
  t.match(await logIn(), { status: 200 })
})

t.test('without it only students are accepted; staff get the response of a wrong face', async t => {
  const { app, scene, logIn, enrolled: { user } } = await stage(t)
  t.match(await logIn(), { status: 200 })
  for (const role of ['teacher', 'admin'] as const) {
    await app.services.db.users.setRole(user.id, role)
    t.match(await logIn(), { status: 401, body: { code: 'INVIGIL_ERR_FACE_LOGIN_FAILED' } })
  }
  scene.liveScore = 0.9
  t.match(await logIn(), { status: 200 }, 'judged live, an admin too')
})

t.test('the frames of an accepted login are not accepted again', async t => {
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

t.test('attempts are counted together with logins by password', async t => {
  const { app, scene, logIn, enrolled: { user: { email } } } = await stage(t, { LOGIN_ATTEMPTS_MAX: '3' })
  scene.who = () => 1
  for (let i = 0; i < 3; i++) t.match(await logIn(), { status: 401 })
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { email, password: PASSWORD } }), {
    status: 429,
    body: { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' }
  })
})

t.test('a challenge stays the same for a while and few are drawn, so a client cannot draw until one fits a recording', async t => {
  const { begin, pass } = await stage(t, { LOGIN_ATTEMPTS_MAX: '3' })
  const { steps } = await begin()
  for (let i = 0; i < 30; i++) t.same((await begin()).steps, steps)
  pass(30_000)
  const again = await begin()
  t.same(again.steps, steps)
  t.ok(again.expiresInSeconds >= 29 && again.expiresInSeconds <= 30)
  for (let i = 1; i < 6; i++) {
    pass(41_000)
    t.match(await begin(), { steps: Array, expiresInSeconds: 60 }, 'only new challenges count')
  }
  pass(41_000)
  t.match(await begin(), { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' })
})

t.test('challenges drawn by others do not lock out a device that has logged in before', async t => {
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

t.test('a successful login does not count against the number of challenges', async t => {
  const { begin, logIn, pass } = await stage(t, { LOGIN_ATTEMPTS_MAX: '1' })
  for (let i = 0; i < 4; i++) {
    t.match(await logIn(), { status: 200 })
    pass(41_000)
  }
  // All of the account's remaining attempts are still available.
  for (let i = 0; i < 10; i++) t.match(await begin(undefined, `198.51.100.${i}`), { steps: Array })
  t.match(await begin(undefined, '198.51.100.30'), { code: 'INVIGIL_ERR_LOGIN_ATTEMPTS' })
})

t.test('attempts that fail because of the server do not lock the account', async t => {
  const { app, scene, logIn, enrolled: { user: { email } } } = await stage(t, { LOGIN_ATTEMPTS_MAX: '3' })
  scene.fault = new DetectionError('INVIGIL_ERR_OVERLOADED', 'many wait')
  for (let i = 0; i < 10; i++) t.match(await logIn(), { status: 503, body: { code: 'INVIGIL_ERR_OVERLOADED' } })
  delete scene.fault
  t.match(await logIn(), { status: 200 })
  // These frames may have killed the worker.
  scene.fault = new DetectionError('INVIGIL_ERR_WORKER_LOST', 'gone')
  for (let i = 0; i < 3; i++) t.match(await logIn(), { status: 503, body: { code: 'INVIGIL_ERR_WORKER_LOST' } })
  t.match(await call(app, 'POST', '/auth/login/password', { payload: { email, password: PASSWORD } }), { status: 429 })
})

t.test('only the owner learns that an account is disabled', async t => {
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

t.test('challenges are drawn at random', async t => {
  const { begin } = await stage(t, { LOGIN_ATTEMPTS_MAX: '100' })
  const drawn = new Set<string>()
  for (let i = 0; i < 30; i++) drawn.add((await begin(`student${i}@example.org`)).steps.join())
  t.ok(drawn.size > 10, `${drawn.size} of 30`)
  t.equal(createChallenge(() => 0.999999).steps.length, 3)
})
