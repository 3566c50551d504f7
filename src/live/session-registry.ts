import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { DatabaseError, type Database, type SessionWithUser } from '../../db/index.ts'
import type { RiskLevel } from '../../detection/events/score.ts'
import type { Cluster, Outcome } from '../cluster/cluster.ts'
import { policyOf, type SessionPolicy } from '../policy/exam-policy.ts'
import type { ConsentItem } from '../policy/notice.ts'
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
  /** Called when the risk of a session has reached a higher level. */
  readonly applyRiskAction: (session: RiskySession, level: Exclude<RiskLevel, 'Low'>, judged: SessionPolicy) => void
}

/**
 * The sessions in this gateway's memory. Each is owned under the epoch in its row, and the database refuses writes of
 * former owners. Redis only says which gateway to ask for a session first.
 */
export interface SessionRegistry {
  readonly sessions: Iterable<LiveSession>
  readonly size: number
  get (sessionId: string): LiveSession | undefined
  /**
   * Opens a session: from memory, from the gateway that holds it, or from the database. Returns undefined if it is not
   * open. With `isForced` the other gateway is not asked, because it did not respond before. Rejects while the database
   * is unavailable.
   */
  open (sessionId: string, isForced?: boolean): Promise<LiveSession | undefined>
  /** Removes a session that has ended. */
  remove (session: LiveSession): void
  /** Hands a session over after storing its events; null if it is not held here under that epoch. */
  release (sessionId: string, epoch: number): Promise<SessionHandover | null>
  /** Removes a session that another gateway has taken, and makes its page reconnect. */
  lose (session: LiveSession): void
  /** Renews the leases, and drops the sessions that another gateway has acquired. */
  renew (): Promise<void>
  /** Removes all sessions and their leases, for a shutdown. */
  clear (): Promise<void>
}

/** Most tries of one gateway when several take the same session at the same time. */
const TRIES_MAX = 3
/** How long a handover waits until the session's rows are committed. */
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
  /** For sessions of exams that do not compare faces. */
  const { enrolledFace: _, ...withoutFaces } = deps
  const sessions = new Map<string, LiveSession>()
  const loading = new Map<string, Promise<LiveSession | undefined>>()

  async function load (sessionId: string, isForced: boolean): Promise<LiveSession | undefined> {
    for (let tries = 1; ; tries++) {
      // Read the row before taking the session: with our database down we must not take it from a gateway that still
      // serves it.
      if (!isOpen(await db.sessions.byId(sessionId))) return undefined
      const handedOver = isForced ? undefined : await requestHandover(sessionId)
      const epoch = await db.sessions.take(sessionId)
      if (epoch === undefined) return undefined
      // Read again after taking it: from now on no other gateway can add rows.
      const row = await db.sessions.byId(sessionId)
      if (!isOpen(row)) return undefined
      if (row.epoch === epoch) {
        if (isForced) counters.sessions.seized++
        return await startSession(row, handedOver?.epoch === epoch - 1 ? handedOver : undefined)
      }
      if (tries === TRIES_MAX) throw new DatabaseError('unavailable', 'SESSION_CONTENDED')
    }
  }

  async function startSession (row: SessionWithUser, handedOver: SessionHandover | undefined): Promise<LiveSession> {
    const { id, epoch } = row
    await leases
      .acquire({ sessionId: id, epoch })
      .catch(error => log.warn({ err: error, sessionId: id }, 'session lease failed'))
    const [pauses, rows, judged, consent] = await Promise.all([
      db.sessions.pauses(id),
      store.events(id),
      policyOf(db, row),
      row.examId === null ? undefined : db.consents.current(row.userId, row.examId)
    ])
    const hasAgreed = (item: ConsentItem): boolean => consent?.items[item] === true
    const own =
      judged === undefined
        ? deps
        : {
            ...(judged.comparesFace ? deps : withoutFaces),
            policy: judged.policy,
            // A policy that changed after the start may want what the candidate was not asked about.
            recording: hasAgreed('recording') ? judged.recording : 'none' as const,
            recordsScreen: judged.recordsScreen && hasAgreed('screenRecording'),
            keepsEvidence: judged.keepsEvidence && hasAgreed('evidence'),
            onRisk: (session: RiskySession, level: Exclude<RiskLevel, 'Low'>) => applyRiskAction(session, level, judged)
          }
    const session = new LiveSession(
      {
        ...row,
        ...defined({ handover: handedOver }),
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
   * If another gateway holds the lease, asks it to hand the session over. Without a response in time the session is
   * taken by force, so that a dead gateway cannot block a candidate.
   */
  async function requestHandover (sessionId: string): Promise<SessionHandover | undefined> {
    const holder = await leases.find(sessionId)
    if (holder.is !== 'other') return undefined
    const outcome = await cluster
      .request(holder.gatewayId, { kind: 'release', sessionId }, holder.epoch)
      .catch((error): Outcome => {
        log.warn({ err: error, sessionId }, 'session handover failed, taking the session by force')
        return { is: 'late' }
      })
    if (outcome.is === 'answer') return (outcome.value as SessionHandover | null) ?? undefined
    counters.sessions.seized++
    return undefined
  }

  async function close (session: LiveSession): Promise<void> {
    await session.close().catch(error => log.error({ err: error, sessionId: session.id }, 'session close failed'))
  }

  /** Removes a session from memory; returns false if it is not there, or another instance replaced it. */
  function forget (session: LiveSession): boolean {
    if (sessions.get(session.id) !== session) return false
    sessions.delete(session.id)
    // Not awaited: the result of a frame that is still with a worker is ignored.
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
    async open (sessionId, isForced = false) {
      const known = sessions.get(sessionId)
      if (known !== undefined) return known
      const underway = loading.get(sessionId)
      if (underway !== undefined) return await underway
      const opening = load(sessionId, isForced).finally(() => { loading.delete(sessionId) })
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
      return await session.tasks.run(async () => {
        if (!forget(session)) return null
        const handedOver = session.handOver()
        counters.sessions.handedOver++
        // Rows that are not committed by now will be refused: then only the stored rows count, not the state.
        return await session.commits.settled(HANDOVER_MS) ? handedOver : null
      })
    },
    lose,
    async renew () {
      if (!cluster.isUp) return
      const current = [...sessions.values()].map(({ id, epoch }) => ({ sessionId: id, epoch }))
      for (const { sessionId, epoch } of await leases.renew(current)) {
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
