import type { Test } from 'tap'
import { newId } from '../../db/index.ts'
import { AT, begin, HOUR, idAt, newEvent, newExam, newUser, type Open } from './rows.ts'

/** Every query of statistics. */
export async function conformStatistics (t: Test, open: Open): Promise<void> {
  await t.test('sessions are filtered by risk and time, and summed up by risk and candidate', async t => {
    const db = await open(t)
    const examId = newId()
    const mark = newId()
    const ids: string[] = []
    const user = await db.users.create(newUser({ name: `A ${mark}` }))
    for (const [index, riskScore] of [0, 4.9, 5, 9.9, 10, 50].entries()) {
      const { session } = await db.sessions.open({ userId: user.id, examId, atMs: AT + index })
      await db.sessions.setScores(
        session.id,
        { riskScore, trustScore: 100 - riskScore, complianceScore: 90, eventCount: 1, seenPercent: 99.5 },
        AT
      )
      await db.sessions.transition(session.id, ['active'], 'stopped', AT, 'system')
      ids.unshift(session.id)
    }
    const list = async (filter: object) =>
      (await db.sessions.list({ examId, limit: 50, ...filter })).map(({ id }) => id)
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
      {
        id: idle.id,
        name: idle.name,
        email: idle.email,
        createdAtMs: AT,
        disabledAtMs: null,
        sessionCount: 0,
        lastStartedAtMs: null,
        riskScoreMax: null,
        riskScoreMean: null,
        trustScoreMean: null,
        complianceScoreMean: null
      },
      {
        id: user.id,
        name: user.name,
        email: user.email,
        createdAtMs: AT,
        disabledAtMs: null,
        sessionCount: 6,
        lastStartedAtMs: AT + 5,
        riskScoreMax: 50,
        riskScoreMean: candidates[1]?.riskScoreMean,
        trustScoreMean: candidates[1]?.trustScoreMean,
        complianceScoreMean: 90
      }
    ])
    t.ok(Math.abs((candidates[1]?.riskScoreMean ?? 0) - 79.8 / 6) < 1e-9)
    t.same((await db.statistics.candidates({ search: mark, before: idle.id, limit: 1 })).map(({ id }) => id), [user.id])
    t.same(await db.statistics.candidates({ search: 'no such name', limit: 1 }), [])
  })

  await t.test('hours are counted once, and again when something of them comes late or goes', async t => {
    const db = await open(t)
    const [user, other] = [await db.users.create(newUser()), await db.users.create(newUser())]
    const fromMs = Date.UTC(2002, 5, 1)
    const nowMs = fromMs + 50 * HOUR
    const { session } = await db.sessions.open({ userId: user.id, atMs: fromMs + 5 * HOUR + 1 })
    const event = (atMs: number, kind: string, phase = 'start') =>
      newEvent(session.id, user.id, { id: idAt(atMs), kind, phase })
    await db.events.append([
      event(fromMs + 5 * HOUR, 'phone'),
      event(fromMs + 6 * HOUR - 1, 'phone'),
      event(fromMs + 5 * HOUR + 2, 'phone', 'end'),
      event(fromMs + 30 * HOUR, 'paste', 'instant'),
      event(fromMs + 49 * HOUR, 'copy')
    ])
    const expected = [
      { atMs: fromMs + 5 * HOUR, sessions: 1, events: { phone: 2 } },
      { atMs: fromMs + 30 * HOUR, sessions: 0, events: { paste: 1 } },
      { atMs: fromMs + 49 * HOUR, sessions: 0, events: { copy: 1 } }
    ]
    const hours = () => db.statistics.hours(fromMs, nowMs, nowMs)
    for (let round = 0; round < 3; round++) t.same(await hours(), expected)
    t.same(await Promise.all([hours(), hours()]), [expected, expected])
    t.same(
      await db.statistics.hours(fromMs + 5.5 * HOUR, fromMs + 30 * HOUR, nowMs),
      [expected[0]],
      'whole hours from the first one touched'
    )
    await db.events.append([event(fromMs + 5 * HOUR + 3, 'paste')])
    await db.sessions.open({ userId: other.id, atMs: fromMs + 7 * HOUR })
    t.same(await hours(), [
      { ...expected[0], events: { paste: 1, phone: 2 } },
      { atMs: fromMs + 7 * HOUR, sessions: 1, events: {} },
      expected[1],
      expected[2]
    ])
    await db.events.deleteBySession(session.id)
    t.same(await hours(), [{ ...expected[0], events: {} }, { atMs: fromMs + 7 * HOUR, sessions: 1, events: {} }])
    t.same(await db.statistics.hours(nowMs, nowMs, nowMs), [])
    const yearMs = 366 * 24 * HOUR
    for (const atMs of [nowMs - yearMs - 1, nowMs - yearMs]) {
      await db.sessions.open({ userId: (await db.users.create(newUser())).id, atMs })
    }
    t.same(
      (await db.statistics.hours(0, nowMs, nowMs))[0],
      { atMs: nowMs - yearMs, sessions: 1, events: {} },
      'a year at most'
    )
  })

  await t.test('each question has its share of the points, and tells good candidates from others', async t => {
    const db = await open(t)
    const exam = await newExam(db)
    const [a, b] = [newId(), newId()]
    t.same(await db.statistics.ofQuestions(exam.id), [])
    const none = Array.from({ length: 10 }, () => 0)
    t.same(await db.statistics.shares(exam.id), { attempts: 0, tenths: none, median: null })
    // The last two are not completely graded: they count for the shares of their questions only.
    const given = [[2, 6], [2, 5], [0, 3], [0, 2], [0, 1], [1, null], [null, 3]] as const
    for (const [first, second] of given) {
      const user = await db.users.create(newUser())
      const started = await begin(db, exam.id, user.id)
      if (started.outcome !== 'created') throw new Error(started.outcome)
      const { id } = started.attempt
      await db.attempts.submit(id, 'candidate', AT + 1)
      await db.grades.setAuto(
        id,
        [{ questionId: a, points: first, pointsMax: 2 }, { questionId: b, points: second, pointsMax: 6 }],
        AT + 2
      )
    }
    await begin(db, exam.id, (await db.users.create(newUser())).id)
    const figures = new Map((await db.statistics.ofQuestions(exam.id)).map(row => [row.questionId, row]))
    const near = (is: number | null | undefined, to: number) => t.ok(Math.abs((is ?? NaN) - to) < 1e-9, `${is} is ${to}`)
    t.equal(figures.size, 2)
    t.equal(figures.get(a)?.graded, 6)
    near(figures.get(a)?.meanShare, 2.5 / 6)
    near(figures.get(b)?.meanShare, 20 / 36)
    // By hand: deviations 1.2 1.2 -.8 -.8 -.8 and 2.6 1.6 -.4 -1.4 -2.4.
    near(figures.get(a)?.discrimination, 8.4 / Math.sqrt(4.8 * 17.2))
    near(figures.get(b)?.discrimination, 8.4 / Math.sqrt(4.8 * 17.2))
    const { attempts, tenths, median } = await db.statistics.shares(exam.id)
    t.equal(attempts, 5)
    t.same(tenths, [0, 1, 1, 1, 0, 0, 0, 0, 1, 1], 'of 8: 1, 2, 3, 7 and 8 points')
    near(median, 3 / 8)
  })
}
