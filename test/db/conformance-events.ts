import type { Test } from 'tap'
import { newId, type EventRow } from '../../db/index.ts'
import { AT, idAt, newEvent, newExam, newUser, openSession, TEXT, type Open } from './rows.ts'

/** Every query of events. */
export async function conformEvents (t: Test, open: Open): Promise<void> {
  await t.test('events come back as they went in, by cursor', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const another = await openSession(db)
    const rows = Array.from({ length: 100 }, (_, index) => newEvent(session.id, user.id, {
      incident: index,
      kind: index % 3 === 0 ? 'phone' : 'looking_away',
      phase: index % 2 === 0 ? 'start' : 'end',
      durationMs: index === 99 ? 2 ** 52 : null,
      atMs: AT + index
    }))
    t.same(await db.events.append(rows), { stored: 100, missingSessionIds: [] })
    const elsewhere = newEvent(another.session.id, another.user.id, { detail: { text: 'x'.repeat(200_000) + TEXT } })
    await db.events.append([elsewhere])
    t.same(await db.events.append([]), { stored: 0, missingSessionIds: [] })
    await t.rejects(db.events.append([...rows, elsewhere]), { code: 'unknown', engineCode: 'TOO_MANY_ROWS' })

    t.same(await db.events.listBySession(session.id, { limit: 1000 }), rows)
    t.same(await db.events.listBySession(session.id, { after: rows[41]!.id, limit: 5 }), rows.slice(42, 47))
    t.same(
      await db.events.listBySession(session.id, { kind: 'phone', limit: 1000 }),
      rows.filter(({ kind }) => kind === 'phone')
    )
    t.same(await db.events.listAfter({ after: rows[97]!.id, limit: 10 }), [rows[98], rows[99], elsewhere])
    t.same(await db.events.listAfter({ after: rows[97]!.id, sessionIds: [another.session.id], limit: 10 }), [elsewhere])
    t.same(
      await db.events.listAfter({ after: rows[97]!.id, sessionIds: [another.session.id, session.id], limit: 2 }),
      rows.slice(98)
    )
    t.same(await db.events.listAfter({ sessionIds: [], limit: 10 }), [])
    t.same(await db.events.countsByKind(session.id), { looking_away: 33, phone: 17 })
    t.equal(await db.events.deleteBySession(session.id), 100)
    t.equal(await db.events.deleteBySession(session.id), 0)
    t.same(await db.events.countsByKind(session.id), {})
    t.same(await db.events.listBySession(another.session.id, { limit: 10 }), [elsewhere])
  })

  await t.test('an erased session or a repeated group does not sink the others\' events', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const erased = await openSession(db)
    await db.users.delete(erased.user.id)
    const [first, second, third] = [
      newEvent(session.id, user.id),
      newEvent(session.id, user.id),
      newEvent(session.id, user.id)
    ]
    t.same(await db.events.append([first, newEvent(erased.session.id, erased.user.id), second]), {
      stored: 2,
      missingSessionIds: [erased.session.id]
    })
    t.same(await db.events.append([first, second, third]), { stored: 3, missingSessionIds: [] })
    t.same(await db.events.listBySession(session.id, { limit: 10 }), [first, second, third])
  })

  await t.test('events are listed newest first by user, kind and time', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const fromMs = Date.UTC(2001, 0, 1)
    const rows = Array.from({ length: 6 }, (_, index) =>
      newEvent(session.id, user.id, { id: idAt(fromMs + index), kind: index % 2 === 0 ? 'phone' : 'paste' })
    )
    await db.events.append(rows)
    const newest = rows.toReversed()
    t.same(await db.events.list({ userId: user.id, limit: 10 }), newest)
    t.same(
      await db.events.list({ sessionId: session.id, kind: 'paste', limit: 10 }),
      newest.filter(({ kind }) => kind === 'paste')
    )
    t.same(
      await db.events.list({ userId: user.id, fromMs: fromMs + 1, toMs: fromMs + 4, limit: 10 }),
      newest.slice(2, 5)
    )
    t.same(await db.events.list({ kind: 'phone', fromMs, toMs: fromMs + 100, before: rows[4]!.id, limit: 10 }), [
      rows[2],
      rows[0]
    ])
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
    const listAll = async () => {
      t.same(await list({ overseerId: teacher }), [made[2], made[0]])
      t.same(await list({ overseerId: teacher, kind: 'devtools' }), [made[2], made[0]])
      t.same(await list({ overseerId: colleague, sessionId: made[0]!.sessionId }), [])
      t.same(await list({ overseerId: colleague, userId: made[1]!.userId }), [made[1]])
    }
    await listAll()
    for (let index = 0; index < 210; index++) {
      const { session } = await db.sessions.open({ userId: made[0]!.userId, examId: mine.id, atMs: AT })
      await db.sessions.transition(session.id, ['active'], 'stopped', AT, 'system')
    }
    await listAll()
  })
}
