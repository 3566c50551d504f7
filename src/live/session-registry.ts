import type { FastifyBaseLogger } from 'fastify'
import { DatabaseError, type Database, type SessionWithUser } from '../../db/index.ts'
import type { RiskLevel } from '../../detection/events/score.ts'
import type { Cluster, Outcome } from '../cluster/cluster.ts'
import { policyOf, type SessionPolicy } from '../policy/exam-policy.ts'
import type { SessionHandover } from '../cluster/session-command.ts'
import type { SessionStore } from './session-store.ts'
import { LiveSession } from './session/live-session.ts'
import type { RiskySession, SessionDeps } from './session/session-deps.ts'

export interface SessionRegistryOptions {
  readonly db: Database
  readonly cluster: Cluster
  readonly store: SessionStore
  readonly deps: SessionDeps
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>
  /** Hears of a risk that has reached a higher level. */
  readonly applyRiskAction: (session: RiskySession, level: Exclude<RiskLevel, 'Low'>, judged: SessionPolicy) => void
}

/**
 * The sessions that this gateway has in memory. To have one is to own it: the epoch in its row says under which number,
 * and the database refuses what a former owner writes. Redis only says whom to ask for it first.
 */
export interface SessionRegistry {
  readonly sessions: Iterable<LiveSession>
  readonly size: number
  get (sessionId: string): LiveSession | undefined
  /**
   * The open session, from memory, from the gateway that has it, or from the database. Undefined: there is none that is
   * open. With `isSeizing` no other gateway is asked: it did not answer before. Rejects when the database is away.
   */
  open (sessionId: string, isSeizing?: boolean): Promise<LiveSession | undefined>
  /** Forgets a session that is over. */
  remove (session: LiveSession): void
  /** Gives a session up to another gateway, with its events stored; null: it is not here under that number. */
  release (sessionId: string, epoch: number): Promise<SessionHandover | null>
  /** Forgets a session that another gateway has taken; its page is to connect again. */
  lose (session: LiveSession): void
  /** Says to the other gateways what is still here, and drops what no longer is. */
  renew (): Promise<void>
  /** Gives up everything, for whoever comes next. */
  clear (): Promise<void>
}

/** Several gateways that want one session at once take it from each other; so often one tries again. */
const TRIES_MAX = 3
/** How long the rows of a session that moves may take to be committed. */
const HANDOVER_MS = 1_500

export function createSessionRegistry ({
  db,
  cluster,
  store,
  deps,
  log,
  applyRiskAction
}: SessionRegistryOptions): SessionRegistry {
  const { leases, counters } = cluster
  /** For sessions of exams that compare no faces. */
  const { enrolledFace: _, ...withoutFaces } = deps
  const sessions = new Map<string, LiveSession>()
  const loading = new Map<string, Promise<LiveSession | undefined>>()

  async function load (sessionId: string, isSeizing: boolean): Promise<LiveSession | undefined> {
    for (let tries = 1; ; tries++) {
      // Looked at first: what cannot be read here is not taken from anybody.
      if (!isOpen(await db.sessions.byId(sessionId))) return undefined
      const handedOver = isSeizing ? undefined : await requestHandover(sessionId)
      const epoch = await db.sessions.take(sessionId)
      if (epoch === undefined) return undefined
      // Read after it was taken: no other gateway can add to it any more.
      const row = await db.sessions.byId(sessionId)
      if (!isOpen(row)) return undefined
      if (row.epoch === epoch) {
        if (isSeizing) counters.sessions.seized++
        return await startSession(row, handedOver?.epoch === epoch - 1 ? handedOver : undefined)
      }
      if (tries === TRIES_MAX) throw new DatabaseError('unavailable', 'SESSION_CONTENDED')
    }
  }

  async function startSession (row: SessionWithUser, handedOver: SessionHandover | undefined): Promise<LiveSession> {
    const { id, epoch } = row
    await leases
      .acquire({ sessionId: id, epoch })
      .catch(error => log.warn({ err: error, sessionId: id }, 'session not claimed in Redis'))
    const [pauses, rows, judged] = await Promise.all([db.sessions.pauses(id), store.events(id), policyOf(db, row)])
    const own =
      judged === undefined
        ? deps
        : {
            ...(judged.comparesFace ? deps : withoutFaces),
            policy: judged.policy,
            onRisk: (session: RiskySession, level: Exclude<RiskLevel, 'Low'>) => applyRiskAction(session, level, judged)
          }
    const session = new LiveSession(
      {
        ...row,
        ...(handedOver !== undefined && { handover: handedOver }),
        ownerId: judged?.ownerId ?? null,
        name: row.userName,
        pauses,
        rows
      },
      own
    )
    sessions.set(id, session)
    session.publishReport()
    return session
  }

  /**
   * Has the gateway that is said to have the session give it up. One that does not answer is not waited for: no
   * candidate waits for a dead machine.
   */
  async function requestHandover (sessionId: string): Promise<SessionHandover | undefined> {
    const holder = await leases.find(sessionId)
    if (holder.is !== 'other') return undefined
    const outcome = await cluster
      .request(holder.gatewayId, { kind: 'release', sessionId }, holder.epoch)
      .catch((error): Outcome => {
        log.warn({ err: error, sessionId }, 'session not handed over, taking it')
        return { is: 'late' }
      })
    if (outcome.is === 'answer') return (outcome.value as SessionHandover | null) ?? undefined
    counters.sessions.seized++
    return undefined
  }

  async function close (session: LiveSession): Promise<void> {
    await session.close().catch(error => log.error({ err: error, sessionId: session.id }, 'session not closed'))
  }

  /** Takes it out of memory; false: it was not there, or another one of that id is. */
  function forget (session: LiveSession): boolean {
    if (sessions.get(session.id) !== session) return false
    sessions.delete(session.id)
    // Not waited for: a frame that is still away changes nothing any more.
    close(session).catch(() => {})
    return true
  }

  function lose (session: LiveSession): void {
    if (!forget(session)) return
    session.drop()
    counters.sessions.lost++
  }

  return {
    sessions: { [Symbol.iterator]: () => sessions.values() },
    get size () { return sessions.size },
    get: sessionId => sessions.get(sessionId),
    async open (sessionId, isSeizing = false) {
      const known = sessions.get(sessionId)
      if (known !== undefined) return known
      const underway = loading.get(sessionId)
      if (underway !== undefined) return await underway
      const opening = load(sessionId, isSeizing).finally(() => { loading.delete(sessionId) })
      loading.set(sessionId, opening)
      return await opening
    },
    remove (session) {
      if (forget(session) && cluster.isUp) leases.release([session.id]).catch(() => {})
    },
    async release (sessionId, epoch) {
      await loading.get(sessionId)
      const session = sessions.get(sessionId)
      if (session?.epoch !== epoch) return null
      return await session.runSerially(async () => {
        if (!forget(session)) return null
        const handedOver = session.handOver()
        counters.sessions.handedOver++
        // What is not committed by now is refused once the other has taken the session: then only the rows count.
        return await session.settled(HANDOVER_MS) ? handedOver : null
      })
    },
    lose,
    async renew () {
      if (!cluster.isUp) return
      const held = [...sessions.values()].map(({ id, epoch }) => ({ sessionId: id, epoch }))
      for (const { sessionId, epoch } of await leases.renew(held)) {
        const session = sessions.get(sessionId)
        if (session?.epoch === epoch) lose(session)
      }
    },
    async clear () {
      const ids = [...sessions.keys()]
      sessions.clear()
      if (cluster.isUp) await leases.release(ids).catch(() => {})
    }
  }
}

function isOpen (row: SessionWithUser | undefined): row is SessionWithUser {
  return row?.state === 'active' || row?.state === 'paused'
}
