import t from 'tap'
import { call, PASSWORD, person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Notice {
  readonly language: string
  readonly policyVersion: number
  readonly sections: ReadonlyArray<{
    readonly key: string
    readonly title: string
    readonly sentences: ReadonlyArray<{ readonly key: string, readonly text: string }>
  }>
}

const keysOf = ({ sections }: Notice, section: string): string[] =>
  sections.find(({ key }) => key === section)?.sentences.map(({ key }) => key) ?? []

await eachDatabase(t, async (t, make) => {
  const app = await make({ env: { SIGNUP: 'invite' } })

  await t.test('an installation is new until an admin has logged in', async t => {
    const firstRun = async () => (await call(app, 'GET', '/first-run')).body
    t.same(await firstRun(), { hasAdmin: false, signup: 'invite' })
    const student = await person(app)
    const admin = await person(app, 'admin')
    const logIn = async (email: string) => {
      const { status } = await call(app, 'POST', '/auth/login/password', { payload: { email, password: PASSWORD } })
      t.equal(status, 200)
    }
    await logIn(student.user.email)
    t.match(await firstRun(), { hasAdmin: false })
    await logIn(admin.user.email)
    t.same(await firstRun(), { hasAdmin: true, signup: 'invite' })
  })

  await t.test('everyone may read what is watched here', async t => {
    const { status, body } = await call<Notice>(app, 'GET', '/privacy?lang=bn')
    t.equal(status, 200)
    t.equal(body.language, 'bn')
    t.equal(body.sections[0]?.title, 'কী দেখা হয়')
    t.ok(keysOf(body, 'kept').includes('login'))
  })

  await t.test('candidates read what is watched in their exam, with their accommodation', async t => {
    const { db } = app.services
    const teacher = await person(app, 'teacher')
    const candidate = await person(app)
    const other = await person(app)
    const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: Date.now() })
    const set = await call(app, 'PUT', `/exams/${exam.id}/policy`, {
      headers: teacher.headers,
      payload: { rules: { phone: { enabled: false }, forbidden_object: { enabled: false } }, watching: 'none' }
    })
    t.equal(set.status, 200)
    const read = async (who: typeof candidate, query = '') =>
      await call<Notice>(app, 'GET', `/exams/${exam.id}/notice${query}`, { headers: who.headers })
    t.equal((await read(teacher)).status, 200)
    t.equal((await read(candidate)).status, 403, 'a draft is no exam for candidates yet')
    await db.exams.assign(exam.id, [candidate.user.id])
    await db.exams.setState(exam.id, ['draft'], 'published', Date.now())
    await db.exams.setAccommodation({
      examId: exam.id,
      userId: candidate.user.id,
      extraTimeShare: 0,
      flags: { gazeFree: true },
      by: teacher.user.id,
      reason: 'x',
      atMs: Date.now()
    })
    const { status, body } = await read(candidate)
    t.equal(status, 200)
    t.match(body, { examId: exam.id, policyVersion: 2, language: 'en' })
    t.match(keysOf(body, 'notWatched'), ['gaze', 'objects', 'identity', 'liveness', 'speakers', 'coverage', 'recording'])
    t.same(keysOf(body, 'rules'), ['none', 'noBreaks', 'identityOff'])
    t.match(
      body.sections.find(({ key }) => key === 'decides')?.sentences.at(-1)?.text,
      'The teacher is responsible for this exam.'
    )
    t.match(keysOf((await read(teacher)).body, 'watched'), ['face', 'people', 'gaze'], 'without an accommodation')
    t.match((await read(candidate, '?lang=bn')).body, { language: 'bn' })
    t.equal((await read(other)).status, 403)
  })

  await t.test("teachers get the impact assessment of their exams, made from the exam's settings", async t => {
    const { db } = app.services
    const teacher = await person(app, 'teacher')
    const colleague = await person(app, 'teacher')
    const candidate = await person(app)
    const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Law | *1*', atMs: Date.now() })
    await db.exams.assign(exam.id, [candidate.user.id])
    const read = async ({ headers }: typeof teacher, query = '') =>
      await app.inject({ method: 'GET', url: `/api/v1/exams/${exam.id}/impact-assessment${query}`, headers })
    const plain = await read(teacher)
    t.equal(plain.statusCode, 200)
    t.match(plain.headers, { 'content-type': /^text\/markdown/, 'content-disposition': /^attachment/ })
    t.match(plain.body, /^# Data protection impact assessment: Law \\\| \\\*1\\\*\n/)
    for (const text of ['Assigned candidates: 1.', 'Recording: none.', 'none. No face is compared.', 'Only a person ends an exam']) {
      t.ok(plain.body.includes(text), text)
    }
    const set = await call(app, 'PUT', `/exams/${exam.id}/policy`, {
      headers: teacher.headers,
      payload: {
        rules: { phone: { enabled: false } },
        watching: 'required',
        recording: 'full',
        identity: 'noted',
        mayTerminate: true,
        actions: { medium: 'warn', high: 'terminate' },
        reviewers: 2,
        appealDays: 21,
        retention: { recordingDays: 45, dismissedDays: null, confirmedDays: null, recordsDays: null, face: null }
      }
    })
    t.equal(set.status, 200)
    const { body } = await read(teacher)
    for (const text of [
      'Recording: the whole exam.', 'That needs explicit consent or a law', 'the exam may end by itself',
      'People who decide about a session: 2.', 'may appeal for 21 days', 'Recordings: 45 days.', '**To fill in:**'
    ]) t.ok(body.includes(text), text)
    t.notOk(body.includes('| Phone detected |'), 'a rule that is off is not in the table')
    t.ok(body.includes('| Looking away |'))
    t.match((await read(teacher, '?lang=bn')).body, /^# তথ্য সুরক্ষার প্রভাব মূল্যায়ন: /)
    t.equal((await read(colleague)).statusCode, 403)
    t.equal((await read(candidate)).statusCode, 403)
  })

  await t.test('staff read every rule in words', async t => {
    const teacher = await person(app, 'teacher')
    const { status, body } = await call<{
      rules: Array<{ kind: string, title: string, limits: Array<{ title: string }> }>
    }>(
      app,
      'GET',
      '/policy/rules?lang=bn',
      { headers: teacher.headers }
    )
    t.equal(status, 200)
    t.match(body.rules[0], { kind: 'face_missing', title: 'মুখ শনাক্ত হয়নি' })
    for (const { title } of body.rules.flatMap(({ limits }) => limits)) {
      t.match(title, /[\u0980-\u09ff]/, 'each limit is named in Bangla')
    }
  })
})
