import type { Test } from 'tap'
import { newId, type CodeSubmission } from '../../db/index.ts'
import { AT, begun, TEXT, type Open } from './rows.ts'

/** Every query of answers and their grades. */
export async function conformAnswers (t: Test, open: Open): Promise<void> {
  await t.test('of autosaves out of order the last of the client stands', async t => {
    const db = await open(t)
    const other = await open(t)
    const { attempt } = await begun(db)
    const answer = (questionId: string, clientSeq: number, value: unknown) => ({
      attemptId: attempt.id,
      questionId,
      value,
      clientSeq,
      savedAtMs: AT + (clientSeq % 100)
    })
    const stored = answer('a', 2, TEXT)
    t.same(await db.answers.save(stored), { outcome: 'saved', stored })
    t.same(await db.answers.save(answer('a', 1, 'older')), { outcome: 'stale', stored })
    t.same(
      await db.answers.save({ ...stored, savedAtMs: AT + 9 }),
      { outcome: 'saved', stored },
      'the time of the first stays'
    )
    t.same(await db.answers.save(answer('a', 2, 'other')), { outcome: 'conflict', stored })
    for (const [index, value] of [null, 0, false, '', 'null', [], ['x'], { code: TEXT }, TEXT].entries()) {
      t.equal((await db.answers.save(answer(`v${index}`, 2 ** 50, value))).outcome, 'saved')
      t.same(
        (await db.answers.list(attempt.id)).find(({ questionId }) => questionId === `v${index}`),
        answer(`v${index}`, 2 ** 50, value)
      )
    }
    const order = [3, 9, 1, 7, 10, 2, 8, 5, 4, 6]
    await Promise.all(
      order.map((clientSeq, index) =>
        (index % 2 === 0 ? db : other).answers.save(answer('race', clientSeq, { clientSeq }))
      )
    )
    const list = await db.answers.list(attempt.id)
    t.same(
      list.find(({ questionId }) => questionId === 'race'),
      answer('race', 10, { clientSeq: 10 })
    )
    t.same(
      list.find(({ questionId }) => questionId === 'a'),
      answer('a', 2, TEXT)
    )
    t.same(
      list.map(({ questionId }) => questionId),
      ['a', 'race', ...Array.from({ length: 9 }, (_, index) => `v${index}`)]
    )
  })

  await t.test('handing in and saving at once never lose a save that was confirmed', async t => {
    const db = await open(t)
    const other = await open(t)
    for (let round = 0; round < 5; round++) {
      const { attempt } = await begun(db)
      const saves = Array.from({ length: 6 }, (_, index) =>
        other.answers.save({
          attemptId: attempt.id,
          questionId: `q${index}`,
          value: index,
          clientSeq: 1,
          savedAtMs: AT
        })
      )
      const [submitted, ...outcomes] = await Promise.all([db.attempts.submit(attempt.id, 'time', AT), ...saves])
      t.equal(submitted, true)
      const stored = (await db.answers.list(attempt.id)).map(({ questionId }) => questionId)
      t.same(stored, outcomes.flatMap(({ outcome }, index) => outcome === 'saved' ? [`q${index}`] : []))
    }
  })

  await t.test('code keeps its history', async t => {
    const db = await open(t)
    const { attempt } = await begun(db)
    const made: CodeSubmission[] = []
    for (let index = 0; index < 4; index++) {
      const storedCode = await db.answers.addCode({
        attemptId: attempt.id,
        questionId: `q${index % 2}`,
        language: 'python',
        code: `${TEXT}${index}`,
        atMs: AT + index
      })
      if (storedCode !== 'closed') made.unshift(storedCode)
    }
    t.same(await db.answers.listCode(attempt.id, { limit: 10 }), made)
    t.same(await db.answers.listCode(attempt.id, { questionId: 'q1', limit: 10 }), [made[0], made[2]])
    const second = made[1]!
    t.same(await db.answers.listCode(attempt.id, { before: second.id, limit: 1 }), [made[2]])
    t.same(await db.answers.lastCode(attempt.id), [made[0], made[1]])
    t.same(await db.answers.lastCode(newId()), [])
    t.same(await db.answers.codeById(second.id), second)
    t.equal(await db.answers.codeById(newId()), undefined)
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
    const manual = {
      attemptId: attempt.id,
      questionId: 'b',
      points: 4.5,
      pointsMax: 5,
      graderId: newId(),
      comment: TEXT,
      atMs: AT + 2
    }
    t.equal(await db.grades.setManual(manual), false)
    await db.attempts.submit(attempt.id, 'candidate', AT)
    const ungraded = async () => (await db.attempts.listUngraded(500)).some(({ id }) => id === attempt.id)
    t.equal(await ungraded(), true)
    t.equal(await db.grades.setAuto(attempt.id, auto, AT + 1), true)
    t.equal(await ungraded(), false)
    t.match(await db.attempts.byId(attempt.id), {
      autoGradedAtMs: AT + 1,
      gradedAtMs: null,
      points: 0.333333,
      pointsMax: 8
    })
    t.same(
      (await db.attempts.list({ examId: exam.id, needsGrading: true, limit: 10 })).map(({ id }) => id),
      [attempt.id]
    )
    t.equal(await db.grades.setManual(manual), true)
    t.match(await db.attempts.byId(attempt.id), { gradedAtMs: AT + 2, points: 4.833333, pointsMax: 8 })
    t.same(await db.attempts.list({ examId: exam.id, needsGrading: true, limit: 10 }), [])
    t.equal(
      await db.grades.setAuto(
        attempt.id,
        [
          { questionId: 'a', points: 1, pointsMax: 1 },
          { questionId: 'b', points: null, pointsMax: 9 }
        ],
        AT + 3
      ),
      true
    )
    const common = {
      attemptId: attempt.id,
      isAuto: true,
      graderId: null,
      comment: '',
      correctionId: null,
      pointsBefore: null
    }
    t.same(await db.grades.list(attempt.id), [
      { ...common, questionId: 'a', points: 1, pointsMax: 1, atMs: AT + 3 },
      { ...manual, isAuto: false, correctionId: null, pointsBefore: null },
      { ...common, questionId: 'c', points: 0, pointsMax: 2, atMs: AT + 1 }
    ])
    t.match(await db.attempts.byId(attempt.id), { gradedAtMs: AT + 2, points: 5.5 })
    const other = await open(t)
    await Promise.all(
      ['a', 'b', 'c'].flatMap((questionId, index) =>
        [db, other].map(one => one.grades.setManual({ ...manual, questionId, points: index + 1 }))
      )
    )
    t.match(await db.attempts.byId(attempt.id), { points: 6, pointsMax: 15 })
    t.same(await db.statistics.ofExam(exam.id), { open: 0, submitted: 1, graded: 1, meanShare: 6 / 15 })
    t.same(await db.statistics.ofExam(newId()), { open: 0, submitted: 0, graded: 0, meanShare: null })
    t.equal(await db.grades.setAuto(newId(), auto, AT), false)
  })
}
