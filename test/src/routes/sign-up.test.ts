import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { analysis, build, call, face, PASSWORD, person } from '../../support/app.ts'
import { type Login, type Refusal, me } from '../../support/login.ts'

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Array(32).fill(0)])

function form (fields: Readonly<Record<string, string>>, files: Readonly<Record<string, Buffer>> = {}) {
  const boundary = 'a-boundary-of-tests'
  const parts: Buffer[] = []
  for (const [name, value] of Object.entries(fields)) {
    parts.push(Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
  }
  for (const [name, bytes] of Object.entries(files)) {
    parts.push(
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="face.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`
      ),
      bytes,
      Buffer.from('\r\n')
    )
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return { payload: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}

t.test('signing up as JSON makes a student who is logged in', async t => {
  const app = await build(t)
  const answer = await call<Login>(app, 'POST', '/auth/signup', {
    payload: { email: 'Rahim@Example.ORG', password: PASSWORD, name: 'Rahim Uddin' }
  })
  t.equal(answer.status, 201)
  t.match(answer.body, {
    tokenType: 'Bearer',
    expiresIn: 900,
    user: { email: 'rahim@example.org', name: 'Rahim Uddin', role: 'student', locale: 'auto', hasFace: false }
  })
  t.equal((await me(app, answer.body.accessToken)).status, 200)
  const stored = await app.services.db.users.secretsByEmail('rahim@example.org')
  t.match(stored?.passwordHash, /^\$argon2id\$/)
  const again = await call<Refusal>(app, 'POST', '/auth/signup', {
    payload: { email: 'RAHIM@example.org', password: PASSWORD }
  })
  t.equal(again.status, 409)
  t.equal(again.body.code, 'INVIGIL_ERR_EMAIL_TAKEN')
})

t.test('a form of many large fields is refused at the route’s bound, not at each field’s', async t => {
  const app = await build(t, { env: { FRAME_BYTES_MAX: '65536' } })
  const fields = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`field${index}`, 'A'.repeat(60_000)]))
  const answer = await call<Refusal>(app, 'POST', '/auth/signup', form(fields))
  t.match(answer, { status: 413, body: { code: 'INVIGIL_ERR_TOO_LARGE' }, headers: { connection: 'close' } })
})

t.test('two sign-ups at once with one address make one account', async t => {
  const app = await build(t)
  const payload = { email: 'twice@example.org', password: PASSWORD }
  const answers = await Promise.all([1, 2, 3].map(() => call(app, 'POST', '/auth/signup', { payload })))
  t.same(answers.map(answer => answer.status).sort(), [201, 409, 409])
})

t.test('the refusal names the first wrong field and what it must be', async t => {
  const app = await build(t)
  const { status, body } = await call<Refusal>(app, 'POST', '/auth/signup', {
    payload: { email: 'noaddress', password: 'short', rol: 'admin' }
  })
  t.equal(status, 400)
  t.equal(body.code, 'INVIGIL_ERR_VALIDATION')
  t.same(body.details?.fields, [{ field: 'rol', problem: 'is not a known field' }])
  const short = await call<Refusal>(app, 'POST', '/auth/signup', {
    payload: { email: 'one@example.org', password: 'short' }
  })
  t.same(short.body.details?.fields, [{ field: 'password', problem: 'must have at least 8 characters' }])
  const empty = await call<Refusal>(app, 'POST', '/auth/signup')
  t.same(empty.body.details?.fields, [{ field: 'email', problem: 'is missing' }])
})

t.test('a name is stored without invisible characters and within its length', async t => {
  const app = await build(t)
  const signUpNamed = async (email: string, name?: string) =>
    await call<Login & Refusal>(app, 'POST', '/auth/signup', {
      payload: { email, password: PASSWORD, ...defined({ name }) }
    })
  for (const name of [' ', '\u3000\t', '\u202E\u200B', '\u200D']) {
    t.match(await signUpNamed('unknown@example.org', name), {
      status: 400,
      body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field: 'name' }] } }
    })
  }
  t.match(await signUpNamed('one@example.org', ' Rahim\u0001\u202E  Uddin\n'), {
    status: 201,
    body: { user: { name: 'Rahim Uddin' } }
  })
  t.match(
    await signUpNamed('two@example.org', 'র\u200D্যাব'),
    { status: 201, body: { user: { name: 'র\u200D্যাব' } } },
    'joiners are letters'
  )
  const long = `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.org`
  t.match(await signUpNamed(long), { status: 201, body: { user: { email: long, name: long.slice(0, 200) } } })
})

t.test('a face picture must show exactly one face', async t => {
  let faces = [face()]
  const app = await build(t, {
    pool: {
      analyzeStill: async bytes => {
        if (bytes.length < 30) throw new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'no picture')
        return analysis({ faces })
      }
    }
  })
  let people = 0
  const signUp = async (files: Record<string, Buffer>) =>
    await call<Refusal & Login>(
      app,
      'POST',
      '/auth/signup',
      form({ email: `face${++people}@example.org`, password: PASSWORD, name: 'আশা' }, files)
    )

  const one = await signUp({ face: JPEG })
  t.equal(one.status, 201)
  t.equal((await app.services.db.users.byId(one.body.user.id))?.name, 'আশা')
  t.notOk((await app.services.db.users.secretsById(one.body.user.id))?.facePicture, 'the picture is not kept')
  faces = []
  t.match(await signUp({ face: JPEG }), { status: 422, body: { code: 'INVIGIL_ERR_FACE_MISSING' } })
  faces = [face(), face()]
  t.match(await signUp({ face: JPEG }), {
    status: 422,
    body: { code: 'INVIGIL_ERR_FACE_MULTIPLE', details: { faceCount: 2 } }
  })
  t.match(await signUp({ face: JPEG.subarray(0, 5) }), { status: 422, body: { code: 'INVIGIL_ERR_IMAGE_INVALID' } })
  t.match(await signUp({ picture: JPEG }), {
    status: 400,
    body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field: 'picture' }] } }
  })
  t.equal(await app.services.db.users.byEmail('face2@example.org'), undefined, 'a refused picture makes no account')

  faces = [face()]
  const asJson = await call(app, 'POST', '/auth/signup', {
    payload: {
      email: 'json@example.org',
      password: PASSWORD,
      face: `data:image/jpeg;base64,${JPEG.toString('base64')}`
    }
  })
  t.equal(asJson.status, 201)
  const without = await call<Login>(
    app,
    'POST',
    '/auth/signup',
    form({ email: 'plain@example.org', password: PASSWORD })
  )
  t.match(without, { status: 201, body: { user: { name: 'plain@example.org' } } })
})

t.test('sign-ups with a picture have a lower limit, and their pictures use the queue for strangers', async t => {
  const strangers: unknown[] = []
  const app = await build(t, {
    env: { SIGNUPS_PER_MINUTE: '10' },
    pool: {
      analyzeStill: async (_bytes, options) => {
        strangers.push(options?.stranger)
        if (strangers.length === 2) throw new DetectionError('INVIGIL_ERR_OVERLOADED', 'many wait')
        return analysis({ faces: [face()] })
      }
    }
  })
  const signUp = async (email: string, files = {}) =>
    await call<Refusal>(app, 'POST', '/auth/signup', form({ email, password: PASSWORD }, files))
  t.equal((await signUp('one@example.org', { face: JPEG })).status, 201)
  t.match(await signUp('two@example.org', { face: JPEG }), { status: 503, body: { code: 'INVIGIL_ERR_OVERLOADED' } })
  t.match(await signUp('three@example.org', { face: JPEG }), {
    status: 429,
    body: { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS' }
  })
  t.equal((await signUp('four@example.org')).status, 201, 'without a picture')
  t.same(strangers, [true, true])
})

t.test('only an admin creates other roles, and gets no tokens for the new account', async t => {
  const app = await build(t)
  const payload = { email: 'teacher@example.org', password: PASSWORD, role: 'teacher' }
  t.match(await call(app, 'POST', '/auth/signup', { payload }), { status: 401 })
  for (const role of ['student', 'teacher'] as const) {
    t.match(await call(app, 'POST', '/auth/signup', { payload, headers: (await person(app, role)).headers }), {
      status: 403,
      body: { code: 'INVIGIL_ERR_FORBIDDEN' }
    })
  }
  const admin = await person(app, 'admin')
  const made = await call<Login>(app, 'POST', '/auth/signup', { payload, headers: admin.headers })
  t.match(made, { status: 201, body: { user: { role: 'teacher' } } })
  t.equal(made.body.accessToken, undefined)
  t.match(await app.services.db.audit.list({ limit: 1 }), [
    { actorId: admin.user.id, action: 'user.create', targetId: made.body.user.id }
  ])
})
