import type { FastifyBaseLogger } from 'fastify'
import type { Database, SessionWithUser } from '../../db/index.ts'
import type { RiskLevel } from '../../detection/events/score.ts'
import type { Cluster, Outcome } from '../cluster/cluster.ts'
import { policyOf, type SessionPolicy } from '../exams/policy.ts'
import type { HandedOver } from './command.ts'
import type { EventWriter } from './event-writer.ts'
import type { SessionRecord } from './record.ts'
import { LiveSession, type SessionDeps } from './session.ts'

export interface RegistryOptions {
  readonly db: Database
  readonly cluster: Cluster
  readonly record: SessionRecord
  readonly writer: Pick<EventWriter, 'flush'>
  readonly deps: SessionDeps
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>
  /** Hears of a risk that has reached a higher level. */
  readonly answerRisk: (session: LiveSession, level: Exclude<RiskLevel, 'Low'>, judged: SessionPolicy) => void
}

/** The sessions that this gateway has in memory. To have one is to own it: of several gateways one has it. */
export interface Registry {
  readonly sessions: Iterable<LiveSession>
  readonly size: number
  get (sessionId: string): LiveSession | undefined
  /**
   * The open session, from memory, from the gateway that has it, or from the database. `sinceMs` is the moment of the
   * candidate's connection, 0 where it is for staff. Undefined: there is none that is open. Rejects when the database is away.
   */
  open (sessionId: string, sinceMs: number): Promise<LiveSession | undefined>
  /** Forgets a session that is over. */
  remove (session: LiveSession): void
  /** Gives a session up to another gateway, with its events stored; null: it is not here. */
  release (sessionId: string): Promise<HandedOver | null>
  /** Forgets a session that another gateway has taken. */
  drop (sessionId: string): void
  /** Says to the other gateways what is still here, and drops what no longer is. */
  renew (): Promise<void>
  /** Gives up everything, for whoever comes next. */
  clear (): Promise<void>
}

export function createRegistry ({ db, cluster, record, writer, deps, log, answerRisk }: RegistryOptions): Registry {
  const { owners, counters } = cluster
  const sessions = new Map<string, LiveSession>()
  const loading = new Map<string, Promise<LiveSession | undefined>>()

  async function load (sessionId: string, sinceMs: number): Promise<LiveSession | undefined> {
    // Looked at first: what cannot be read here is not taken from anybody.
    const found = await db.sessions.byId(sessionId)
    if (!isOpen(found)) return undefined
    const taken = await acquire(sessionId, sinceMs)
    const row = taken.isFree ? found : await db.sessions.byId(sessionId)
    if (!isOpen(row)) {
      await owners.release([sessionId]).catch(() => {})
      return undefined
    }
    const [pauses, rows, judged] = await Promise.all([db.sessions.pauses(sessionId), record.events(sessionId), policyOf(db, row)])
    const own = judged === undefined ? deps : { ...deps, policy: judged.policy, onRisk: (session: LiveSession, level: Exclude<RiskLevel, 'Low'>) => answerRisk(session, level, judged) }
    const { isFree: _, ...start } = taken
    const session = new LiveSession({ ...row, ...start, ownerId: judged?.ownerId ?? null, name: row.userName, pauses, rows }, own)
    sessions.set(sessionId, session)
    session.publishReport()
    return session
  }

  /** Makes the session ours. One that another gateway has is asked for, and taken where nobody answers: no candidate waits for a dead machine. */
  async function acquire (sessionId: string, sinceMs: number): Promise<{ readonly isFree: boolean, readonly handedOver?: HandedOver, readonly isSeized?: true }> {
    const holder = await owners.take({ sessionId, sinceMs }, false)
    if (holder.is !== 'other') return { isFree: true }
    const outcome = await cluster.ask(holder.gatewayId, { kind: 'release', sessionId }).catch((error): Outcome => {
      log.warn({ err: error, sessionId }, 'session not handed over, taking it')
      return { is: 'late' }
    })
    await owners.take({ sessionId, sinceMs }, true)
    if (outcome.is === 'answer') return outcome.value === null ? { isFree: false } : { isFree: false, handedOver: outcome.value as HandedOver }
    counters.sessions.seized++
    return { isFree: false, isSeized: true }
  }

  async function close (session: LiveSession): Promise<void> {
    await session.close().catch(error => log.error({ err: error, sessionId: session.id }, 'session not closed'))
  }

  function drop (sessionId: string): void {
    const session = sessions.get(sessionId)
    if (session === undefined) return
    sessions.delete(sessionId)
    session.leave()
    counters.sessions.lost++
    close(session).catch(() => {})
  }

  return {
    sessions: { [Symbol.iterator]: () => sessions.values() },
    get size () { return sessions.size },
    get: sessionId => sessions.get(sessionId),
    async open (sessionId, sinceMs) {
      const known = sessions.get(sessionId)
      if (known !== undefined) return known
      const underway = loading.get(sessionId)
      if (underway !== undefined) return await underway
      const opening = load(sessionId, sinceMs).finally(() => { loading.delete(sessionId) })
      loading.set(sessionId, opening)
      return await opening
    },
    remove (session) {
      sessions.delete(session.id)
      // Not waited for: a frame that is still away changes nothing any more.
      close(session).catch(() => {})
      if (cluster.isUp) owners.release([session.id]).catch(() => {})
    },
    async release (sessionId) {
      await loading.get(sessionId)
      const session = sessions.get(sessionId)
      if (session === undefined) return null
      // Asked so late that it was taken meanwhile.
      if ((await owners.find(sessionId)).is === 'other') {
        drop(sessionId)
        return null
      }
      sessions.delete(sessionId)
      const handedOver = session.leave()
      counters.sessions.handedOver++
      await Promise.all([writer.flush(), session.save().catch(error => log.warn({ err: error, sessionId }, 'last scores not saved'))])
      close(session).catch(() => {})
      return handedOver
    },
    drop,
    async renew () {
      if (!cluster.isUp) return
      const held = [...sessions.values()].map(({ id, onlineSinceMs }) => ({ sessionId: id, sinceMs: onlineSinceMs }))
      for (const sessionId of await owners.renew(held)) drop(sessionId)
    },
    async clear () {
      const ids = [...sessions.keys()]
      sessions.clear()
      if (cluster.isUp) await owners.release(ids).catch(() => {})
    }
  }
}

function isOpen (row: SessionWithUser | undefined): row is SessionWithUser {
  return row?.state === 'active' || row?.state === 'paused'
}
