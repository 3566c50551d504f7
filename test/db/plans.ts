import type { Test } from 'tap'
import { createAudit } from '../../db/audit.ts'
import type { Dialect, Queries } from '../../db/dialect.ts'
import { createEvents } from '../../db/events.ts'
import { newId } from '../../db/index.ts'
import { createRefreshTokens } from '../../db/refresh-tokens.ts'
import { createSessions } from '../../db/sessions.ts'
import { createUsers } from '../../db/users.ts'
import { AT, newEvent, newUser } from './conformance.ts'

export interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** How an engine runs each table of a statement: the index used, or null where it reads the table unordered. */
export type Explain = (statement: Statement) => Promise<ReadonlyArray<{ readonly table: string, readonly index: string | null }>>

/**
 * Runs the lists against some thousands of rows and asks the engine how. `statements` receives what `queries` sends, by
 * drizzle's logger.
 */
export async function testPlans (t: Test, dialect: Dialect, queries: Queries, statements: Statement[], explain: Explain, analyze: () => Promise<void>): Promise<void> {
  const users = createUsers(dialect)
  const sessions = createSessions(dialect)
  const events = createEvents(dialect)
  const examIds = [newId(), newId(), newId(), newId()]
  const userIds: string[] = []
  const sessionIds: string[] = []
  const eventIds: string[] = []
  for (let index = 0; index < 200; index++) {
    const { id } = await users.create(newUser({ role: index % 50 === 0 ? 'admin' : 'student' }))
    userIds.push(id)
    const { session } = await sessions.open({ userId: id, examId: examIds[index % 4]!, atMs: AT })
    sessionIds.push(session.id)
    if (index % 10 !== 0) await sessions.transition(session.id, ['active'], 'stopped', AT, 'system')
  }
  for (let group = 0; group < 40; group++) {
    const rows = Array.from({ length: 100 }, (_, index) => newEvent(sessionIds[(group * 7 + index) % 200]!, userIds[0]!, { detail: {} }))
    eventIds.push(...rows.map(({ id }) => id))
    await events.append(rows)
  }
  const audit = createAudit(dialect)
  for (let index = 0; index < 200; index++) await audit.append({ actorId: userIds[index % 30]!, action: 'test', targetType: 'session', targetId: sessionIds[index]!, atMs: AT })
  const tokens = createRefreshTokens(dialect)
  for (const userId of userIds) await tokens.create({ userId, tokenHash: newId(), expiresAtMs: AT })
  await analyze()

  const watched: Dialect = { ...dialect, read: query => query(queries) }
  const late = eventIds[3900]!
  const id = sessionIds[100]!
  const userId = userIds[100]!
  const reads: Record<string, () => Promise<unknown>> = {
    'users.byEmail': () => createUsers(watched).byEmail('a@example.com'),
    'users.list': () => createUsers(watched).list({ before: userId, limit: 20 }),
    'users.list by role': () => createUsers(watched).list({ role: 'admin', limit: 20 }),
    'users.list by search': () => createUsers(watched).list({ search: 'a', limit: 20 }),
    'refreshTokens.byHash': () => createRefreshTokens(watched).byHash('hash'),
    'sessions.byId': () => createSessions(watched).byId(id),
    'sessions.openByUser': () => createSessions(watched).openByUser(userId),
    'sessions.lastByUser': () => createSessions(watched).lastByUser(userId),
    'sessions.list': () => createSessions(watched).list({ limit: 20 }),
    'sessions.list by state': () => createSessions(watched).list({ state: 'active', limit: 20 }),
    'sessions.list open': () => createSessions(watched).list({ state: 'open', limit: 20 }),
    'sessions.list by user': () => createSessions(watched).list({ userId, limit: 20 }),
    'sessions.list by exam': () => createSessions(watched).list({ examId: examIds[1]!, limit: 20 }),
    'sessions.pauses': () => createSessions(watched).pauses(id),
    'events.listBySession': () => createEvents(watched).listBySession(id, { after: late, limit: 100 }),
    'events.listBySession by kind': () => createEvents(watched).listBySession(id, { kind: 'phone', limit: 100 }),
    'events.listAfter': () => createEvents(watched).listAfter({ after: late, limit: 100 }),
    'events.listAfter of sessions': () => createEvents(watched).listAfter({ after: late, sessionIds: sessionIds.slice(0, 3), limit: 100 }),
    'events.countsByKind': () => createEvents(watched).countsByKind(id),
    'audit.list': () => createAudit(watched).list({ limit: 20 }),
    'audit.list by actor': () => createAudit(watched).list({ actorId: userIds[3]!, limit: 20 }),
    'audit.list by target': () => createAudit(watched).list({ targetType: 'session', targetId: id, limit: 20 })
  }
  for (const [name, read] of Object.entries(reads)) {
    statements.length = 0
    await read()
    t.equal(statements.length, 1, `${name} is one statement`)
    const plan = await explain(statements[0]!)
    t.ok(plan.length > 0 && plan.every(({ index }) => index !== null), `${name} uses an index: ${plan.map(({ table, index }) => `${table} ${index}`).join(', ')}`)
  }
}
