import type { FastifyBaseLogger } from 'fastify'
import {
  runInLane, SYSTEM_LANE, type Audit, type Database, type EventRow, type Events, type NewAuditEntry, type Session,
  type SessionWithUser
} from '../../db/index.ts'
import type { judge } from '../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../detection/events/policy.ts'
import { monotonicMs } from '../../detection/clock.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import { localCluster, type Cluster } from '../cluster/cluster.ts'
import { policyOf, type SessionPolicy } from '../policy/exam-policy.ts'
import { mayOversee } from '../plugins/access.ts'
import type { Account } from '../plugins/auth.ts'
import { createBus, joinBus, type Bus } from '../feed/bus.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { createSessionCommands } from './session-commands.ts'
import { currentRows } from './current-rows.ts'
import { createCounters, type Counters } from '../counters.ts'
import { EVENT_WRITER, EventWriter, type EventWriterOptions } from '../feed/event-writer.ts'
import { LIMITS, type Limits } from '../limits.ts'
import { createRemoteSessions } from './remote-sessions.ts'
import type { CandidateReply, PageEvent, RiskLevel, SessionReport, SessionState } from '../protocol/messages.ts'
import { createReplayBudget, type ReplayBudget } from '../feed/replay-budget.ts'
import { createSessionStore } from './session-store.ts'
import { createSessionRegistry } from './session-registry.ts'
import type { Report } from '../protocol/event-report.ts'
import { FlowControl } from './load/flow-control.ts'
import type { LiveSession } from './session/live-session.ts'
import type { RiskySession, SessionDeps } from './session/session-deps.ts'
import { Connections } from './connections.ts'
import type { EndedSession, PageEventsResult, RecordedReport } from '../cluster/session-command.ts'
import type { LiveSummary } from './session/live-summary.ts'

/**
 * All sessions, here and on other gateways. Each change of state is made by the gateway that has the session, in the
 * database first: REST routes and monitors call the same functions. `by` is a user's id or `system`. False: the session
 * was not in a state that allows it. `audit` is written together with the change, so that there is an entry for what
 * was done and for nothing else.
 */
export interface Live {
  /**
   * Takes a session that was just opened in the database (`db.sessions.open`) into the live side; harmless when
   * repeated.
   */
  start (session: Session): Promise<void>
  /**
   * active → paused; what lasts ends at the pause. Where the candidate has paused, anybody else takes that pause over:
   * only they go on with it then.
   */
  pause (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** paused → active. */
  resume (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** active or paused → stopped; events and scores are committed when it returns. */
  stop (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** active or paused → terminated. */
  terminate (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /**
   * Removes the session's events, of memory and database, and sets its scores back; gives the number of rows removed.
   */
  clear (sessionId: string): Promise<number>
  /**
   * Adds what others saw to a session, open or ended, and to its scores. Gives what came of it; undefined: there is no
   * such session. `quietMs` as for `LiveSession.note`.
   */
  recordReport (sessionId: string, reports: readonly Report[], quietMs?: number): Promise<RecordedReport | undefined>
  /**
   * Has a running session judge what its page saw, and take note of what others saw.
   * Undefined: it does not run. `full`: its page has told of too many events of own kinds, and nothing of these was
   * taken.
   */
  reportPageEvents (sessionId: string, reports: ReadonlyArray<PageEvent | Report>): Promise<PageEventsResult>
  /**
   * Passes a reply on to the candidate, wherever the socket is; false when nobody is connected or the line is stuck.
   */
  sendToCandidate (sessionId: string, reply: CandidateReply): Promise<boolean>
  /** Undefined: there is no such session. */
  summary (sessionId: string): Promise<LiveSummary | undefined>
  /**
   * Calls `listener` when a session has ended, whoever ended it. That one waits for the listener; a failure is logged.
   */
  onEnded (listener: (ended: EndedSession) => Promise<void>): void
  /**
   * An account was disabled, logged out everywhere or changed its role: its sockets are looked at now, not in half a
   * minute.
   */
  accountChanged (userId: string): Promise<void>
  /** Closes all sockets with 1001, ends the timers, and commits what waits. The sessions stay open in the database. */
  close (): Promise<void>
}

/** The live side as the sockets see it. */
export interface LiveGateway extends Live {
  /** The other gateways. */
  readonly cluster: Cluster
  readonly bus: Bus
  readonly counters: Counters
  readonly limits: Limits
  readonly connections: Connections
  /** Milliseconds since the epoch: the one clock of the live side. */
  readonly now: () => number
  /** Rows that wait for their commit, and whether the last commit failed. */
  readonly writer: Pick<EventWriter, 'waiting' | 'degraded'>
  /** Number of sessions held in memory. */
  readonly sessionsOpen: number
  /**
   * The open session for its candidate's socket: from memory, from the gateway that has it, or from the database.
   * Rejects when the database is away.
   */
  open (sessionId: string): Promise<LiveSession | undefined>
  openByUser (userId: string): Promise<LiveSession | undefined>
  /**
   * Every open session of the database, newest first, page by page; with `overseerId` those that this teacher may
   * watch.
   */
  openRows (overseerId?: string): AsyncIterable<SessionWithUser>
  /** Whether that account may watch the sessions of an exam. */
  mayOversee (account: Pick<Account, 'id' | 'role'>, about: Pick<Session, 'examId'>): Promise<boolean>
  /** The stored row of a session, open or not. */
  rowOf (sessionId: string): Promise<SessionWithUser | undefined>
  /**
   * Stored rows with their figures as they are now: of sessions in this gateway's memory, and of those that no
   * candidate is connected to. A session that another gateway has and whose candidate is connected keeps its stored
   * figures, which are at most 45 s old.
   */
  currentRows (rows: readonly SessionWithUser[]): Promise<SessionWithUser[]>
  /** Asks the other gateways for their sessions as they stand; they come over the bus. */
  requestSnapshots (): void
  /** The session as it stands, in memory or not. */
  reportOf (row: SessionWithUser): SessionReport
  /** Settles when the events raised until now are committed, or after some seconds without a database. */
  flush (): Promise<void>
  /** A page of stored events in the order of ids. */
  storedEvents (page: Parameters<Events['listAfter']>[0]): Promise<EventRow[]>
  audit (entry: Parameters<Audit['append']>[0]): Promise<void>
  /** What replays, snapshots and long lists may cost. */
  readonly replayBudget: ReplayBudget
  /** The share of the wanted frames that can be had, by how long frames wait. */
  readonly flow: Pick<FlowControl, 'scale'>
  /** What time alone brings about; the ticker calls it, and tests with a clock of their own. */
  tick (nowMs: number): void
}

export interface LiveGatewayOptions {
  readonly db: Database
  /** Absent: this gateway is alone. */
  readonly cluster?: Cluster
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
/**
 * All gateways answer a look with all their sessions, for every monitor: one answers all that were asked for meanwhile.
 */
const SNAPSHOTS_MS = 1_000
/** How often other gateways hear what is still here; a quarter of the time after which it is taken for lost. */
const RENEW_MS = 4_000
const RECONCILE_MS = 10_000
/** A tick this late says that the process stood still for long enough to lose sessions. */
const STALLED_MS = 2_000
/** How long a shutdown waits for the frames that are being looked at. */
const FRAMES_PATIENCE_MS = 2_000

/** Starts the live side: no session in memory, the ticker running. */
export function createLiveGateway ({
  db,
  pool,
  log,
  cluster = localCluster(),
  now = Date.now,
  policy = DEFAULT_POLICY,
  ...options
}: LiveGatewayOptions): LiveGateway {
  const limits: Limits = { ...LIMITS, ...options.limits }
  const counters = createCounters(cluster.counters)
  const ownBus = createBus(error => log.error({ err: error }, 'feed listener failed'))
  const bus = joinBus(ownBus, cluster)
  // Its timers are started by whoever raises an event, and its groups hold the events of many: they count for no
  // account.
  const events: Pick<Events, 'appendOwned'> = {
    appendOwned: async (rows, epochs) =>
      await runInLane(SYSTEM_LANE, async () => await db.events.appendOwned(rows, epochs))
  }
  const writer = new EventWriter(
    events,
    counters.events,
    error => log.warn({ err: error }, 'events not stored, will try again'),
    { ...EVENT_WRITER, ...options.writer }
  )
  const connections = new Connections(limits, log)
  const flow = new FlowControl()
  const replayBudget = createReplayBudget()
  const requestSnapshots = atMostEvery(SNAPSHOTS_MS, () => cluster.requestSnapshots())
  const deps: SessionDeps = {
    pool,
    sessions: db.sessions,
    onRefused: sessionId => commands.check(sessionId),
    writer,
    bus,
    counters,
    limits,
    policy,
    flow,
    log,
    now,
    ...(options.enrolledFace === undefined ? {} : { enrolledFace: options.enrolledFace }),
    ...(options.modelVersions === undefined ? {} : { modelVersions: options.modelVersions }),
    ...(options.judge === undefined ? {} : { judge: options.judge })
  }
  const store = createSessionStore({ db, policy, now })
  const registry = createSessionRegistry({ db, cluster, store, deps, log, applyRiskAction })
  const commands = createSessionCommands({ db, cluster, registry, store, log, now, notifyEnded })
  const remoteSessions = createRemoteSessions({ db, cluster, registry, store, bus: ownBus, log, now })
  const endListeners: Array<(ended: EndedSession) => Promise<void>> = []
  let flowAtMs = 0
  let renewedAtMs = 0
  let reconciledAtMs = now()
  let tickedAtMs = monotonicMs()

  // Writes without an answer may have been done all the same, such as the end of a session that goes on in memory.
  db.onUncertain(reconcile)

  const ticker = setInterval(() => {
    try {
      live.tick(now())
    } catch (error) {
      log.error({ err: error }, 'tick failed')
    }
  }, limits.tickMs)
  ticker.unref()

  cluster.serve({
    ...remoteSessions,
    onReconnected: () => {
      renew()
      reconcile()
    },
    onAccountChanged: userId => {
      connections.checkUser(userId).catch(error => log.warn({ err: error }, 'account check put off'))
    },
    audiences: () => ownBus.audiences(),
    execute: commands.execute
  })

  function renew (): void {
    registry
      .renew()
      .catch(error => log.warn({ err: error }, 'sessions not renewed with the other gateways, will try again'))
  }

  function reconcile (): void {
    reconciledAtMs = now()
    commands
      .reconcile()
      .catch(error => log.warn({ err: error }, 'sessions not compared with the database, will try again'))
  }

  async function notifyEnded (about: EndedSession): Promise<void> {
    for (const listener of endListeners) {
      await listener(about).catch(error =>
        log.error({ err: error, sessionId: about.sessionId }, 'end of a session not followed up')
      )
    }
  }

  /** Does what the exam's policy says of this level of risk. */
  function applyRiskAction (session: RiskySession, level: Exclude<RiskLevel, 'Low'>, { actions }: SessionPolicy): void {
    const action = actions[level]
    if (action === 'none') return
    if (action === 'warn') session.notify('notices.risk')
    if (action === 'ask') session.callProctor(level)
    // The events that brought it come first; the caller is in the middle of them.
    const { id: sessionId } = session
    const { riskScore } = session.scores()
    const audit: NewAuditEntry = {
      actorId: null,
      action: `session.risk-${action}`,
      targetType: 'session',
      targetId: sessionId,
      detail: { riskLevel: level, riskScore },
      atMs: now()
    }
    const following =
      action === 'terminate' ? live.terminate(sessionId, 'system', 'risk', audit) : db.audit.append(audit)
    following.catch(error => log.error({ err: error, sessionId, action }, 'what follows from the risk not done'))
  }

  async function * openRows (overseerId?: string): AsyncGenerator<SessionWithUser> {
    for (let page: SessionWithUser[], before: string | undefined; ; before = page.at(-1)?.id) {
      page = await db.sessions.list({
        state: 'open',
        limit: OPEN_PAGE_ROWS,
        ...(overseerId === undefined ? {} : { overseerId }),
        ...(before === undefined ? {} : { before })
      })
      yield * page
      if (page.length < OPEN_PAGE_ROWS) return
    }
  }

  async function change (
    sessionId: string,
    from: readonly SessionState[],
    to: SessionState,
    by: string,
    reason?: string,
    audit?: NewAuditEntry
  ): Promise<boolean> {
    return await commands.run({
      kind: 'change',
      sessionId,
      from,
      to,
      by,
      ...(reason === undefined ? {} : { reason }),
      ...(audit === undefined ? {} : { audit })
    })
  }

  /** What time brings about between gateways. */
  function tickCluster (nowMs: number): void {
    if (nowMs - renewedAtMs >= RENEW_MS || nowMs < renewedAtMs) {
      renewedAtMs = nowMs
      renew()
    }
    // Without Redis no other gateway can say that it has taken a session; nor is it heard of by a process that stood
    // still.
    const wasStill = monotonicMs() - tickedAtMs > STALLED_MS
    tickedAtMs = monotonicMs()
    if (wasStill || (!cluster.isUp && nowMs - reconciledAtMs >= RECONCILE_MS)) reconcile()
  }

  const live: LiveGateway = {
    cluster,
    bus,
    counters,
    limits,
    connections,
    now,
    writer,
    get sessionsOpen () { return registry.size },
    open: async sessionId => await registry.open(sessionId),
    async openByUser (userId) {
      const row = await db.sessions.openByUser(userId)
      return row === undefined ? undefined : await registry.open(row.id)
    },
    requestSnapshots,
    openRows,
    mayOversee: async (account, about) => await mayOversee(db, account, about),
    rowOf: async sessionId => await db.sessions.byId(sessionId),
    onEnded (listener) { endListeners.push(listener) },
    currentRows: async rows => await currentRows(rows, { registry, store, limits, nowMs: now() }),
    reportOf: row => registry.get(row.id)?.report() ?? store.report(row),
    async flush () { await writer.flush() },
    storedEvents: page => db.events.listAfter(page),
    async audit (entry) { await db.audit.append(entry) },
    flow,
    replayBudget,
    async start ({ id: sessionId }) {
      if (registry.get(sessionId) !== undefined) return
      const holder = cluster.isShared ? await cluster.leases.find(sessionId) : undefined
      if (holder?.is === 'other') return
      // Held here until the candidate's socket comes to whichever gateway, so that one who never connects is noticed.
      // Where Redis is away it waits for the socket: another gateway could not ask for it.
      if (holder?.is !== 'away') {
        await registry.open(sessionId)
        return
      }
      const row = await db.sessions.byId(sessionId)
      if (row === undefined) return
      bus.publish({
        sessionId,
        examId: row.examId,
        ownerId: (await policyOf(db, row))?.ownerId ?? null,
        kind: 'session',
        report: store.report(row)
      })
    },
    pause: (sessionId, by, reason, audit) => change(sessionId, ['active', 'paused'], 'paused', by, reason, audit),
    resume: (sessionId, by, reason, audit) => change(sessionId, ['paused'], 'active', by, reason, audit),
    stop: (sessionId, by, reason, audit) => change(sessionId, ['active', 'paused'], 'stopped', by, reason, audit),
    terminate: (sessionId, by, reason, audit) =>
      change(sessionId, ['active', 'paused'], 'terminated', by, reason, audit),
    clear: async sessionId => await commands.run({ kind: 'clear', sessionId }),
    recordReport: async (sessionId, reports, quietMs) =>
      await commands.run({ kind: 'note', sessionId, reports, ...(quietMs === undefined ? {} : { quietMs }) }),
    reportPageEvents: async (sessionId, reports) => await commands.run({ kind: 'hear', sessionId, reports }),
    sendToCandidate: async (sessionId, reply) => await commands.run({ kind: 'tell', sessionId, reply }),
    summary: async sessionId => await commands.run({ kind: 'summary', sessionId }),
    async accountChanged (userId) {
      cluster.accountChanged(userId)
      await connections.checkUser(userId)
    },
    tick (nowMs) {
      connections.tick(nowMs)
      for (const session of registry.sessions) {
        try {
          session.tick(nowMs)
        } catch (error) {
          log.error({ err: error, sessionId: session.id }, 'session tick failed')
        }
      }
      if (cluster.isShared) tickCluster(nowMs)
      // Before it only where the clock was set back.
      if (nowMs >= flowAtMs && nowMs - flowAtMs < FLOW_MS) return
      flowAtMs = nowMs
      flow.adjust()
      for (const session of registry.sessions) session.sendRate.update()
    },
    async close () {
      clearInterval(ticker)
      remoteSessions.close()
      await connections.closeAll(CLOSE.goingAway)
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<void>(resolve => { timer = setTimeout(resolve, FRAMES_PATIENCE_MS) })
      await Promise.race([Promise.all([...registry.sessions].map(session => session.close())), patience])
      clearTimeout(timer)
      await writer.close()
      await Promise.allSettled([...registry.sessions].map(session => session.save()))
      await registry.clear()
    }
  }
  return live
}

/**
 * Calls `work` at once, then at most once in `everyMs`; what is asked for in between is answered by one call at the end
 * of it.
 */
function atMostEvery (everyMs: number, work: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let isWanted = false
  return function call (): void {
    isWanted = true
    if (timer !== undefined) return
    isWanted = false
    work()
    timer = setTimeout(() => {
      timer = undefined
      if (isWanted) call()
    }, everyMs).unref()
  }
}
