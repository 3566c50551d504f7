import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { withTimeout } from '../../lib/with-timeout.ts'
import {
  openSessions, runInLane, SYSTEM_LANE, type Audit, type Database, type EventRow, type Events, type NewAuditEntry,
  type Session, type SessionWithUser
} from '../../db/index.ts'
import type { judge } from '../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../detection/events/policy.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import { localCluster, type Cluster } from '../cluster/cluster.ts'
import { policyOf } from '../policy/exam-policy.ts'
import { mayOversee } from '../plugins/access.ts'
import type { Account } from '../plugins/auth.ts'
import { createBus, joinBus, type Bus } from '../feed/bus.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { createConversations, type Conversations } from './conversations.ts'
import { createSessionCommands } from './session-commands.ts'
import { currentRows } from './current-rows.ts'
import { createCounters, type Counters } from '../counters.ts'
import { EVENT_WRITER, EventWriter, type EventWriterOptions } from '../feed/event-writer.ts'
import { LIMITS, type Limits } from '../limits.ts'
import type { Recorder } from '../recording/recorder.ts'
import { createRemoteSessions } from './remote-sessions.ts'
import type { CandidateReply, PageEvent, SessionReport, SessionState } from '../protocol/messages.ts'
import { createReplayBudget, type ReplayBudget } from '../feed/replay-budget.ts'
import { createSessionStore } from './session-store.ts'
import { createSessionRegistry } from './session-registry.ts'
import type { Report } from '../protocol/event-report.ts'
import { FlowControl } from './load/flow-control.ts'
import { createReconciler } from './reconciler.ts'
import { createRiskAction } from './risk-action.ts'
import { throttle } from './throttle.ts'
import { createViewers, type Viewers } from './viewers.ts'
import type { LiveSession } from './session/live-session.ts'
import type { SessionDeps } from './session/session-deps.ts'
import { Connections } from './connections.ts'
import type { EndedSession, PageEventsResult, RecordedReport } from '../cluster/session-command.ts'
import type { LiveSummary } from './session/live-summary.ts'

/**
 * All sessions, here and on other gateways. The gateway that holds a session makes each change of its state, in the
 * database first; REST routes and monitors call the same functions. `by` is a user's id or `system`. A result of false
 * means that the state of the session did not allow the change. `audit` is written in the same transaction, so that an
 * entry exists exactly for the changes that were made.
 */
export interface Live {
  /** Loads a session that was just opened in the database (`db.sessions.open`); idempotent. */
  start (session: Session): Promise<void>
  /**
   * active → paused; open incidents end at the pause. If staff pause a session that its candidate has paused, the pause
   * becomes theirs and the candidate cannot resume it.
   */
  pause (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** paused → active. */
  resume (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** active or paused → stopped; events and scores are committed when it returns. */
  stop (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** active or paused → terminated. */
  terminate (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry): Promise<boolean>
  /** Removes the session's events from memory and database and resets its scores; returns the number of rows. */
  clear (sessionId: string): Promise<number>
  /**
   * Adds reports to a session, open or ended, and to its scores. Returns undefined if the session does not exist.
   * `quietMs` as for `LiveSession.recordReport`.
   */
  recordReport (sessionId: string, reports: readonly Report[], quietMs?: number): Promise<RecordedReport | undefined>
  /**
   * Judges page events in a running session, and records reports. Returns undefined if the session does not run, and
   * `full`, with nothing recorded, if the page has used up its quota of own kinds of event.
   */
  reportPageEvents (sessionId: string, reports: ReadonlyArray<PageEvent | Report>): Promise<PageEventsResult>
  /**
   * Sends the candidate a reply, on whichever gateway the socket is; false without a connection, or if its send buffer
   * is full.
   */
  sendToCandidate (sessionId: string, reply: CandidateReply): Promise<boolean>
  /** Returns undefined if the session does not exist. */
  summary (sessionId: string): Promise<LiveSummary | undefined>
  /** Calls `listener` after every end of a session. The end waits for the listener; a failure is logged. */
  onEnded (listener: (ended: EndedSession) => Promise<void>): void
  /**
   * Checks the sockets of an account now instead of within half a minute, after it was disabled, logged out everywhere
   * or given another role.
   */
  accountChanged (userId: string): Promise<void>
  /** Closes all sockets with 1001, stops the timers, commits waiting rows. The sessions stay open in the database. */
  close (): Promise<void>
}

/** The live side with what sockets, metrics and list routes need. */
export interface LiveGateway extends Live, Conversations {
  /** The other gateways. */
  readonly cluster: Cluster
  readonly bus: Bus
  readonly counters: Counters
  readonly limits: Limits
  readonly connections: Connections
  readonly viewers: Viewers
  /** Milliseconds since the epoch; the only clock of the live side. */
  readonly now: () => number
  /** How many rows wait for their commit, and whether the last commit failed. */
  readonly writer: Pick<EventWriter, 'waiting' | 'degraded'>
  /** Number of sessions held in memory. */
  readonly sessionsOpen: number
  /**
   * Opens a session for its candidate's socket: from memory, from the gateway that holds it, or from the database.
   * Rejects while the database is unavailable.
   */
  open (sessionId: string): Promise<LiveSession | undefined>
  openByUser (userId: string): Promise<LiveSession | undefined>
  /** All open sessions in the database, newest first, read in pages; `overseerId` limits them to that teacher's. */
  openRows (overseerId?: string): AsyncIterable<SessionWithUser>
  /** Whether an account may watch the sessions of an exam. */
  mayOversee (account: Pick<Account, 'id' | 'role'>, about: Pick<Session, 'examId'>): Promise<boolean>
  /** The stored row of a session, open or not. */
  rowOf (sessionId: string): Promise<SessionWithUser | undefined>
  /**
   * Replaces the figures of stored rows by current ones, for sessions in this gateway's memory and for those without a
   * connected candidate. A session on another gateway with a connected candidate keeps its stored figures, which are at
   * most 45 s old.
   */
  currentRows (rows: readonly SessionWithUser[]): Promise<SessionWithUser[]>
  /** Asks the other gateways for snapshots of their sessions, which arrive over the bus. */
  requestSnapshots (): void
  /** A snapshot of a session: from memory if it is held here, else from its row. */
  reportOf (row: SessionWithUser): SessionReport
  /** Settles when all events raised so far are committed, or after some seconds without a database. */
  flush (): Promise<void>
  /** One page of stored events, in the order of ids. */
  storedEvents (page: Parameters<Events['listAfter']>[0]): Promise<EventRow[]>
  audit (entry: Parameters<Audit['append']>[0]): Promise<void>
  /** Limits the cost of replays, snapshots and long lists. */
  readonly replayBudget: ReplayBudget
  /** The share of the wanted frame rate that the workers can serve. */
  readonly flow: Pick<FlowControl, 'scale'>
  /** A member of staff looks at a session: for some seconds its thumbnails are larger and come more often. */
  lookCloser (sessionId: string): Promise<void>
  /** Runs everything that is due at `nowMs`; called by the ticker, and by tests with their own clock. */
  tick (nowMs: number): void
}

export interface LiveGatewayOptions {
  readonly db: Database
  /** Absent for a gateway alone. */
  readonly cluster?: Cluster
  readonly pool: Pick<Pool, 'openFrameSource' | 'listen' | 'stats'>
  readonly log: FastifyBaseLogger
  readonly limits?: Partial<Limits>
  readonly writer?: Partial<EventWriterOptions>
  readonly policy?: Policy
  /** The vector of the face that a user has enrolled. */
  /** Records sessions whose exam asks for it; absent: nothing is recorded. */
  readonly recorder?: Pick<Recorder, 'open' | 'openScreen'>
  readonly enrolledFace?: (userId: string) => Promise<Float32Array | undefined>
  /** Name to version of the models, once they are loaded. */
  readonly modelVersions?: SessionDeps['modelVersions']
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Tests bring their own. */
  readonly judge?: typeof judge
}

/** How often flow control adjusts the rates. */
const FLOW_MS = 1_000
/** All gateways respond with all their sessions, so requests of several monitors are combined for this long. */
const SNAPSHOTS_MS = 1_000
/** How long a shutdown waits for the frames that workers are analyzing. */
const FRAMES_PATIENCE_MS = 2_000

/** Starts the live side with no session in memory and the ticker running. */
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
  // One commit holds events of many sessions, and any of them may have started its timer: it runs in the system's lane
  // and not in that of an account.
  const events: Pick<Events, 'appendOwned'> = {
    appendOwned: async (rows, epochs) =>
      await runInLane(SYSTEM_LANE, async () => await db.events.appendOwned(rows, epochs))
  }
  const writer = new EventWriter(
    events,
    counters.events,
    error => log.warn({ err: error }, 'event commit failed, retrying'),
    { ...EVENT_WRITER, ...options.writer }
  )
  const connections = new Connections(limits, log)
  const flow = new FlowControl()
  const replayBudget = createReplayBudget()
  const requestSnapshots = throttle(SNAPSHOTS_MS, () => cluster.requestSnapshots())
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
    ...defined({
      recorder: options.recorder,
      enrolledFace: options.enrolledFace,
      modelVersions: options.modelVersions,
      judge: options.judge
    })
  }
  const store = createSessionStore({ db, policy, now })
  const applyRiskAction = createRiskAction({
    db,
    log,
    now,
    terminate: async (sessionId, audit) => await live.terminate(sessionId, 'system', 'risk', audit)
  })
  const registry = createSessionRegistry({ db, cluster, store, deps, log, applyRiskAction })
  const commands = createSessionCommands({ db, cluster, registry, store, log, now, notifyEnded })
  const viewers = createViewers({ bus, ownBus })
  const remoteSessions = createRemoteSessions({ db, cluster, registry, store, viewers, bus: ownBus, log, now })
  const endListeners: Array<(ended: EndedSession) => Promise<void>> = []
  let flowAtMs = 0

  const reconciler = createReconciler({ cluster, registry, commands, log, now })

  // A write without a response may have been committed, such as the end of a session that is still in memory.
  db.onUncertain(reconciler.reconcile)

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
      reconciler.renew()
      reconciler.reconcile()
    },
    onAccountChanged: userId => {
      connections.checkUser(userId).catch(error => log.warn({ err: error }, 'account check failed, retrying'))
    },
    audiences: () => ownBus.audiences(),
    execute: commands.execute
  })

  async function notifyEnded (about: EndedSession): Promise<void> {
    for (const listener of endListeners) {
      await listener(about).catch(error =>
        log.error({ err: error, sessionId: about.sessionId }, 'session end listener failed')
      )
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
    return await commands.run({ kind: 'change', sessionId, from, to, by, ...defined({ reason, audit }) })
  }

  const live: LiveGateway = {
    ...createConversations({
      db,
      bus,
      commands,
      store,
      log,
      now,
      pause: async (...request) => await live.pause(...request)
    }),
    viewers,
    async lookCloser (sessionId) { await commands.run({ kind: 'look', sessionId }) },
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
    openRows: overseerId => openSessions(db, overseerId),
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
      // Held here until the candidate's socket connects to any gateway, so that a candidate who never connects is
      // noticed. Without Redis another gateway could not ask for the session, so it is loaded with its socket.
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
      await commands.run({ kind: 'note', sessionId, reports, ...defined({ quietMs }) }),
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
      if (cluster.isShared) reconciler.tick(nowMs)
      // `nowMs` is earlier only after the clock was set back.
      if (nowMs >= flowAtMs && nowMs - flowAtMs < FLOW_MS) return
      flowAtMs = nowMs
      flow.adjust()
      for (const session of registry.sessions) session.sendRate.update()
    },
    async close () {
      clearInterval(ticker)
      remoteSessions.close()
      await connections.closeAll(CLOSE.goingAway)
      await withTimeout(Promise.all([...registry.sessions].map(session => session.close())), FRAMES_PATIENCE_MS)
      await writer.close()
      await Promise.allSettled([...registry.sessions].map(session => session.save()))
      await registry.clear()
    }
  }
  return live
}
