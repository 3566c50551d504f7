import type { Test } from 'tap'
import { newId, openDatabase, type CodeSubmission, type Database, type EventRow, type ExamValues, type QuestionValues } from '../../db/index.ts'
import { AT, newEvent, newUser } from './conformance.ts'

const TEXT = 'বাংলা ০১২ 😀 é \\ \' " % _ ! \u0001'
const HOUR = 3_600_000

/** A question of any kind. */
export function newQuestion (more: Partial<QuestionValues> = {}): QuestionValues {
  return { section: '', kind: 'single', text: 'Which?', points: 2, body: { choices: [{ id: 'a', text: TEXT }], correct: 'a' }, ...more }
}

/** Runs every query of the exam product on the database at `url`, which must behave the same on every engine. */
export async function conformExams (t: Test, url: () => string): Promise<void> {
  const open = async (t: Test) => {
    const db = await openDatabase({ url: url() })
    t.teardown(() => db.close())
    return db
  }
  const newExam = (db: Database, more: Partial<ExamValues> & { ownerId?: string, id?: string } = {}, questions: QuestionValues[] = []) =>
    db.exams.create({ ownerId: newId(), title: 'Physics', atMs: AT, ...more }, questions)
  const begin = async (db: Database, examId: string, userId: string, attemptsMax: number | null = null, dueAtMs: number | null = null) =>
    await db.attempts.start({ examId, userId, attemptsMax, examVersion: 1, policyVersion: 1, dueAtMs, atMs: AT })
  const begun = async (db: Database) => {
    const user = await db.users.create(newUser())
    const exam = await newExam(db, {}, [newQuestion()])
    const started = await begin(db, exam.id, user.id)
    if (started.outcome !== 'created') throw new Error(started.outcome)
    return { user, exam, attempt: started.attempt }
  }

  await t.test('an exam comes back as it went in, with its questions in order', async t => {
    const db = await open(t)
    const values = {
      title: TEXT,
      description: TEXT.repeat(100),
      opensAtMs: AT + 1,
      closesAtMs: AT + 2,
      durationMs: 90 * 60_000,
      attemptsMax: 2,
      language: 'bn',
      shuffle: true,
      isOpenToAll: true,
      needsPreflight: true,
      policy: { rules: { phone: { enabled: false } }, riskLimits: { medium: 1.5, high: 3 } }
    }
    const questions = [newQuestion({ section: TEXT, points: 0.1 + 0.2 }), newQuestion({ kind: 'long', body: {} }), newQuestion({ kind: 'code', body: { language: 'c', starter: TEXT } })]
    const ownerId = newId()
    const exam = await newExam(db, { ...values, ownerId }, questions)
    t.same(exam, { ...values, id: exam.id, ownerId, state: 'draft', policyVersion: 1, resultsReleasedAtMs: null, createdAtMs: AT, updatedAtMs: AT, version: 1 })
    t.same(await db.exams.byId(exam.id), exam)
    const stored = await db.questions.list(exam.id)
    t.same(stored.map(({ id, ...rest }) => rest), questions.map((question, position) => ({ ...question, position, examId: exam.id })))
    t.same(await db.questions.byId(stored[1]!.id), stored[1])
    const plain = await newExam(db)
    t.match(plain, { description: '', opensAtMs: null, closesAtMs: null, durationMs: null, attemptsMax: null, language: 'en', shuffle: false, isOpenToAll: false, needsPreflight: false, policy: {} })
    t.same(await db.exams.titles([exam.id, newId(), plain.id]), { [exam.id]: TEXT, [plain.id]: 'Physics' })
    t.same(await db.exams.titles([]), {})
    t.equal(await db.exams.byId(newId()), undefined)
    await t.rejects(newExam(db, { id: plain.id }), { code: 'unique' })
    const id = newId()
    await t.rejects(newExam(db, { id }, [newQuestion({ id: stored[0]!.id })]), { code: 'unique' })
    t.equal(await db.exams.byId(id), undefined, 'nothing is half written')
  })

  await t.test('an exam is changed under its version, and its state only from the states named', async t => {
    const db = await open(t)
    const { id } = await newExam(db, { durationMs: 5 })
    t.equal(await db.exams.change(id, { title: 'Chemistry', durationMs: null }, AT + 1, 1), 'changed')
    t.equal(await db.exams.change(id, { title: 'Biology' }, AT + 2, 1), 'conflict')
    t.equal(await db.exams.change(newId(), { title: 'Biology' }, AT + 2), 'missing')
    t.equal(await db.exams.change(id, {}, AT + 3), 'changed')
    t.equal(await db.exams.change(id, { policy: { a: 1 } }, AT + 4), 'changed')
    t.match(await db.exams.byId(id), { title: 'Chemistry', durationMs: null, policy: { a: 1 }, policyVersion: 2, version: 4, updatedAtMs: AT + 4 })
    const racers = await Promise.all(['x', 'y', 'z'].map(title => db.exams.change(id, { title }, AT + 5, 4)))
    t.same(racers.sort(), ['changed', 'conflict', 'conflict'])
    t.equal(await db.exams.setState(id, ['published'], 'archived', AT), false)
    t.same((await Promise.all([1, 2].map(() => db.exams.setState(id, ['draft'], 'published', AT)))).sort(), [false, true])
    t.equal(await db.exams.setState(id, ['published'], 'published', AT), false)
    t.equal(await db.exams.setReleased(id, AT + 9, AT), true)
    t.equal(await db.exams.setReleased(id, AT + 9, AT), true)
    t.equal(await db.exams.setReleased(newId(), AT + 9, AT), false)
    t.match(await db.exams.byId(id), { state: 'published', resultsReleasedAtMs: AT + 9 })
  })

  await t.test('exams are listed by owner, state and title, and for whom they are', async t => {
    const db = await open(t)
    const ownerId = newId()
    const [student, other] = [await db.users.create(newUser()), await db.users.create(newUser())]
    const made = []
    for (let index = 0; index < 5; index++) made.push(await newExam(db, { ownerId, title: `${index} Math_%`, isOpenToAll: index === 4 }))
    const ids = made.map(({ id }) => id).reverse()
    const list = async (filter: object) => (await db.exams.list({ ownerId, limit: 10, ...filter })).map(({ id }) => id)
    t.same(await list({}), ids)
    t.same(await list({ before: ids[0], limit: 2 }), ids.slice(1, 3))
    t.same(await list({ search: '3 mAtH_%' }), [ids[1]])
    for (const id of ids.slice(0, 4)) await db.exams.setState(id, ['draft'], 'published', AT)
    t.same(await list({ state: 'draft' }), [ids[4]])
    await db.exams.assign(ids[2]!, [student.id, student.id, other.id])
    await db.exams.assign(ids[2]!, [student.id])
    await db.exams.assign(ids[4]!, [student.id])
    await db.exams.assign(ids[4]!, [])
    const forUser = async (userId: string, page: object = {}) =>
      (await db.exams.listForUser(userId, { limit: 500, ...page })).map(({ id }) => id).filter(id => ids.includes(id))
    t.same(await forUser(student.id), [ids[0], ids[2]], 'open to all and assigned, not the draft')
    t.same(await forUser(student.id, { before: ids[1] }), [ids[2]])
    t.same(await forUser(newId()), [ids[0]])
    t.same(Object.keys((await db.exams.listForUser(student.id, { limit: 1 }))[0]!).includes('userId'), false)
    t.same([await db.exams.isFor(ids[0]!, newId()), await db.exams.isFor(ids[2]!, student.id), await db.exams.isFor(ids[3]!, student.id)], [true, true, false])
    const assigned = [student, other].sort((a, b) => a.id < b.id ? -1 : 1).map(({ id, name, email }) => ({ userId: id, userName: name, userEmail: email }))
    t.same(await db.exams.assigned(ids[2]!, { limit: 10 }), assigned)
    t.same(await db.exams.assigned(ids[2]!, { after: assigned[0]!.userId, limit: 10 }), assigned.slice(1))
    t.equal(await db.exams.unassign(ids[2]!, student.id), true)
    t.equal(await db.exams.unassign(ids[2]!, student.id), false)
    await t.rejects(db.exams.assign(ids[2]!, [newId()]), { code: 'missing' })
    await t.rejects(db.exams.assign(newId(), [student.id]), { code: 'missing' })
  })

  await t.test('an accommodation takes the place of the one before; the newest pre-flight counts', async t => {
    const db = await open(t)
    const [user, exam, by] = [await db.users.create(newUser()), await newExam(db), newId()]
    const accommodation = { examId: exam.id, userId: user.id, extraTimeShare: 0.25, flags: { gaze: false, text: TEXT }, by, reason: TEXT, atMs: AT }
    await db.exams.setAccommodation({ ...accommodation, extraTimeShare: 0.5, flags: {} })
    await db.exams.setAccommodation(accommodation)
    t.same(await db.exams.accommodation(exam.id, user.id), accommodation)
    t.same(await db.exams.accommodations(exam.id), [accommodation])
    t.equal(await db.exams.deleteAccommodation(exam.id, user.id), true)
    t.equal(await db.exams.deleteAccommodation(exam.id, user.id), false)
    t.equal(await db.exams.accommodation(exam.id, user.id), undefined)
    await db.exams.addPreflight({ examId: exam.id, userId: user.id, isPassed: false, checks: { camera: 'none' }, atMs: AT })
    const last = await db.exams.addPreflight({ examId: exam.id, userId: user.id, isPassed: true, checks: {}, atMs: AT + 1 })
    t.same(await db.exams.lastPreflight(exam.id, user.id), last)
    t.equal(await db.exams.lastPreflight(exam.id, newId()), undefined)
  })

  await t.test('questions are added, changed, put in order and taken out', async t => {
    const db = await open(t)
    const exam = await newExam(db)
    const [a, b, c] = [await db.questions.create(exam.id, newQuestion()), await db.questions.create(exam.id, newQuestion()), await db.questions.create(exam.id, newQuestion({ text: 'third' }))]
    const ids = async () => (await db.questions.list(exam.id)).map(({ id }) => id)
    t.same([a.position, b.position, c.position], [0, 1, 2])
    t.same(await ids(), [a.id, b.id, c.id])
    t.equal(await db.questions.reorder(exam.id, [c.id, a.id, b.id]), true)
    t.same(await ids(), [c.id, a.id, b.id])
    for (const wrong of [[c.id, a.id], [c.id, a.id, newId()], [c.id, a.id, a.id], [c.id, a.id, b.id, newId()]]) t.equal(await db.questions.reorder(exam.id, wrong), false)
    for (const id of [a.id, a.id, newId()]) {
      t.equal(await db.questions.change(id, { text: 'new', points: 3, kind: 'boolean', body: { correct: true } }), id === a.id)
      t.equal(await db.questions.change(id, {}), id === a.id)
    }
    t.same(await db.questions.byId(a.id), { ...a, position: 1, text: 'new', points: 3, kind: 'boolean', body: { correct: true } })
    t.equal(await db.questions.delete(a.id), true)
    t.equal(await db.questions.delete(a.id), false)
    t.same(await ids(), [c.id, b.id])
    await t.rejects(db.questions.create(newId(), newQuestion()), { code: 'missing' })
  })

  await t.test('of racing starts one begins the attempt, and the limit holds', async t => {
    const db = await open(t)
    const other = await open(t)
    const [user, exam, another] = [await db.users.create(newUser()), await newExam(db), await newExam(db)]
    for (let number = 1; number <= 2; number++) {
      const starts = await Promise.all(Array.from({ length: 8 }, (_, index) => begin(index % 2 === 0 ? db : other, exam.id, user.id, 2, AT + 5)))
      t.same(starts.map(({ outcome }) => outcome).sort(), ['created', ...Array.from({ length: 7 }, () => 'open')])
      const [first] = starts
      if (first === undefined || first.outcome === 'exhausted') throw new Error('no attempt')
      const { attempt } = first
      t.same(new Set(starts.map(start => start.outcome === 'exhausted' ? '' : start.attempt.id)).size, 1)
      t.notOk('openFor' in attempt)
      t.same(await db.attempts.openByUser(user.id), { ...attempt, userName: user.name, userEmail: user.email })
      t.same(attempt, {
        id: attempt.id,
        examId: exam.id,
        userId: user.id,
        number,
        state: 'open',
        startedAtMs: AT,
        dueAtMs: AT + 5,
        submittedAtMs: null,
        submittedBy: null,
        examVersion: 1,
        policyVersion: 1,
        autoGradedAtMs: null,
        gradedAtMs: null,
        points: null,
        pointsMax: null
      })
      t.same(await begin(db, another.id, user.id), { outcome: 'open', attempt }, 'one at a time, whatever the exam')
      t.equal(await db.attempts.submit(attempt.id, 'candidate', AT + 1), true)
    }
    t.same(await Promise.all([1, 2, 3].map(() => begin(db, exam.id, user.id, 2))), [{ outcome: 'exhausted' }, { outcome: 'exhausted' }, { outcome: 'exhausted' }])
    t.equal(await db.attempts.countOf(exam.id, user.id), 2)
    t.equal(await db.attempts.countByExam(exam.id), 2)
    t.equal(await db.attempts.countByExam(another.id), 0)
    t.equal((await begin(db, exam.id, user.id, null)).outcome, 'created')
    await t.rejects(begin(db, newId(), (await db.users.create(newUser())).id), { code: 'missing' })
    t.equal(await db.exams.delete(exam.id), 'used')
    t.equal(await db.exams.delete(another.id), 'deleted')
    t.equal(await db.exams.delete(another.id), 'missing')
  })

  await t.test('an attempt is handed in once, and then takes nothing more', async t => {
    const db = await open(t)
    const other = await open(t)
    const { attempt } = await begun(db)
    const save = (clientSeq: number) => db.answers.save({ attemptId: attempt.id, questionId: 'q', value: clientSeq, clientSeq, savedAtMs: AT })
    const code = { attemptId: attempt.id, questionId: 'q', language: 'c', code: TEXT, atMs: AT }
    t.equal(await save(1), 'saved')
    const submits = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? db : other).attempts.submit(attempt.id, index < 4 ? 'candidate' : 'time', AT + 7)))
    t.equal(submits.filter(Boolean).length, 1)
    t.match(await db.attempts.byId(attempt.id), { state: 'submitted', dueAtMs: null, submittedAtMs: AT + 7 })
    t.equal(await save(2), 'closed')
    t.equal(await save(1), 'saved', 'a repeated message whose answer was lost')
    t.equal(await db.answers.addCode(code), 'closed')
    t.equal(await db.answers.save({ attemptId: newId(), questionId: 'q', value: 1, clientSeq: 1, savedAtMs: AT }), 'closed')
    t.same((await db.answers.list(attempt.id)).map(({ value }) => value), [1])
    t.equal(await db.attempts.submit(newId(), 'time', AT), false)
    t.equal(await db.attempts.setDue(attempt.id, AT), false)
  })

  await t.test('of autosaves out of order the last of the client stands', async t => {
    const db = await open(t)
    const other = await open(t)
    const { attempt } = await begun(db)
    const answer = (questionId: string, clientSeq: number, value: unknown) => ({ attemptId: attempt.id, questionId, value, clientSeq, savedAtMs: AT + clientSeq % 100 })
    t.equal(await db.answers.save(answer('a', 2, TEXT)), 'saved')
    t.equal(await db.answers.save(answer('a', 1, 'older')), 'stale')
    t.equal(await db.answers.save(answer('a', 2, TEXT)), 'saved')
    for (const [index, value] of [null, 0, false, '', 'null', [], ['x'], { code: TEXT }, TEXT].entries()) {
      t.equal(await db.answers.save(answer(`v${index}`, 2 ** 50, value)), 'saved')
      t.same((await db.answers.list(attempt.id)).find(({ questionId }) => questionId === `v${index}`), answer(`v${index}`, 2 ** 50, value))
    }
    const order = [3, 9, 1, 7, 10, 2, 8, 5, 4, 6]
    await Promise.all(order.map((clientSeq, index) => (index % 2 === 0 ? db : other).answers.save(answer('race', clientSeq, { clientSeq }))))
    const list = await db.answers.list(attempt.id)
    t.same(list.find(({ questionId }) => questionId === 'race'), answer('race', 10, { clientSeq: 10 }))
    t.same(list.find(({ questionId }) => questionId === 'a'), answer('a', 2, TEXT))
    t.same(list.map(({ questionId }) => questionId), ['a', 'race', ...Array.from({ length: 9 }, (_, index) => `v${index}`)])
  })

  await t.test('handing in and saving at once never lose a save that was confirmed', async t => {
    const db = await open(t)
    const other = await open(t)
    for (let round = 0; round < 5; round++) {
      const { attempt } = await begun(db)
      const saves = Array.from({ length: 6 }, (_, index) => other.answers.save({ attemptId: attempt.id, questionId: `q${index}`, value: index, clientSeq: 1, savedAtMs: AT }))
      const [submitted, ...outcomes] = await Promise.all([db.attempts.submit(attempt.id, 'time', AT), ...saves])
      t.equal(submitted, true)
      const stored = (await db.answers.list(attempt.id)).map(({ questionId }) => questionId)
      t.same(stored, outcomes.flatMap((outcome, index) => outcome === 'saved' ? [`q${index}`] : []))
    }
  })

  await t.test('code keeps its history', async t => {
    const db = await open(t)
    const { attempt } = await begun(db)
    const made: CodeSubmission[] = []
    for (let index = 0; index < 4; index++) {
      const kept = await db.answers.addCode({ attemptId: attempt.id, questionId: `q${index % 2}`, language: 'python', code: `${TEXT}${index}`, atMs: AT + index })
      if (kept !== 'closed') made.unshift(kept)
    }
    t.same(await db.answers.listCode(attempt.id, { limit: 10 }), made)
    t.same(await db.answers.listCode(attempt.id, { questionId: 'q1', limit: 10 }), [made[0], made[2]])
    const second = made[1]!
    t.same(await db.answers.listCode(attempt.id, { before: second.id, limit: 1 }), [made[2]])
    t.same(await db.answers.codeById(second.id), second)
    t.equal(await db.answers.codeById(newId()), undefined)
  })

  await t.test('attempts come due, also after the times changed, and pauses of all their sessions count', async t => {
    const db = await open(t)
    const first = await begun(db)
    const { attempt, user, exam } = first
    const due = async (nowMs: number) => (await db.attempts.listDue(nowMs, 500)).map(({ id }) => id).filter(id => id === attempt.id)
    t.same(await due(2 ** 42), [], 'without an end it is never due')
    t.equal(await db.attempts.setDue(attempt.id, AT + 100), true)
    t.equal(await db.attempts.setDue(attempt.id, AT + 100), true)
    t.same([await due(AT + 99), await due(AT + 100)], [[], [attempt.id]])
    t.equal(await db.attempts.setDueOfExam(exam.id, AT + 50, newId()), 0)
    t.equal(await db.attempts.setDueOfExam(exam.id, AT + 50, user.id), 1)
    t.same(await due(AT + 50), [attempt.id])
    t.equal(await db.attempts.setDueOfExam(exam.id, AT + 60), 1)

    t.same(await db.attempts.pauses(attempt.id), [])
    const { session } = await db.sessions.open({ userId: user.id, examId: exam.id, attemptId: attempt.id, atMs: AT })
    t.match(session, { attemptId: attempt.id, examId: exam.id })
    await db.sessions.transition(session.id, ['active'], 'paused', AT + 1, 'proctor')
    await db.sessions.transition(session.id, ['paused'], 'stopped', AT + 3, 'proctor')
    const again = (await db.sessions.open({ userId: user.id, atMs: AT + 4 })).session
    t.equal(await db.sessions.attach(again.id, { examId: exam.id, attemptId: attempt.id }), true)
    t.equal(await db.sessions.attach(again.id, { examId: exam.id, attemptId: attempt.id }), true)
    t.equal(await db.sessions.attach(again.id, { examId: exam.id, attemptId: newId() }), false)
    t.equal(await db.sessions.attach(session.id, { examId: exam.id, attemptId: newId() }), false)
    await db.sessions.transition(again.id, ['active'], 'paused', AT + 5, user.id)
    t.same(await db.attempts.pauses(attempt.id), [{ startedAtMs: AT + 1, endedAtMs: AT + 3 }, { startedAtMs: AT + 5, endedAtMs: null }])
    t.same((await db.sessions.list({ attemptId: attempt.id, limit: 10 })).map(({ id }) => id), [again.id, session.id])
    t.same((await db.sessions.list({ ownerId: exam.ownerId, limit: 10 })).map(({ id }) => id), [again.id, session.id])
    t.same(await db.sessions.list({ ownerId: newId(), limit: 10 }), [])
    const overseen = async (overseerId: string, userId: string) => (await db.sessions.list({ overseerId, userId, limit: 10 })).map(({ id }) => id)
    t.same([await overseen(exam.ownerId, user.id), await overseen(newId(), user.id)], [[again.id, session.id], []])
    const loose = (await db.sessions.open({ userId: (await db.users.create(newUser())).id, atMs: AT })).session
    t.same(await overseen(newId(), loose.userId), [loose.id], 'a session of no exam')
  })

  await t.test('automatic and manual grades add up, and a person\'s grade stays', async t => {
    const db = await open(t)
    const { attempt, exam } = await begun(db)
    const auto = [
      { questionId: 'a', points: 1 / 3, pointsMax: 1 },
      { questionId: 'b', points: null, pointsMax: 5 },
      { questionId: 'c', points: 0, pointsMax: 2 }
    ]
    t.equal(await db.grades.setAuto(attempt.id, auto, AT), false, 'not before it is handed in')
    const manual = { attemptId: attempt.id, questionId: 'b', points: 4.5, pointsMax: 5, graderId: newId(), comment: TEXT, atMs: AT + 2 }
    t.equal(await db.grades.setManual(manual), false)
    await db.attempts.submit(attempt.id, 'candidate', AT)
    const ungraded = async () => (await db.attempts.listUngraded(500)).some(({ id }) => id === attempt.id)
    t.equal(await ungraded(), true)
    t.equal(await db.grades.setAuto(attempt.id, auto, AT + 1), true)
    t.equal(await ungraded(), false)
    t.match(await db.attempts.byId(attempt.id), { autoGradedAtMs: AT + 1, gradedAtMs: null, points: 0.333333, pointsMax: 8 })
    t.same((await db.attempts.list({ examId: exam.id, needsGrading: true, limit: 10 })).map(({ id }) => id), [attempt.id])
    t.equal(await db.grades.setManual(manual), true)
    t.match(await db.attempts.byId(attempt.id), { gradedAtMs: AT + 2, points: 4.833333, pointsMax: 8 })
    t.same(await db.attempts.list({ examId: exam.id, needsGrading: true, limit: 10 }), [])
    t.equal(await db.grades.setAuto(attempt.id, [{ questionId: 'a', points: 1, pointsMax: 1 }, { questionId: 'b', points: null, pointsMax: 9 }], AT + 3), true)
    const common = { attemptId: attempt.id, isAuto: true, graderId: null, comment: '' }
    t.same(await db.grades.list(attempt.id), [
      { ...common, questionId: 'a', points: 1, pointsMax: 1, atMs: AT + 3 },
      { ...manual, isAuto: false },
      { ...common, questionId: 'c', points: 0, pointsMax: 2, atMs: AT + 1 }
    ])
    t.match(await db.attempts.byId(attempt.id), { gradedAtMs: AT + 2, points: 5.5 })
    const other = await open(t)
    await Promise.all(['a', 'b', 'c'].flatMap((questionId, index) => [db, other].map(one => one.grades.setManual({ ...manual, questionId, points: index + 1 }))))
    t.match(await db.attempts.byId(attempt.id), { points: 6, pointsMax: 15 })
    t.same(await db.statistics.ofExam(exam.id), { open: 0, submitted: 1, graded: 1, meanShare: 6 / 15 })
    t.same(await db.statistics.ofExam(newId()), { open: 0, submitted: 0, graded: 0, meanShare: null })
    t.equal(await db.grades.setAuto(newId(), auto, AT), false)
  })

  await t.test('attempts are listed newest first by exam, user and state', async t => {
    const db = await open(t)
    const exam = await newExam(db)
    const ids: string[] = []
    const users = []
    for (let index = 0; index < 4; index++) {
      users.unshift(await db.users.create(newUser({ name: `Candidate ${index}` })))
      const started = await begin(db, exam.id, users[0]!.id)
      if (started.outcome === 'created') ids.unshift(started.attempt.id)
    }
    await db.attempts.submit(ids[1]!, 'staff', AT)
    const list = async (filter: object) => (await db.attempts.list({ examId: exam.id, limit: 10, ...filter })).map(({ id }) => id)
    t.same(await list({}), ids)
    t.same(await list({ before: ids[1], limit: 1 }), [ids[2]])
    t.same(await list({ state: 'submitted' }), [ids[1]])
    t.same(await list({ state: 'open' }), [ids[0], ids[2], ids[3]])
    t.same(await list({ userId: users[2]!.id }), [ids[2]])
    t.match((await db.attempts.list({ userId: users[2]!.id, limit: 10 }))[0], { userName: 'Candidate 1', userEmail: users[2]!.email })
    await db.users.delete(users[0]!.id)
    t.same(await list({}), ids.slice(1))
  })

  await t.test('sessions are filtered by risk and time, and summed up by risk and candidate', async t => {
    const db = await open(t)
    const examId = newId()
    const mark = newId()
    const ids: string[] = []
    const user = await db.users.create(newUser({ name: `A ${mark}` }))
    for (const [index, riskScore] of [0, 4.9, 5, 9.9, 10, 50].entries()) {
      const { session } = await db.sessions.open({ userId: user.id, examId, atMs: AT + index })
      await db.sessions.setScores(session.id, { riskScore, trustScore: 100 - riskScore, complianceScore: 90, eventCount: 1 }, AT)
      await db.sessions.transition(session.id, ['active'], 'stopped', AT, 'system')
      ids.unshift(session.id)
    }
    const list = async (filter: object) => (await db.sessions.list({ examId, limit: 50, ...filter })).map(({ id }) => id)
    t.same(await list({ riskMin: 5, riskBelow: 10 }), ids.slice(2, 4))
    t.same(await list({ riskMin: 10 }), ids.slice(0, 2))
    t.same(await list({ fromMs: AT + 1, toMs: AT + 3 }), ids.slice(3, 5))
    const limits = { medium: 5, high: 10 }
    t.same(await db.statistics.riskDistribution(limits, examId), { low: 2, medium: 2, high: 2 })
    t.same(await db.statistics.riskDistribution(limits, newId()), { low: 0, medium: 0, high: 0 })
    t.ok((await db.statistics.riskDistribution(limits)).high >= 2)
    const idle = await db.users.create(newUser({ name: `B ${mark}` }))
    await db.users.create(newUser({ name: `C ${mark}`, role: 'teacher' }))
    const candidates = await db.statistics.candidates({ search: mark, limit: 10 })
    t.same(candidates, [
      { id: idle.id, name: idle.name, email: idle.email, createdAtMs: AT, disabledAtMs: null, sessionCount: 0, lastStartedAtMs: null, riskScoreMax: null, riskScoreMean: null, trustScoreMean: null, complianceScoreMean: null },
      { id: user.id, name: user.name, email: user.email, createdAtMs: AT, disabledAtMs: null, sessionCount: 6, lastStartedAtMs: AT + 5, riskScoreMax: 50, riskScoreMean: candidates[1]?.riskScoreMean, trustScoreMean: candidates[1]?.trustScoreMean, complianceScoreMean: 90 }
    ])
    t.ok(Math.abs((candidates[1]?.riskScoreMean ?? 0) - 79.8 / 6) < 1e-9)
    t.same((await db.statistics.candidates({ search: mark, before: idle.id, limit: 1 })).map(({ id }) => id), [user.id])
    t.same(await db.statistics.candidates({ search: 'nobody has this name', limit: 1 }), [])
  })

  await t.test('events are listed newest first by user, kind and time', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const { session } = await db.sessions.open({ userId: user.id, atMs: AT })
    const fromMs = Date.UTC(2001, 0, 1)
    const rows = Array.from({ length: 6 }, (_, index) => newEvent(session.id, user.id, { id: idAt(fromMs + index), kind: index % 2 === 0 ? 'phone' : 'paste' }))
    await db.events.append(rows)
    const newest = rows.toReversed()
    t.same(await db.events.list({ userId: user.id, limit: 10 }), newest)
    t.same(await db.events.list({ sessionId: session.id, kind: 'paste', limit: 10 }), newest.filter(({ kind }) => kind === 'paste'))
    t.same(await db.events.list({ userId: user.id, fromMs: fromMs + 1, toMs: fromMs + 4, limit: 10 }), newest.slice(2, 5))
    t.same(await db.events.list({ kind: 'phone', fromMs, toMs: fromMs + 100, before: rows[4]!.id, limit: 10 }), [rows[2], rows[0]])
    await db.events.deleteBySession(session.id)
  })

  await t.test('a teacher sees events of own exams and of none, whether few sessions or many', async t => {
    const db = await open(t)
    const [teacher, colleague] = [newId(), newId()]
    const fromMs = Date.UTC(2003, 0, 1)
    const [mine, theirs] = [await newExam(db, { ownerId: teacher }), await newExam(db, { ownerId: colleague })]
    const made: EventRow[] = []
    for (const [index, examId] of [mine.id, theirs.id, null].entries()) {
      const user = await db.users.create(newUser())
      const { session } = await db.sessions.open({ userId: user.id, examId, atMs: AT })
      made.push(newEvent(session.id, user.id, { id: idAt(fromMs + index), kind: 'devtools' }))
    }
    await db.events.append(made)
    const list = (filter: object) => db.events.list({ fromMs, toMs: fromMs + 10, limit: 10, ...filter })
    const look = async () => {
      t.same(await list({ overseerId: teacher }), [made[2], made[0]])
      t.same(await list({ overseerId: teacher, kind: 'devtools' }), [made[2], made[0]])
      t.same(await list({ overseerId: colleague, sessionId: made[0]!.sessionId }), [])
      t.same(await list({ overseerId: colleague, userId: made[1]!.userId }), [made[1]])
    }
    await look()
    for (let index = 0; index < 210; index++) {
      const { session } = await db.sessions.open({ userId: made[0]!.userId, examId: mine.id, atMs: AT })
      await db.sessions.transition(session.id, ['active'], 'stopped', AT, 'system')
    }
    await look()
  })

  await t.test('hours are counted once, and again when something of them comes late or goes', async t => {
    const db = await open(t)
    const [user, other] = [await db.users.create(newUser()), await db.users.create(newUser())]
    const fromMs = Date.UTC(2002, 5, 1)
    const nowMs = fromMs + 50 * HOUR
    const { session } = await db.sessions.open({ userId: user.id, atMs: fromMs + 5 * HOUR + 1 })
    const event = (atMs: number, kind: string, phase = 'start') => newEvent(session.id, user.id, { id: idAt(atMs), kind, phase })
    await db.events.append([event(fromMs + 5 * HOUR, 'phone'), event(fromMs + 6 * HOUR - 1, 'phone'), event(fromMs + 5 * HOUR + 2, 'phone', 'end'), event(fromMs + 30 * HOUR, 'paste', 'instant'), event(fromMs + 49 * HOUR, 'copy')])
    const expected = [
      { atMs: fromMs + 5 * HOUR, sessions: 1, events: { phone: 2 } },
      { atMs: fromMs + 30 * HOUR, sessions: 0, events: { paste: 1 } },
      { atMs: fromMs + 49 * HOUR, sessions: 0, events: { copy: 1 } }
    ]
    const hours = () => db.statistics.hours(fromMs, nowMs, nowMs)
    for (let look = 0; look < 3; look++) t.same(await hours(), expected)
    t.same((await Promise.all([hours(), hours()])), [expected, expected])
    t.same(await db.statistics.hours(fromMs + 5.5 * HOUR, fromMs + 30 * HOUR, nowMs), [expected[0]], 'whole hours from the first one touched')
    await db.events.append([event(fromMs + 5 * HOUR + 3, 'paste')])
    await db.sessions.open({ userId: other.id, atMs: fromMs + 7 * HOUR })
    t.same(await hours(), [{ ...expected[0], events: { paste: 1, phone: 2 } }, { atMs: fromMs + 7 * HOUR, sessions: 1, events: {} }, expected[1], expected[2]])
    await db.events.deleteBySession(session.id)
    t.same(await hours(), [{ ...expected[0], events: {} }, { atMs: fromMs + 7 * HOUR, sessions: 1, events: {} }])
    t.same(await db.statistics.hours(nowMs, nowMs, nowMs), [])
    t.ok(await db.statistics.hours(0, fromMs + HOUR, nowMs), 'a year at most')
  })
}

/** An id of a moment, for what happened long ago. */
export function idAt (atMs: number): string {
  const hex = Math.floor(atMs).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`
}
