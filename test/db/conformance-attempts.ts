import type { Test } from 'tap'
import { newId } from '../../db/index.ts'
import { AT, begin, begun, newExam, newUser, TEXT, type Open } from './rows.ts'

/** Every query of attempts. */
export async function conformAttempts (t: Test, open: Open): Promise<void> {
  await t.test('of racing starts one begins the attempt, and the limit holds', async t => {
    const db = await open(t)
    const other = await open(t)
    const [user, exam, another] = [await db.users.create(newUser()), await newExam(db), await newExam(db)]
    for (let number = 1; number <= 2; number++) {
      const starts = await Promise.all(
        Array.from({ length: 8 }, (_, index) => begin(index % 2 === 0 ? db : other, exam.id, user.id, 2, AT + 5))
      )
      t.same(starts.map(({ outcome }) => outcome).sort(), ['created', ...Array.from({ length: 7 }, () => 'open')])
      const [first] = starts
      if (first === undefined || !('attempt' in first)) throw new Error('no attempt')
      const { attempt } = first
      t.same(new Set(starts.map(start => ('attempt' in start ? start.attempt.id : ''))).size, 1)
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
        pointsMax: null,
        keyVersion: 0,
        correctedAtMs: null,
        submitKey: null,
        unwatchedAllowedAtMs: null,
        anotherAllowedAtMs: null,
        reopenedAtMs: null
      })
      t.same(await begin(db, another.id, user.id), { outcome: 'open', attempt }, 'one at a time, whatever the exam')
      t.equal(await db.attempts.submit(attempt.id, 'candidate', AT + 1), true)
    }
    t.same(await Promise.all([1, 2, 3].map(() => begin(db, exam.id, user.id, 2))), [
      { outcome: 'exhausted' },
      { outcome: 'exhausted' },
      { outcome: 'exhausted' }
    ])
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
    const save = async (clientSeq: number) =>
      (await db.answers.save({ attemptId: attempt.id, questionId: 'q', value: clientSeq, clientSeq, savedAtMs: AT }))
        .outcome
    const code = { attemptId: attempt.id, questionId: 'q', language: 'c', code: TEXT, atMs: AT }
    t.equal(await save(1), 'saved')
    const submits = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? db : other).attempts.submit(attempt.id, index < 4 ? 'candidate' : 'time', AT + 7)
      )
    )
    t.equal(submits.filter(Boolean).length, 1)
    t.match(await db.attempts.byId(attempt.id), { state: 'submitted', dueAtMs: null, submittedAtMs: AT + 7 })
    t.equal(await save(2), 'closed')
    t.equal(await save(1), 'saved', 'a repeated message whose answer was lost')
    t.equal(await db.answers.addCode(code), 'closed')
    t.same(await db.answers.save({ attemptId: newId(), questionId: 'q', value: 1, clientSeq: 1, savedAtMs: AT }), {
      outcome: 'closed'
    })
    t.same(
      (await db.answers.list(attempt.id)).map(({ value }) => value),
      [1]
    )
    t.equal(await db.attempts.submit(newId(), 'time', AT), false)
    t.equal(await db.attempts.setDue(attempt.id, AT), false)
  })

  await t.test(
    'an attempt is opened again without its grades, unless another is open or results are released',
    async t => {
      const db = await open(t)
      const other = await open(t)
      const { attempt, exam, user } = await begun(db)
      const audit = {
        actorId: user.id,
        action: 'attempt.reopen',
        targetType: 'attempt',
        targetId: attempt.id,
        detail: { reason: TEXT },
        atMs: AT
      }
      const change = { atMs: AT + 9, dueAtMs: AT + 100, audit }
      t.equal(await db.attempts.reopen(attempt.id, change), 'open', 'not handed in')
      t.equal(await db.attempts.submit(attempt.id, 'candidate', AT + 20, 'key-1'), true)
      t.match(await db.attempts.byId(attempt.id), { submitKey: 'key-1' })
      await db.grades.setAuto(attempt.id, [{ questionId: 'q', points: 1, pointsMax: 2 }], AT + 21)
      t.match(await db.attempts.byId(attempt.id), { points: 1, pointsMax: 2 })
      await db.exams.setReleased(exam.id, AT + 22, AT + 22)
      t.equal(await db.attempts.reopen(attempt.id, change), 'released')
      await db.exams.setReleased(exam.id, null, AT + 23)
      const second = await begin(db, exam.id, user.id)
      t.equal(await db.attempts.reopen(attempt.id, change), 'other-open')
      t.match(await db.attempts.byId(attempt.id), { state: 'submitted', points: 1 }, 'nothing is done')
      t.equal((await db.grades.list(attempt.id)).length, 1)
      if (second.outcome !== 'created') throw new Error(second.outcome)
      await db.attempts.submit(second.attempt.id, 'time', AT + 30)
      const outcomes = await Promise.all(
        [0, 1, 2, 3].map(index => (index % 2 === 0 ? db : other).attempts.reopen(attempt.id, change))
      )
      t.same(outcomes.sort(), ['open', 'open', 'open', 'reopened'], 'once')
      const reopened = await db.attempts.byId(attempt.id)
      t.match(reopened, {
        state: 'open',
        submittedAtMs: null,
        submittedBy: null,
        submitKey: null,
        autoGradedAtMs: null,
        gradedAtMs: null,
        points: null,
        pointsMax: null,
        dueAtMs: AT + 100
      })
      t.equal(reopened?.reopenedAtMs, AT + 21, 'later than it was handed in, whatever the clock says')
      t.same(await db.grades.list(attempt.id), [])
      t.match(await db.attempts.openByUser(user.id), { id: attempt.id })
      t.equal((await db.audit.list({ targetId: attempt.id, limit: 9 })).length, 1, 'one entry, of what was done')
      t.equal(
        (await db.answers.save({ attemptId: attempt.id, questionId: 'q', value: 1, clientSeq: 1, savedAtMs: AT }))
          .outcome,
        'saved'
      )
      t.equal(await db.attempts.reopen(newId(), change), 'open')
    }
  )

  await t.test('after a termination no other attempt begins until it is allowed', async t => {
    const db = await open(t)
    const { attempt, exam, user } = await begun(db)
    const audit = {
      actorId: user.id,
      action: 'attempt.allow-another',
      targetType: 'attempt',
      targetId: attempt.id,
      detail: {},
      atMs: AT
    }
    t.equal(await db.attempts.allowAnother(attempt.id, AT, audit), false, 'it is open')
    await db.attempts.submit(attempt.id, 'terminated', AT + 1)
    t.same(await begin(db, exam.id, user.id), { outcome: 'terminated', attemptId: attempt.id })
    t.equal((await begin(db, (await newExam(db)).id, (await db.users.create(newUser())).id)).outcome, 'created')
    t.equal(await db.attempts.allowAnother(attempt.id, AT + 2, audit), true)
    t.equal(
      await db.attempts.allowAnother(attempt.id, AT + 2, audit),
      true,
      'asked again after an answer that was lost'
    )
    t.same(await begin(db, exam.id, user.id, 1), { outcome: 'exhausted' }, 'the limit holds')
    const second = await begin(db, exam.id, user.id, 2)
    if (second.outcome !== 'created') throw new Error(second.outcome)
    t.equal(await db.attempts.allowAnother(second.attempt.id, AT, audit), false)
    await db.attempts.submit(second.attempt.id, 'candidate', AT + 3)
    t.equal((await begin(db, exam.id, user.id)).outcome, 'created', 'the last one was not terminated')
  })

  await t.test(
    'only an open attempt goes on unwatched, and open attempts of terminated sessions are found',
    async t => {
      const db = await open(t)
      const { attempt, exam, user } = await begun(db)
      const audit = {
        actorId: user.id,
        action: 'attempt.allow-unwatched',
        targetType: 'attempt',
        targetId: attempt.id,
        detail: {},
        atMs: AT
      }
      t.equal(await db.attempts.allowUnwatched(attempt.id, AT + 1, audit), true)
      t.equal(await db.attempts.allowUnwatched(attempt.id, AT + 1, audit), true)
      t.match(await db.attempts.byId(attempt.id), { unwatchedAllowedAtMs: AT + 1 })
      t.equal(await db.attempts.allowUnwatched(attempt.id, null, audit), true)
      t.match(await db.attempts.byId(attempt.id), { unwatchedAllowedAtMs: null })
      t.equal((await db.audit.list({ targetId: attempt.id, limit: 9 })).length, 3)

      const found = async (endedBeforeMs: number) =>
        (await db.attempts.listTerminated(endedBeforeMs, { limit: 500 }))
          .map(({ id }) => id)
          .filter(id => id === attempt.id)
      const session = async (state: 'stopped' | 'terminated', atMs: number) => {
        const {
          session: { id }
        } = await db.sessions.open({ userId: user.id, examId: exam.id, attemptId: attempt.id, atMs })
        await db.sessions.transition(id, ['active'], state, atMs + 1, 'system')
      }
      await session('stopped', AT)
      t.same(await found(AT + 100), [], 'stopped is not terminated')
      await session('terminated', AT + 10)
      t.same([await found(AT + 11), await found(AT + 12)], [[], [attempt.id]])
      t.same(await db.attempts.listTerminated(AT + 12, { after: attempt.id, limit: 1 }), [])
      await db.attempts.submit(attempt.id, 'terminated', AT + 12)
      t.same(await found(AT + 100), [])
      t.equal(await db.attempts.allowUnwatched(attempt.id, AT, audit), false)
      await db.attempts.reopen(attempt.id, { atMs: AT + 20, dueAtMs: null, audit })
      t.same(await found(AT + 100), [], 'it was reopened since')
      await session('terminated', AT + 30)
      t.same(await found(AT + 100), [attempt.id])
    }
  )

  await t.test('attempts come due, also after the times changed, and pauses of all their sessions count', async t => {
    const db = await open(t)
    const first = await begun(db)
    const { attempt, user, exam } = first
    const due = async (nowMs: number) =>
      (await db.attempts.listDue(nowMs, 500)).map(({ id }) => id).filter(id => id === attempt.id)
    t.same(await due(2 ** 42), [], 'without an end it is never due')
    t.equal(await db.attempts.setDue(attempt.id, AT + 100), true)
    t.equal(await db.attempts.setDue(attempt.id, AT + 100), true)
    t.same([await due(AT + 99), await due(AT + 100)], [[], [attempt.id]])
    t.equal(await db.attempts.setDueOfExam(exam.id, AT + 50, newId()), 0)
    t.equal(await db.attempts.setDueOfExam(exam.id, AT + 50, user.id), 1)
    t.same(await due(AT + 50), [attempt.id])
    t.equal(await db.attempts.setDueOfExam(exam.id, AT + 60), 1)

    t.same(await db.attempts.pauses(attempt.id), [])
    t.same(await db.attempts.pausesOf([]), [])
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
    t.same(await db.attempts.pauses(attempt.id), [
      { startedAtMs: AT + 1, endedAtMs: AT + 3, by: 'proctor' },
      { startedAtMs: AT + 5, endedAtMs: null, by: user.id }
    ])
    t.same(
      await db.attempts.pausesOf([newId(), attempt.id]),
      (await db.attempts.pauses(attempt.id)).map(pause => ({ attemptId: attempt.id, ...pause }))
    )
    t.same(
      (await db.sessions.list({ attemptId: attempt.id, limit: 10 })).map(({ id }) => id),
      [again.id, session.id]
    )
    t.same(
      (await db.sessions.list({ ownerId: exam.ownerId, limit: 10 })).map(({ id }) => id),
      [again.id, session.id]
    )
    t.same(await db.sessions.list({ ownerId: newId(), limit: 10 }), [])
    const overseen = async (overseerId: string, userId: string) =>
      (await db.sessions.list({ overseerId, userId, limit: 10 })).map(({ id }) => id)
    t.same([await overseen(exam.ownerId, user.id), await overseen(newId(), user.id)], [[again.id, session.id], []])
    const loose = (await db.sessions.open({ userId: (await db.users.create(newUser())).id, atMs: AT })).session
    t.same(await overseen(newId(), loose.userId), [loose.id], 'a session of no exam')
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
    const list = async (filter: object) =>
      (await db.attempts.list({ examId: exam.id, limit: 10, ...filter })).map(({ id }) => id)
    t.same(await list({}), ids)
    t.same(await list({ before: ids[1], limit: 1 }), [ids[2]])
    t.same(await list({ state: 'submitted' }), [ids[1]])
    t.same(await list({ state: 'open' }), [ids[0], ids[2], ids[3]])
    t.same(await list({ userId: users[2]!.id }), [ids[2]])
    t.match((await db.attempts.list({ userId: users[2]!.id, limit: 10 }))[0], {
      userName: 'Candidate 1',
      userEmail: users[2]!.email
    })
    await db.users.delete(users[0]!.id)
    t.same(await list({}), ids.slice(1))
  })
}
