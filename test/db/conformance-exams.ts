import type { Test } from 'tap'
import { newId } from '../../db/index.ts'
import { AT, begin, newExam, newQuestion, newUser, TEXT, type Open } from './rows.ts'

/** Every query of exams and their questions. */
export async function conformExams (t: Test, open: Open): Promise<void> {
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
    const questions = [
      newQuestion({ section: TEXT, points: 0.1 + 0.2 }),
      newQuestion({ kind: 'long', body: {} }),
      newQuestion({ kind: 'code', body: { language: 'c', starter: TEXT } })
    ]
    const ownerId = newId()
    const exam = await newExam(db, { ...values, ownerId }, questions)
    t.same(exam, {
      ...values,
      id: exam.id,
      ownerId,
      state: 'draft',
      policyVersion: 1,
      resultsReleasedAtMs: null,
      createdAtMs: AT,
      updatedAtMs: AT,
      version: 1
    })
    t.same(await db.exams.byId(exam.id), exam)
    const stored = await db.questions.list(exam.id)
    t.same(
      stored.map(({ id, ...rest }) => rest),
      questions.map((question, position) => ({ ...question, position, examId: exam.id }))
    )
    t.same(await db.questions.byId(stored[1]!.id), stored[1])
    const plain = await newExam(db)
    t.match(plain, {
      description: '',
      opensAtMs: null,
      closesAtMs: null,
      durationMs: null,
      attemptsMax: null,
      language: 'en',
      shuffle: false,
      isOpenToAll: false,
      needsPreflight: false,
      policy: {}
    })
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
    t.match(await db.exams.byId(id), {
      title: 'Chemistry',
      durationMs: null,
      policy: { a: 1 },
      policyVersion: 2,
      version: 4,
      updatedAtMs: AT + 4
    })
    const racers = await Promise.all(['x', 'y', 'z'].map(title => db.exams.change(id, { title }, AT + 5, 4)))
    t.same(racers.sort(), ['changed', 'conflict', 'conflict'])
    t.equal(await db.exams.setState(id, ['published'], 'archived', AT), false)
    t.same((await Promise.all([1, 2].map(() => db.exams.setState(id, ['draft'], 'published', AT)))).sort(), [
      false,
      true
    ])
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
    for (let index = 0; index < 5; index++) {
      made.push(await newExam(db, { ownerId, title: `${index} Math_%`, isOpenToAll: index === 4 }))
    }
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
    t.same(
      [
        await db.exams.isFor(ids[0]!, newId()),
        await db.exams.isFor(ids[2]!, student.id),
        await db.exams.isFor(ids[3]!, student.id)
      ],
      [true, true, false]
    )
    const assigned = [student, other]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, name, email }) => ({ userId: id, userName: name, userEmail: email }))
    t.same(await db.exams.assigned(ids[2]!, { limit: 10 }), assigned)
    t.same(await db.exams.assigned(ids[2]!, { after: assigned[0]!.userId, limit: 10 }), assigned.slice(1))
    const names = assigned.map(({ userId, userName }) => ({ userId, userName }))
    t.same(await db.exams.notBegun(ids[2]!, 10), { assigned: 2, waiting: 2, candidates: names })
    t.same((await db.exams.notBegun(ids[2]!, 1)).candidates, names.slice(0, 1))
    await begin(db, ids[2]!, names[0]!.userId)
    t.same(await db.exams.notBegun(ids[2]!, 10), { assigned: 2, waiting: 1, candidates: names.slice(1) })
    t.same(await db.exams.notBegun(ids[3]!, 10), { assigned: 0, waiting: 0, candidates: [] })
    t.equal(await db.exams.unassign(ids[2]!, student.id), true)
    t.equal(await db.exams.unassign(ids[2]!, student.id), false)
    await t.rejects(db.exams.assign(ids[2]!, [newId()]), { code: 'missing' })
    await t.rejects(db.exams.assign(newId(), [student.id]), { code: 'missing' })
  })

  await t.test('an accommodation takes the place of the one before; the newest pre-flight counts', async t => {
    const db = await open(t)
    const [user, exam, by] = [await db.users.create(newUser()), await newExam(db), newId()]
    const accommodation = {
      examId: exam.id,
      userId: user.id,
      extraTimeShare: 0.25,
      flags: { gaze: false, text: TEXT },
      by,
      reason: TEXT,
      atMs: AT
    }
    await db.exams.setAccommodation({ ...accommodation, extraTimeShare: 0.5, flags: {} })
    await db.exams.setAccommodation(accommodation)
    t.same(await db.exams.accommodation(exam.id, user.id), accommodation)
    t.same(await db.exams.accommodations(exam.id), [accommodation])
    t.equal(await db.exams.deleteAccommodation(exam.id, user.id), true)
    t.equal(await db.exams.deleteAccommodation(exam.id, user.id), false)
    t.equal(await db.exams.accommodation(exam.id, user.id), undefined)
    await db.exams.addPreflight({
      examId: exam.id,
      userId: user.id,
      isPassed: false,
      checks: { camera: 'none' },
      atMs: AT
    })
    const last = await db.exams.addPreflight({
      examId: exam.id,
      userId: user.id,
      isPassed: true,
      checks: {},
      atMs: AT + 1
    })
    t.same(await db.exams.lastPreflight(exam.id, user.id), last)
    t.equal(await db.exams.lastPreflight(exam.id, newId()), undefined)
  })

  await t.test('questions are added, changed, put in order and taken out', async t => {
    const db = await open(t)
    const exam = await newExam(db)
    const [a, b, c] = [
      await db.questions.create(exam.id, newQuestion()),
      await db.questions.create(exam.id, newQuestion()),
      await db.questions.create(exam.id, newQuestion({ text: 'third' }))
    ]
    const ids = async () => (await db.questions.list(exam.id)).map(({ id }) => id)
    t.same([a.position, b.position, c.position], [0, 1, 2])
    t.same(await ids(), [a.id, b.id, c.id])
    t.equal(await db.questions.reorder(exam.id, [c.id, a.id, b.id]), true)
    t.same(await ids(), [c.id, a.id, b.id])
    for (const wrong of [
      [c.id, a.id],
      [c.id, a.id, newId()],
      [c.id, a.id, a.id],
      [c.id, a.id, b.id, newId()]
    ]) { t.equal(await db.questions.reorder(exam.id, wrong), false) }
    for (const id of [a.id, a.id, newId()]) {
      t.equal(
        await db.questions.change(id, { text: 'new', points: 3, kind: 'boolean', body: { correct: true } }),
        id === a.id
      )
      t.equal(await db.questions.change(id, {}), id === a.id)
    }
    t.same(await db.questions.byId(a.id), {
      ...a,
      position: 1,
      text: 'new',
      points: 3,
      kind: 'boolean',
      body: { correct: true }
    })
    t.equal(await db.questions.delete(a.id), true)
    t.equal(await db.questions.delete(a.id), false)
    t.same(await ids(), [c.id, b.id])
    await t.rejects(db.questions.create(newId(), newQuestion()), { code: 'missing' })
  })
}
