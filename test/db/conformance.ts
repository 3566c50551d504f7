import { inspect } from 'node:util'
import type { Test } from 'tap'
import { cursorAt, newId, openDatabase, timeOfId, DatabaseError, type Database, type EventRow, type NewUser } from '../../db/index.ts'

/** 02:30 does not exist on this day in New York, where the tests' process lives: local time anywhere would show. */
export const AT = Date.UTC(2026, 2, 8, 2, 30, 0, 789)

const TEXT = 'আমার সোনার বাংলা 😀👩‍👩‍👧 é ß \\ \' " % _ ! \u0001 </script>'

let made = 0

/** A user with an address of its own. */
export function newUser (more: Partial<NewUser> = {}): NewUser {
  return { email: `user-${++made}-${process.pid}@example.com`, name: 'Ada', role: 'student', createdAtMs: AT, ...more }
}

/** An event of the session. */
export function newEvent (sessionId: string, userId: string, more: Partial<EventRow> = {}): EventRow {
  return {
    id: newId(),
    sessionId,
    userId,
    kind: 'phone',
    phase: 'start',
    incident: 1,
    atMs: AT,
    durationMs: null,
    class: 'integrity',
    severity: 'high',
    weight: 1.25,
    detail: { score: 0.123456789012345, labels: ['cell phone', TEXT], none: null, nested: { deep: [1, 2, { a: true }] } },
    createdAtMs: AT + 1,
    ...more
  }
}

/** Runs every query function on the database at `url`, which must behave the same on every engine. */
export async function conform (t: Test, url: () => string): Promise<void> {
  const open = async (t: Test) => {
    const db = await openDatabase({ url: url() })
    t.teardown(() => db.close())
    return db
  }
  const openSession = async (db: Database) => {
    const user = await db.users.create(newUser())
    const { session } = await db.sessions.open({ userId: user.id, atMs: AT })
    return { user, session }
  }

  await t.test('ids rise and carry their time', async t => {
    const ids = Array.from({ length: 5000 }, newId)
    t.same(ids, [...ids].sort())
    t.ok(Math.abs(timeOfId(newId()) - Date.now()) < 1000)
    t.equal(timeOfId(cursorAt(AT)), AT)
    const nowMs = Date.now()
    const id = newId()
    t.ok(cursorAt(nowMs) < id && id < cursorAt(nowMs + 1000))
  })

  await t.test('a user comes back as it went in', async t => {
    const db = await open(t)
    const faceEmbedding = Uint8Array.from({ length: 4608 }, (_, index) => index % 256)
    const given = newUser({ email: ` Ünï.${process.pid}@Example.COM `, name: TEXT, role: 'teacher', locale: 'bn', passwordHash: '$argon2id$v=19$m=1', faceEmbedding, facePicture: 'faces/1.jpg' })
    const created = await db.users.create(given)
    const open_ = { id: created.id, email: `ünï.${process.pid}@example.com`, name: TEXT, role: 'teacher', locale: 'bn', hasFace: true, disabledAtMs: null, tokensValidAfterMs: 0, createdAtMs: AT }
    t.same(created, open_)
    t.same(await db.users.byId(created.id), open_)
    t.same(await db.users.byEmail(given.email), open_)
    const secrets = { ...open_, passwordHash: given.passwordHash, faceEmbedding, facePicture: 'faces/1.jpg' }
    t.same(await db.users.secretsById(created.id), secrets)
    t.same(await db.users.secretsByEmail(given.email), secrets)
    t.equal((await db.users.secretsById(created.id))?.faceEmbedding?.constructor, Uint8Array)
    t.equal(await db.users.byId('nobody'), undefined)
    t.equal(await db.users.byEmail('nobody@example.com'), undefined)
    t.equal(await db.users.byEmail(`uni.${process.pid}@example.com`), undefined, 'ü is not u')
    t.equal(await db.users.byId('কেউ না'), undefined)
  })

  await t.test('an address is taken once, and the error says so without it', async t => {
    const db = await open(t)
    const user = newUser({ passwordHash: 'secret-hash' })
    await db.users.create(user)
    const error = await db.users.create({ ...user, email: user.email.toUpperCase() }).catch((error: unknown) => error)
    t.type(error, DatabaseError)
    t.equal((error as DatabaseError).code, 'unique')
    for (const text of [String(error), inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), (error as Error).stack ?? '']) {
      t.notMatch(text, 'secret-hash')
      t.notMatch(text.toLowerCase(), user.email)
    }
    t.type((error as DatabaseError).driverError(), Error)
    const racers = await Promise.allSettled(Array.from({ length: 6 }, () => db.users.create({ ...user, email: `race-${user.email}` })))
    t.equal(racers.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  await t.test('setters change one user and say whether it exists, also when nothing changes', async t => {
    const db = await open(t)
    const { id } = await db.users.create(newUser({ faceEmbedding: new Uint8Array([1]) }))
    const other = await db.users.create(newUser())
    for (const userId of [id, id, newId()]) {
      const exists = userId === id
      t.equal(await db.users.setRole(userId, 'admin'), exists)
      t.equal(await db.users.setPassword(userId, 'hash'), exists)
      t.equal(await db.users.setFace(userId, { embedding: null }), exists)
      t.equal(await db.users.setDisabled(userId, AT + 1), exists)
      t.equal(await db.users.setTokensValidAfter(userId, AT + 2), exists)
      t.equal(await db.users.setProfile(userId, { name: 'Grace', locale: 'bn' }), exists)
      t.equal(await db.users.setProfile(userId, {}), exists)
    }
    t.match(await db.users.secretsById(id), { role: 'admin', passwordHash: 'hash', hasFace: false, faceEmbedding: null, disabledAtMs: AT + 1, tokensValidAfterMs: AT + 2, name: 'Grace', locale: 'bn' })
    t.same(await db.users.byId(other.id), other)
    await db.users.setDisabled(id, null)
    t.equal((await db.users.byId(id))?.disabledAtMs, null)
    t.equal(await db.users.delete(id), true)
    t.equal(await db.users.delete(id), false)
  })

  await t.test('users are listed newest first, by page, role and part of the name', async t => {
    const db = await open(t)
    const mark = newId()
    const before = await db.users.countByRole()
    const made = []
    for (let index = 0; index < 7; index++) made.push(await db.users.create(newUser({ name: `${index}_x% ${mark}`, role: index % 2 === 0 ? 'teacher' : 'student' })))
    const newestFirst = made.reverse()
    const all = await db.users.list({ search: mark.toUpperCase(), limit: 500 })
    t.same(all, newestFirst)
    const first = await db.users.list({ search: mark, limit: 3 })
    t.same([...first, ...await db.users.list({ search: mark, before: first[2]!.id, limit: 10 })], newestFirst)
    t.same(await db.users.list({ role: 'student', search: mark, limit: 10 }), newestFirst.filter(user => user.role === 'student'))
    t.same(await db.users.list({ search: `3_X% ${mark}`, limit: 10 }), newestFirst.filter(user => user.name.startsWith('3')))
    t.same(await db.users.list({ search: `3%${mark}`, limit: 10 }), [], 'a sign of the user is no wildcard')
    t.same((await db.users.list({ search: newestFirst[0]!.email, limit: 10 })).length, 1)
    t.equal((await db.users.list({ limit: -5 })).length, 1)
    const after = await db.users.countByRole()
    t.same([after.teacher - before.teacher, after.student - before.student], [4, 3])
    const enrolled = await db.users.create(newUser({ faceEmbedding: new Uint8Array([7, 8]) }))
    t.same((await db.users.listFaces({ after: newestFirst[0]!.id, limit: 5 })), [{ id: enrolled.id, faceEmbedding: new Uint8Array([7, 8]) }])
  })

  await t.test('of racing rotations one wins, the others void the family', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const hash = newId()
    const token = await db.refreshTokens.create({ userId: user.id, tokenHash: hash, expiresAtMs: AT + 1000 })
    t.same(await db.refreshTokens.byHash(hash), token)
    const rotations = await Promise.all(Array.from({ length: 6 }, (_, index) =>
      db.refreshTokens.rotate(hash, { tokenHash: `${hash}-${index}`, expiresAtMs: AT + 2000 }, AT + 10)))
    const won = rotations.filter(rotation => rotation.outcome === 'rotated')
    t.equal(won.length, 1)
    t.equal(rotations.filter(rotation => rotation.outcome === 'reused' && rotation.familyId === token.familyId).length, 5)
    const next = won[0]!.token
    t.match(next, { userId: user.id, familyId: token.familyId, expiresAtMs: AT + 2000, usedAtMs: null, revokedAtMs: null })
    t.same(await db.refreshTokens.byHash(next.tokenHash), { ...next, revokedAtMs: AT + 10 })
    t.same(await db.refreshTokens.rotate(next.tokenHash, { tokenHash: newId(), expiresAtMs: AT + 9 }, AT + 11), { outcome: 'invalid' })
  })

  await t.test('a rotation whose answer was lost is answered again, for a while and until a successor is used', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const first = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
    const rotate = (tokenHash: string, atMs: number) => db.refreshTokens.rotate(tokenHash, { tokenHash: newId(), expiresAtMs: AT + 2_000_000 }, atMs, 20_000)
    const hashOf = (rotation: Awaited<ReturnType<typeof rotate>>) => rotation.outcome === 'rotated' ? rotation.token.tokenHash : rotation.outcome

    const racing = (await Promise.all(Array.from({ length: 4 }, () => rotate(first.tokenHash, AT)))).map(hashOf)
    t.equal(new Set(racing).size, 4)
    for (const hash of racing) t.match(await db.refreshTokens.byHash(hash), { familyId: first.familyId, userId: user.id, expiresAtMs: AT + 2_000_000, usedAtMs: null, revokedAtMs: null })
    const again = hashOf(await rotate(first.tokenHash, AT + 19_999))
    t.match(await db.refreshTokens.byHash(again), { familyId: first.familyId, revokedAtMs: null })

    const third = hashOf(await rotate(again, AT + 30_000))
    t.match(await db.refreshTokens.byHash(racing[0]!), { usedAtMs: AT + 30_000, revokedAtMs: null }, 'overtaken')
    const other = hashOf(await rotate(racing[0]!, AT + 30_001))
    t.match(await db.refreshTokens.byHash(other), { usedAtMs: null, revokedAtMs: null }, 'another tab, at once')
    t.match(await rotate(first.tokenHash, AT + 30_002), { outcome: 'reused', familyId: first.familyId }, 'long used')
    for (const hash of [third, other]) t.same(await rotate(hash, AT + 30_003), { outcome: 'invalid' })

    const robbed = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
    await rotate(hashOf(await rotate(robbed.tokenHash, AT)), AT + 1)
    t.match(await rotate(robbed.tokenHash, AT + 2), { outcome: 'reused' }, 'its successor is used')

    const late = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
    t.match(await rotate(late.tokenHash, AT), { outcome: 'rotated' })
    t.match(await rotate(late.tokenHash, AT + 20_000), { outcome: 'reused' }, 'too late')

    const greedy = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
    for (let count = 0; count < 20; count++) t.match(await rotate(greedy.tokenHash, AT), { outcome: 'rotated' })
    t.match(await rotate(greedy.tokenHash, AT), { outcome: 'reused' }, 'too often')
  })

  await t.test('an unknown, expired or revoked refresh token is invalid', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const create = () => db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT })
    const rotate = (tokenHash: string, atMs: number) => db.refreshTokens.rotate(tokenHash, { tokenHash: newId(), expiresAtMs: AT + 5 }, atMs)
    const [expired, revoked, one, two] = [await create(), await create(), await create(), await create()]
    t.same(await rotate('unknown', 0), { outcome: 'invalid' })
    t.same(await rotate(expired.tokenHash, AT), { outcome: 'invalid' })
    t.equal(await db.refreshTokens.revokeFamily(revoked.familyId, AT - 1), true)
    t.equal(await db.refreshTokens.revokeFamily(revoked.familyId, AT - 1), false)
    t.same(await rotate(revoked.tokenHash, AT - 1), { outcome: 'invalid' })
    t.match(await rotate(one.tokenHash, AT - 1), { outcome: 'rotated' })
    t.equal(await db.refreshTokens.revokeAll(user.id, AT), 4, 'expired, one, its successor, two')
    t.same(await rotate(two.tokenHash, AT - 1), { outcome: 'invalid' })
    t.equal(await db.refreshTokens.deleteExpired(AT), 0)
    t.ok(await db.refreshTokens.deleteExpired(AT + 1) >= 4)
    t.equal(await db.refreshTokens.byHash(two.tokenHash), undefined)
    await t.rejects(db.refreshTokens.create({ userId: newId(), tokenHash: newId(), expiresAtMs: AT }), { code: 'missing' })
  })

  await t.test('of racing starts one makes the session, on several connections too', async t => {
    const db = await open(t)
    const other = await open(t)
    const user = await db.users.create(newUser())
    const starts = await Promise.all(Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? db : other).sessions.open({ userId: user.id, examId: 'exam', atMs: AT })))
    t.equal(starts.filter(({ created }) => created).length, 1)
    t.equal(new Set(starts.map(({ session }) => session.id)).size, 1)
    const session = starts[0]!.session
    t.match(session, { userId: user.id, examId: 'exam', state: 'active', startedAtMs: AT, endedAtMs: null, endReason: null, riskScore: 0, trustScore: 100, complianceScore: 100, eventCount: 0, updatedAtMs: AT })
    t.notOk('openFor' in session)
    t.same(await db.sessions.openByUser(user.id), { ...session, userName: user.name, userEmail: user.email })
    t.equal(await db.sessions.transition(session.id, ['active', 'paused'], 'stopped', AT + 5, user.id), true)
    t.equal(await db.sessions.openByUser(user.id), undefined)
    const again = await db.sessions.open({ userId: user.id, atMs: AT + 10 })
    t.equal(again.created, true)
    t.equal((await db.sessions.lastByUser(user.id))?.id, again.session.id)
    await t.rejects(db.sessions.open({ userId: newId(), atMs: AT }), { code: 'missing' })
  })

  await t.test('a session moves only from the states named, and its pauses follow', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const move = (from: Parameters<typeof db.sessions.transition>[1], to: Parameters<typeof db.sessions.transition>[2], ms: number) =>
      db.sessions.transition(session.id, from, to, AT + ms, 'proctor', 'because')
    t.equal(await move(['paused'], 'active', 1), false)
    t.same((await Promise.all([move(['active'], 'paused', 2), move(['active'], 'paused', 2), move(['active'], 'paused', 2)])).sort(), [false, false, true])
    t.equal((await db.sessions.open({ userId: user.id, atMs: AT })).created, false, 'paused is open')
    t.equal(await move(['paused'], 'active', 3), true)
    t.equal(await move(['active'], 'active', 3), false)
    t.equal(await move(['active'], 'paused', 4), true)
    t.equal(await move(['active', 'paused'], 'terminated', 5), true)
    t.equal(await move(['active', 'paused'], 'stopped', 6), false)
    t.equal(await db.sessions.transition(newId(), ['active'], 'paused', AT, 'proctor'), false)
    t.match(await db.sessions.byId(session.id), { state: 'terminated', endedAtMs: AT + 5, endReason: 'because', updatedAtMs: AT + 5 })
    const pauses = await db.sessions.pauses(session.id)
    t.same(pauses.map(({ id, ...rest }) => rest), [
      { sessionId: session.id, startedAtMs: AT + 2, endedAtMs: AT + 3, by: 'proctor' },
      { sessionId: session.id, startedAtMs: AT + 4, endedAtMs: AT + 5, by: 'proctor' }
    ])
  })

  await t.test('scores are kept to the last digit', async t => {
    const db = await open(t)
    const { session } = await openSession(db)
    const scores = { riskScore: 0.1 + 0.2, trustScore: 33.333333333333336, complianceScore: 99.9, eventCount: 2_000_000_000 }
    t.equal(await db.sessions.setScores(session.id, scores, AT + 9), true)
    t.equal(await db.sessions.setScores(session.id, scores, AT + 9), true)
    t.equal(await db.sessions.setScores(newId(), scores, AT + 9), false)
    t.match(await db.sessions.byId(session.id), { ...scores, updatedAtMs: AT + 9 })
  })

  await t.test('scores of many sessions that are set at once each reach their own', async t => {
    const db = await open(t)
    const sessions = await Promise.all(Array.from({ length: 60 }, async () => (await openSession(db)).session))
    const scoresOf = (index: number) => ({ riskScore: index, trustScore: 1, complianceScore: 1, eventCount: index })
    const answers = await Promise.all([
      ...sessions.map(async ({ id }, index) => await db.sessions.setScores(id, scoresOf(index), AT + index)),
      db.sessions.setScores(newId(), scoresOf(0), AT)
    ])
    t.same(answers, [...sessions.map(() => true), false])
    for (const [index, { id }] of sessions.entries()) t.match(await db.sessions.byId(id), { ...scoresOf(index), updatedAtMs: AT + index })
  })

  await t.test('sessions are listed newest first by page, state, user and exam', async t => {
    const db = await open(t)
    const examId = newId()
    const ids: string[] = []
    const before = await db.sessions.countByState()
    for (let index = 0; index < 6; index++) {
      const user = await db.users.create(newUser({ name: `Candidate ${index}` }))
      ids.unshift((await db.sessions.open({ userId: user.id, examId, atMs: AT + index })).session.id)
    }
    await db.sessions.transition(ids[0]!, ['active'], 'paused', AT, 'system')
    await db.sessions.transition(ids[1]!, ['active'], 'stopped', AT, 'system')
    await db.sessions.transition(ids[2]!, ['active'], 'terminated', AT, 'system')
    const list = async (filter: object) => (await db.sessions.list({ examId, limit: 50, ...filter })).map(({ id }) => id)
    t.same(await list({}), ids)
    t.same(await list({ limit: 2 }), ids.slice(0, 2))
    t.same(await list({ before: ids[1]!, limit: 2 }), ids.slice(2, 4))
    t.same(await list({ state: 'open' }), [ids[0], ...ids.slice(3)])
    t.same(await list({ state: 'stopped' }), [ids[1]])
    const [newest] = await db.sessions.list({ examId, limit: 1 })
    t.equal(newest?.userName, 'Candidate 5')
    t.same(await list({ userId: newest!.userId }), [ids[0]])
    const after = await db.sessions.countByState()
    t.same([after.active - before.active, after.paused - before.paused, after.stopped - before.stopped, after.terminated - before.terminated], [3, 1, 1, 1])
  })

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
    t.same(await db.events.listBySession(session.id, { kind: 'phone', limit: 1000 }), rows.filter(({ kind }) => kind === 'phone'))
    t.same(await db.events.listAfter({ after: rows[97]!.id, limit: 10 }), [rows[98], rows[99], elsewhere])
    t.same(await db.events.listAfter({ after: rows[97]!.id, sessionIds: [another.session.id], limit: 10 }), [elsewhere])
    t.same(await db.events.listAfter({ after: rows[97]!.id, sessionIds: [another.session.id, session.id], limit: 2 }), rows.slice(98))
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
    const gone = await openSession(db)
    await db.users.delete(gone.user.id)
    const [first, second, third] = [newEvent(session.id, user.id), newEvent(session.id, user.id), newEvent(session.id, user.id)]
    t.same(await db.events.append([first, newEvent(gone.session.id, gone.user.id), second]), { stored: 2, missingSessionIds: [gone.session.id] })
    t.same(await db.events.append([first, second, third]), { stored: 3, missingSessionIds: [] })
    t.same(await db.events.listBySession(session.id, { limit: 10 }), [first, second, third])
  })

  await t.test('deleting a user leaves only the audit entries', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const token = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT })
    await db.sessions.transition(session.id, ['active'], 'paused', AT, 'system')
    await db.events.append([newEvent(session.id, user.id)])
    await db.audit.append({ actorId: user.id, action: 'login', targetType: 'user', targetId: user.id, atMs: AT })
    t.equal(await db.users.delete(user.id), true)
    t.equal(await db.refreshTokens.byHash(token.tokenHash), undefined)
    t.equal(await db.sessions.byId(session.id), undefined)
    t.same(await db.sessions.pauses(session.id), [])
    t.same(await db.events.listBySession(session.id, { limit: 10 }), [])
    t.equal((await db.audit.list({ actorId: user.id, limit: 10 })).length, 1)
  })

  await t.test('the audit log lists newest first by actor and target', async t => {
    const db = await open(t)
    const [actorId, targetId] = [newId(), newId()]
    const one = await db.audit.append({ actorId, action: 'clear-logs', targetType: 'session', targetId, detail: { removed: 3, text: TEXT }, atMs: AT })
    const two = await db.audit.append({ actorId: null, action: 'retention', targetType: 'session', targetId, atMs: AT + 1 })
    t.same(one.detail, { removed: 3, text: TEXT })
    t.same(await db.audit.list({ targetType: 'session', targetId, limit: 10 }), [two, one])
    t.same(await db.audit.list({ targetType: 'session', targetId, before: two.id, limit: 10 }), [one])
    t.same(await db.audit.list({ actorId, limit: 10 }), [one])
    t.same((await db.audit.list({ limit: 1 })), [two])
  })

  await t.test('settings hold any JSON, and racers for a key agree', async t => {
    const db = await open(t)
    const key = newId()
    t.equal(await db.settings.get(key), undefined)
    for (const value of [TEXT, '"quoted"', '123', 42.5, 2 ** 53 - 1, true, null, [1, [2]], { b: 1, a: { c: TEXT } }]) {
      await db.settings.set(key, value)
      t.same(await db.settings.get(key), value)
    }
    t.equal(JSON.stringify(await db.settings.get(key)), JSON.stringify({ b: 1, a: { c: TEXT } }), 'in the order given')
    await db.settings.set(key, 'last')
    await db.settings.set(key, 'last')
    t.equal((await db.settings.all())[key], 'last')
    t.equal(await db.settings.delete(key), true)
    t.equal(await db.settings.delete(key), false)
    const agreed = await Promise.all(['a', 'b', 'c', 'd'].map(value => db.settings.setOnce(key, value)))
    t.equal(new Set(agreed).size, 1)
    t.equal(await db.settings.get(key), agreed[0])
  })

  await t.test('writes of many kinds at once all succeed', async t => {
    const db = await open(t)
    const other = await open(t)
    const sessions: Array<Awaited<ReturnType<typeof openSession>>> = []
    for (let index = 0; index < 8; index++) sessions.push(await openSession(db))
    await Promise.all(sessions.flatMap(({ session, user }, index) => [
      db.events.append(Array.from({ length: 20 }, () => newEvent(session.id, user.id))),
      other.events.append(sessions.map(all => newEvent(all.session.id, all.user.id))),
      db.sessions.transition(session.id, ['active'], 'paused', AT + 1, 'system'),
      other.sessions.setScores(session.id, { riskScore: index, trustScore: 1, complianceScore: 1, eventCount: 1 }, AT),
      db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT }),
      other.audit.append({ actorId: user.id, action: 'test', targetType: 'user', targetId: user.id, atMs: AT }),
      db.events.listBySession(session.id, { limit: 10 })
    ]))
    for (const { session } of sessions) t.equal((await db.events.listBySession(session.id, { limit: 100 })).length, 28)
  })

  await t.test('close lets what runs finish, and then says unavailable', async t => {
    const db = await openDatabase({ url: url() })
    const { session, user } = await openSession(db)
    const rows = Array.from({ length: 100 }, () => newEvent(session.id, user.id))
    const storing = Promise.all([db.events.append(rows.slice(0, 50)), db.events.append(rows.slice(50))])
    await db.close()
    t.same((await storing).map(({ stored }) => stored), [50, 50])
    const queries: Array<() => Promise<unknown>> = [
      () => db.ping(),
      () => db.users.byId(user.id),
      () => db.settings.set('a', 1),
      () => db.sessions.transition(session.id, ['active'], 'paused', AT, 'system')
    ]
    for (const query of queries) {
      await t.rejects(query(), { name: 'DatabaseError', code: 'unavailable' })
    }
    await db.close()
    const again = await open(t)
    t.equal((await again.events.listBySession(session.id, { limit: 1000 })).length, 100)
  })
}
