import type { Test } from 'tap'
import { cursorAt, newId, type NewMessage } from '../../db/index.ts'
import { AT, newEvent, newUser, openSession, TEXT, type Open } from './rows.ts'

/** Every query of threads, requests and acknowledgements. */
export async function conformThreads (t: Test, open: Open): Promise<void> {
  const toCandidate = (sessionId: string, authorId: string, more: Partial<NewMessage> = {}): NewMessage =>
    ({ sessionId, authorId, direction: 'to_candidate', kind: 'message', text: TEXT.slice(0, 30), atMs: AT, ...more })

  await t.test('a message is stored once for an author, a session and a client id', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const staff = await db.users.create(newUser({ role: 'teacher', name: 'Ms Rahman' }))
    const first = toCandidate(session.id, staff.id, { clientId: 'c1', canned: 'look', text: TEXT })
    const added = await Promise.all(Array.from({ length: 5 }, async () => await db.messages.add(first)))
    t.equal(added.filter(({ isNew }) => isNew).length, 1, 'of five at once')
    t.equal(new Set(added.map(({ message }) => message.id)).size, 1)
    t.same(added[0]!.message, {
      id: added[0]!.message.id,
      sessionId: session.id,
      authorId: staff.id,
      authorName: 'Ms Rahman',
      direction: 'to_candidate',
      kind: 'message',
      canned: 'look',
      text: TEXT,
      clientId: 'c1',
      createdAtMs: AT,
      deliveredAtMs: null,
      seenAtMs: null
    })
    t.equal((await db.messages.known(staff.id, 'c1', session.id))?.id, added[0]!.message.id)
    t.equal(await db.messages.known(user.id, 'c1', session.id), undefined, 'another author')
    const own = { ...first, authorId: user.id, direction: 'from_candidate' as const, kind: 'question' as const }
    t.equal((await db.messages.add(own)).isNew, true)
    const { clientId: _, ...withoutId } = first
    t.same([(await db.messages.add(withoutId)).isNew, (await db.messages.add(withoutId)).isNew], [true, true])
    const all = await db.messages.list(session.id, { limit: 10 })
    t.equal(all.length, 4)
    t.same(all.map(({ id }) => id), all.map(({ id }) => id).sort())
    t.same(await db.messages.list(session.id, { after: all[1]!.id, limit: 1 }), [all[2]])
    t.same(await db.messages.counts(session.id, Date.now() - 60_000), { recent: 1, total: 1 }, 'of the candidate')
    t.same(await db.messages.counts(session.id, Date.now() + 60_000), { recent: 0, total: 1 })
    t.equal((await db.messages.last(session.id, 'question'))?.authorId, user.id)
    t.equal(await db.messages.last(session.id, 'warning'), undefined)
    t.same((await db.messages.listAfter({ after: all[2]!.id, limit: 500 })).find(row => row.id === all[3]!.id), all[3])
    await t.rejects(db.messages.add(toCandidate(newId(), staff.id)), { code: 'missing' })

    await db.users.delete(staff.id)
    t.match((await db.messages.list(session.id, { limit: 1 }))[0], { authorId: staff.id, authorName: null })
    await db.users.delete(user.id)
    t.same(await db.messages.list(session.id, { limit: 10 }), [], 'a thread goes with its session')
  })

  await t.test('messages are confirmed once, by the side that reads them', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const { session: other } = await openSession(db)
    const staff = await db.users.create(newUser({ role: 'teacher' }))
    const [one, two, three] = await db.messages.addAll([
      toCandidate(session.id, staff.id),
      toCandidate(session.id, staff.id, { kind: 'warning' }),
      toCandidate(session.id, user.id, { direction: 'from_candidate', kind: 'question' })
    ])
    t.same((await db.messages.undelivered(session.id, 10)).map(({ id }) => id), [one!.id, two!.id])
    t.same((await db.messages.unseen([other.id, session.id], 10)).map(({ id }) => id), [three!.id])
    t.same(await db.messages.unseen([], 10), [])
    const ids = [one!.id, two!.id, three!.id]
    t.same(await db.messages.confirm(other.id, ids, 'to_candidate', 'seen', AT + 5), [], 'of another session')
    t.same(
      (await db.messages.confirm(session.id, [one!.id, three!.id], 'to_candidate', 'received', AT + 5))
        .map(({ id, deliveredAtMs, seenAtMs }) => [id, deliveredAtMs, seenAtMs]),
      [[one!.id, AT + 5, null]]
    )
    t.same(
      (await db.messages.confirm(session.id, ids, 'to_candidate', 'seen', AT + 9))
        .map(({ id, deliveredAtMs, seenAtMs }) => [id, deliveredAtMs, seenAtMs]),
      [[one!.id, AT + 5, AT + 9], [two!.id, AT + 9, AT + 9]],
      'what was seen was received'
    )
    t.same(await db.messages.confirm(session.id, ids, 'to_candidate', 'seen', AT + 20), [])
    t.same(await db.messages.undelivered(session.id, 10), [])
    t.match(await db.messages.confirm(session.id, ids, 'from_candidate', 'seen', AT + 20), [{ id: three!.id }])
    t.same(await db.messages.unseen([session.id], 10), [])
  })

  await t.test('a broadcast is stored in all threads or in none, and is found by its key', async t => {
    const db = await open(t)
    const staff = await db.users.create(newUser({ role: 'teacher' }))
    const examId = newId()
    const sessions = await Promise.all(Array.from({ length: 120 }, async () => {
      const user = await db.users.create(newUser())
      return (await db.sessions.open({ userId: user.id, examId, atMs: AT })).session
    }))
    const rows = sessions.map(({ id }) => toCandidate(id, staff.id, { kind: 'broadcast', clientId: 'key' }))
    await db.messages.add(rows[119]!)
    await t.rejects(db.messages.addAll(rows), { code: 'unique' })
    t.equal((await db.messages.byClientId(staff.id, 'key', examId)).length, 1, 'none of the refused ones')
    t.equal((await db.messages.addAll(rows.slice(0, 119))).length, 119)
    t.equal((await db.messages.byClientId(staff.id, 'key', examId)).length, 120)
    t.same(await db.messages.byClientId(staff.id, 'key', newId()), [])
    t.same(await db.messages.addAll([]), [])
  })

  await t.test('a hand and a break request belong to an open session, and change once', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const { id } = session
    t.match(await db.sessions.byId(id), { handRaisedAtMs: null, breakAskedAtMs: null })
    t.equal(await db.sessions.setHand(id, null), false)
    t.equal(await db.sessions.setHand(id, AT + 1), true)
    t.equal(await db.sessions.setHand(id, AT + 2), false, 'it is raised since the first time')
    t.match((await db.sessions.list({ userId: user.id, limit: 1 }))[0], { handRaisedAtMs: AT + 1 })
    t.equal(await db.sessions.setHand(id, null), true)
    const request = {
      sessionId: id, authorId: user.id, direction: 'from_candidate', kind: 'break_request', text: '', atMs: AT
    } as const
    const asked = await Promise.all(
      [AT + 3, AT + 3].map(async at => await db.messages.setBreakRequest(id, at, request))
    )
    t.equal(asked.filter(done => done !== false).length, 1, 'of two at once')
    t.equal((await db.messages.list(id, { limit: 10 })).length, 1, 'with one message')
    t.match(await db.sessions.byId(id), { breakAskedAtMs: AT + 3 })
    t.equal(await db.messages.setBreakRequest(id, null), true)
    t.equal(await db.messages.setBreakRequest(id, null), false)
    await db.sessions.transition(id, ['active'], 'stopped', AT + 9, user.id)
    t.equal(await db.sessions.setHand(id, AT + 10), false)
    t.equal(await db.messages.setBreakRequest(id, AT + 10, request), false)
  })

  await t.test('an incident has one acknowledgement, the last one', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const { session: other } = await openSession(db)
    const staff = await db.users.create(newUser({ role: 'teacher', name: 'Ms Rahman' }))
    const [start, end] = [newEvent(session.id, user.id), newEvent(session.id, user.id, { phase: 'end' })]
    await db.events.append([start, end])
    const about = {
      eventId: start.id, sessionId: session.id, state: 'seen', note: null, by: staff.id, atMs: AT
    } as const
    t.equal(await db.acknowledgements.set({ ...about, eventId: newId() }), false)
    t.equal(await db.acknowledgements.set({ ...about, eventId: end.id }), false, 'an end is no incident')
    t.equal(await db.acknowledgements.set({ ...about, sessionId: other.id }), false)
    t.equal(await db.acknowledgements.set(about), true)
    t.equal(await db.acknowledgements.set({ ...about, state: 'flagged', note: TEXT, atMs: AT + 7 }), true)
    const stored = { ...about, state: 'flagged', note: TEXT, atMs: AT + 7, byName: 'Ms Rahman' }
    t.same(await db.acknowledgements.list([other.id, session.id], { limit: 10 }), [stored])
    t.same(await db.acknowledgements.list([session.id], { after: start.id, limit: 10 }), [])
    t.same(await db.acknowledgements.list([], { limit: 10 }), [])
    t.same(await db.acknowledgements.list([session.id], { after: cursorAt(AT), limit: 1 }), [stored])
    await db.events.deleteBySession(session.id)
    t.same(await db.acknowledgements.list([session.id], { limit: 10 }), [], 'it goes with its event')
  })
}
