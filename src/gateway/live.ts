import type { FastifyBaseLogger } from 'fastify'
import { newId, type Audit, type Database, type EventRow, type Events, type Session, type SessionPause, type SessionWithUser } from '../../db/index.ts'
import type { judge } from '../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../detection/events/policy.ts'
import type { Pool } from '../../detection/pool.ts'
import { policyOf, type SessionPolicy } from '../exams/policy.ts'
import { mayOversee } from '../plugins/access.ts'
import type { Account } from '../plugins/auth.ts'
import { createBus, type Bus } from './bus.ts'
import { CLOSE } from './close.ts'
import { createCounters, type Counters } from './counters.ts'
import { EVENT_WRITER, EventWriter, type EventWriterOptions } from './event-writer.ts'
import { LIMITS, type Limits } from './limits.ts'
import type { RiskLevel, SessionReport, SessionState } from './protocol.ts'
import { createRecord } from './record.ts'
import type { Report } from './report.ts'
import { FlowControl } from './rate.ts'
import { LiveSession, type SessionDeps } from './session.ts'
import { Sockets } from './sockets.ts'

/** A session as it stands: of an open one from memory, with what is not committed yet. */
export interface LiveSummary {
  readonly sessionId: string
  readonly userId: string
  readonly state: SessionState
  /** Whether the candidate's socket is open. */
  readonly online: boolean
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  readonly pauses: readonly SessionPause[]
  readonly riskScore: number
  readonly riskLevel: RiskLevel
  readonly trustScore: number
  readonly complianceScore: number
  /** Incidents: starts and instants, not ends. */
  readonly eventCount: number
  /** Incidents by kind. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * All sessions that run here. Each change of state is made here, in the database first: REST routes and monitors call the
 * same functions. `by` is a user's id or `system`. False: the session was not in a state that allows it.
 */
export interface Live {
  /** Takes a session that was just opened in the database (`db.sessions.open`) into the live side; harmless when repeated. */
  start (session: Session): Promise<void>
  /** active → paused; what lasts ends at the pause. */
  pause (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** paused → active. */
  resume (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** active or paused → stopped; events and scores are committed when it returns. */
  stop (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** active or paused → terminated. */
  terminate (sessionId: string, by: string, reason?: string): Promise<boolean>
  /** Removes the session's events, of memory and database, and sets its scores back; gives the number of rows removed. */
  clear (sessionId: string): Promise<number>
  /**
   * Adds what others saw to a session, open or ended, and to its scores; stored when it returns, unless the database is
   * away. Gives the rows that came of it; undefined: there is no such session. `quietMs` as for `LiveSession.note`.
   */
  note (sessionId: string, reports: readonly Report[], quietMs?: number): Promise<readonly EventRow[] | undefined>
  /** Undefined: there is no such session. */
  summary (sessionId: string): Promise<LiveSummary | undefined>
  /** Calls `listener` when a session has ended, whoever ended it. That one waits for the listener; a failure is logged. */
  onEnded (listener: (ended: Ended) => Promise<void>): void
  /** An account was disabled, logged out everywhere or changed its role: its sockets are looked at now, not in half a minute. */
  accountChanged (userId: string): Promise<void>
  /** Closes all sockets with 1001, ends the timers, and commits what waits. The sessions stay open in the database. */
  close (): Promise<void>
}

/** A session that is over, and who ended it: a user's id or `system`. */
export interface Ended {
  readonly sessionId: string
  readonly userId: string
  readonly state: SessionState
  readonly by: string
}

/** The live side as the sockets see it. */
export interface LiveGateway extends Live {
  readonly bus: Bus
  readonly counters: Counters
  readonly limits: Limits
  readonly sockets: Sockets
  /** Milliseconds since the epoch: the one clock of the live side. */
  readonly now: () => number
  /** Rows that wait for their commit, and whether the last commit failed. */
  readonly writer: Pick<EventWriter, 'waiting' | 'degraded'>
  /** Number of sessions held in memory. */
  readonly sessionsOpen: number
  /** The open session, from memory or taken up from the database. Rejects when the database is away. */
  open (sessionId: string): Promise<LiveSession | undefined>
  openByUser (userId: string): Promise<LiveSession | undefined>
  /** Every open session of the database, newest first, page by page; with `overseerId` those that this teacher may watch. */
  openRows (overseerId?: string): AsyncIterable<SessionWithUser>
  /** Whether that account may watch the sessions of an exam. */
  mayOversee (account: Pick<Account, 'id' | 'role'>, about: Pick<Session, 'examId'>): Promise<boolean>
  /** The stored row of a session, open or not. */
  rowOf (sessionId: string): Promise<SessionWithUser | undefined>
  /** The session as it stands, in memory or not. */
  reportOf (row: SessionWithUser): SessionReport
  /** Settles when the events raised until now are committed, or after some seconds without a database. */
  flush (): Promise<void>
  /** A page of stored events in the order of ids. */
  stored (page: Parameters<Events['listAfter']>[0]): Promise<EventRow[]>
  audit (entry: Parameters<Audit['append']>[0]): Promise<void>
  /** The share of the wanted frames that can be had, by how long frames wait. */
  readonly flow: Pick<FlowControl, 'scale'>
  /** What time alone brings about; the ticker calls it, and tests with a clock of their own. */
  tick (nowMs: number): void
}

export interface LiveOptions {
  readonly db: Database
  readonly pool: Pick<Pool, 'lane' | 'listen' | 'stats'>
  readonly log: FastifyBaseLogger
  readonly limits?: Partial<Limits>
  readonly writer?: Partial<EventWriterOptions>
  readonly policy?: Policy
  /** The vector of the face that a user has enrolled. */
  readonly enrolledFace?: (userId: string) => Promise<Float32Array | undefined>
  /** Name to version of the models, once they are loaded. */
  readonly modelVersions?: SessionDeps['modelVersions']
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Tests bring their own. */
  readonly judge?: typeof judge
}

/** How often rates are looked at. */
const FLOW_MS = 1_000
const OPEN_PAGE_ROWS = 500
/** How long a shutdown waits for the frames that are being looked at. */
const FRAMES_PATIENCE_MS = 2_000
const NO_SCORES = { riskScore: 0, trustScore: 100, complianceScore: 100, eventCount: 0 } as const

/** Starts the live side: no session in memory, the ticker running. */
export function createLive ({ db, pool, log, now = Date.now, policy = DEFAULT_POLICY, ...options }: LiveOptions): LiveGateway {
  const limits: Limits = { ...LIMITS, ...options.limits }
  const counters = createCounters()
  const bus = createBus(error => log.error({ err: error }, 'feed listener failed'))
  const writer = new EventWriter(db.events, counters.events, error => log.warn({ err: error }, 'events not stored, will try again'), { ...EVENT_WRITER, ...options.writer })
  const sockets = new Sockets(limits, log)
  const flow = new FlowControl()
  const deps: SessionDeps = { pool, sessions: db.sessions, writer, bus, counters, limits, policy, flow, log, now, ...(options.enrolledFace === undefined ? {} : { enrolledFace: options.enrolledFace }), ...(options.modelVersions === undefined ? {} : { modelVersions: options.modelVersions }), ...(options.judge === undefined ? {} : { judge: options.judge }) }
  const record = createRecord({ db, policy, now })
  const sessions = new Map<string, LiveSession>()
  const endListeners: Array<(ended: Ended) => Promise<void>> = []
  const loading = new Map<string, Promise<LiveSession | undefined>>()
  let flowAtMs = 0

  const ticker = setInterval(() => {
    try {
      live.tick(now())
    } catch (error) {
      log.error({ err: error }, 'tick failed')
    }
  }, limits.tickMs)
  ticker.unref()

  async function open (sessionId: string): Promise<LiveSession | undefined> {
    const known = sessions.get(sessionId)
    if (known !== undefined) return known
    const underway = loading.get(sessionId)
    if (underway !== undefined) return await underway
    const load = restore(sessionId).finally(() => { loading.delete(sessionId) })
    loading.set(sessionId, load)
    return await load
  }

  async function restore (sessionId: string): Promise<LiveSession | undefined> {
    const row = await db.sessions.byId(sessionId)
    if (row === undefined || (row.state !== 'active' && row.state !== 'paused')) return undefined
    const [pauses, rows, judged] = await Promise.all([db.sessions.pauses(sessionId), record.events(sessionId), policyOf(db, row)])
    const own = judged === undefined ? deps : { ...deps, policy: judged.policy, onRisk: (session: LiveSession, level: RiskLevel) => answerRisk(session, level, judged) }
    const session = new LiveSession({ ...row, ownerId: judged?.ownerId ?? null, name: row.userName, pauses, rows }, own)
    sessions.set(sessionId, session)
    session.publishReport()
    return session
  }

  /** Does what the exam's policy says of this level of risk. */
  function answerRisk (session: LiveSession, level: RiskLevel, { actions }: SessionPolicy): void {
    const action = level === 'Low' ? 'none' : actions[level]
    if (action === 'none') return
    if (action === 'warn') session.say('notices.risk')
    if (action === 'ask') session.call(level)
    // The events that brought it come first; the caller is in the middle of them.
    const { id: sessionId } = session
    const { riskScore } = session.scores()
    const following = db.audit.append({ actorId: null, action: `session.risk-${action}`, targetType: 'session', targetId: sessionId, detail: { riskLevel: level, riskScore }, atMs: now() })
      .then(async () => { if (action === 'terminate') await live.terminate(sessionId, 'system', 'risk') })
    following.catch(error => log.error({ err: error, sessionId, action }, 'what follows from the risk not done'))
  }

  async function * openRows (overseerId?: string): AsyncGenerator<SessionWithUser> {
    for (let page: SessionWithUser[], before: string | undefined; ; before = page.at(-1)?.id) {
      page = await db.sessions.list({ state: 'open', limit: OPEN_PAGE_ROWS, ...(overseerId === undefined ? {} : { overseerId }), ...(before === undefined ? {} : { before }) })
      yield * page
      if (page.length < OPEN_PAGE_ROWS) return
    }
  }

  async function change (sessionId: string, from: readonly SessionState[], to: SessionState, by: string, reason?: string): Promise<boolean> {
    // Taken into memory first, so that what a restart left open gets its end.
    const session = await open(sessionId)
    if (session === undefined) return false
    const atMs = now()
    if (!await db.sessions.transition(sessionId, from, to, atMs, by, reason)) return false
    session.setState(to, atMs, by, reason)
    if (session.isOpen) return true
    sessions.delete(sessionId)
    // Not waited for: a frame that is still away changes nothing any more.
    session.close().catch(error => log.error({ err: error, sessionId }, 'session not closed'))
    await writer.flush()
    await session.save().catch(error => log.warn({ err: error, sessionId }, 'last scores not saved'))
    session.end()
    for (const listener of endListeners) {
      await listener({ sessionId, userId: session.userId, state: to, by }).catch(error => log.error({ err: error, sessionId }, 'end of a session not followed up'))
    }
    return true
  }

  const live: LiveGateway = {
    bus,
    counters,
    limits,
    sockets,
    now,
    writer,
    get sessionsOpen () { return sessions.size },
    open,
    async openByUser (userId) {
      const row = await db.sessions.openByUser(userId)
      return row === undefined ? undefined : await open(row.id)
    },
    openRows,
    mayOversee: async (account, about) => await mayOversee(db, account, about),
    rowOf: async sessionId => await db.sessions.byId(sessionId),
    onEnded (listener) { endListeners.push(listener) },
    reportOf: row => sessions.get(row.id)?.report() ?? record.report(row),
    flush: () => writer.flush(),
    stored: page => db.events.listAfter(page),
    async audit (entry) { await db.audit.append(entry) },
    flow,
    async start (session) { await open(session.id) },
    pause: (sessionId, by, reason) => change(sessionId, ['active'], 'paused', by, reason),
    resume: (sessionId, by, reason) => change(sessionId, ['paused'], 'active', by, reason),
    stop: (sessionId, by, reason) => change(sessionId, ['active', 'paused'], 'stopped', by, reason),
    terminate: (sessionId, by, reason) => change(sessionId, ['active', 'paused'], 'terminated', by, reason),
    async clear (sessionId) {
      await writer.flush()
      const session = sessions.get(sessionId)
      // One moment for memory and rows: what is raised from now on stays in both.
      const untilId = newId()
      session?.clear()
      await writer.flush()
      const removed = await db.events.deleteBySession(sessionId, untilId)
      if (session === undefined) await db.sessions.setScores(sessionId, NO_SCORES, now())
      else await session.save()
      return removed
    },
    async note (sessionId, reports, quietMs) {
      const session = await open(sessionId)
      if (session === undefined) return await record.note(sessionId, reports)
      const rows = reports.flatMap(report => session.note(report, quietMs))
      await writer.flush()
      return rows
    },
    async summary (sessionId) {
      const session = sessions.get(sessionId)
      const row = await db.sessions.byId(sessionId)
      if (row === undefined) return undefined
      if (session === undefined) return await record.summary(row)
      return {
        sessionId, userId: row.userId, startedAtMs: row.startedAtMs, state: session.state, online: session.isOnline, endedAtMs: session.endedAtMs, pauses: session.pauses(), ...session.scores(), counts: session.counts()
      }
    },
    async accountChanged (userId) { await sockets.checkUser(userId) },
    tick (nowMs) {
      sockets.tick(nowMs)
      for (const session of sessions.values()) {
        try {
          session.tick(nowMs)
        } catch (error) {
          log.error({ err: error, sessionId: session.id }, 'session tick failed')
        }
      }
      // Before it only where the clock was set back.
      if (nowMs >= flowAtMs && nowMs - flowAtMs < FLOW_MS) return
      flowAtMs = nowMs
      flow.look()
      for (const session of sessions.values()) session.pace.look()
    },
    async close () {
      clearInterval(ticker)
      sockets.closeAll(CLOSE.goingAway)
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<void>(resolve => { timer = setTimeout(resolve, FRAMES_PATIENCE_MS) })
      await Promise.race([Promise.all([...sessions.values()].map(session => session.close())), patience])
      clearTimeout(timer)
      await writer.close()
      await Promise.allSettled([...sessions.values()].map(session => session.save()))
      sessions.clear()
    }
  }
  return live
}
