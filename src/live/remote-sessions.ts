import type { FastifyBaseLogger } from 'fastify'
import { cursorAt, type Database } from '../../db/index.ts'
import type { Cluster, Handlers } from '../cluster/cluster.ts'
import { policyOf } from '../policy/exam-policy.ts'
import type { About, Bus, FeedMessage } from '../feed/bus.ts'
import type { SessionStore } from './session-store.ts'
import type { SessionRegistry } from './session-registry.ts'
import { runsBySession } from '../feed/replay.ts'

/**
 * Events get their id before their commit, and the clocks of two machines differ: so far before a gap the replay
 * begins.
 */
const MARGIN_MS = 10_000
/** Gaps of several gateways close together are one. */
const SETTLE_MS = 250
/** How long to wait for a database that is away as well. */
const AGAIN_MS = 5_000
const PAGE_ROWS = 500
/** So that readers can keep up with a replay. */
const PAGE_PAUSE_MS = 50

export interface RemoteSessionsOptions {
  readonly db: Database
  readonly cluster: Cluster
  readonly registry: SessionRegistry
  readonly store: SessionStore
  /** Of this process alone: what others tell is told to nobody else. */
  readonly bus: Bus
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The sessions of other gateways as those who watch here see them: what happens there, what was missed, who has gone.
 */
export interface RemoteSessions extends Pick<Handlers, 'onMessage' | 'onGap' | 'onPeerLost' | 'sendSnapshots'> {
  close (): void
}

export function createRemoteSessions ({
  db,
  cluster,
  registry,
  store,
  bus,
  log,
  now
}: RemoteSessionsOptions): RemoteSessions {
  /** Open sessions that were shown here, by who told of them. */
  const announced = new Map<string, { readonly gatewayId: string, readonly about: About }>()
  let gapSinceMs: number | undefined
  let timer: NodeJS.Timeout | undefined
  let isReplaying = false
  let isClosed = false

  function remember ({ kind, sessionId, examId, ownerId, ...message }: FeedMessage, gatewayId: string): void {
    if (kind !== 'session' && kind !== 'presence') return
    const state = 'report' in message ? message.report.state : 'active'
    if (state === 'active' || state === 'paused') {
      announced.set(sessionId, { gatewayId, about: { sessionId, examId, ownerId: ownerId ?? null } })
    } else announced.delete(sessionId)
  }

  /** Shows sessions as the database has them, unless somebody else has told of them meanwhile. */
  async function publishStored (sessionIds: readonly string[], gatewayId: string | undefined): Promise<void> {
    for (const sessionId of sessionIds) {
      const row = await db.sessions.byId(sessionId)
      const known = announced.get(sessionId)
      if (
        known === undefined ||
        (gatewayId !== undefined && known.gatewayId !== gatewayId) ||
        registry.get(sessionId) !== undefined ||
        isClosed
      ) { continue }
      announced.delete(sessionId)
      if (row === undefined) continue
      const { about } = known
      bus.publish({ ...about, kind: 'session', report: store.report(row) })
      bus.publish({ ...about, kind: 'presence', online: false, atMs: now() })
    }
  }

  /** Every event stored since then, for all who watch: who has seen one already knows it by its id. */
  async function replay (sinceMs: number): Promise<void> {
    if (bus.audiences().length === 0) return
    const abouts = new Map<string, About>()
    for (let after = cursorAt(sinceMs - MARGIN_MS); ;) {
      const rows = await db.events.listAfter({ after, limit: PAGE_ROWS })
      for (const run of runsBySession(rows)) {
        const { sessionId } = run[0]!
        const about = abouts.get(sessionId) ?? await aboutOf(sessionId)
        abouts.set(sessionId, about)
        bus.publish({ ...about, kind: 'events', rows: run, stored: true, isReplay: true })
      }
      if (isClosed || rows.length < PAGE_ROWS) break
      after = rows.at(-1)!.id
      await new Promise(resolve => setTimeout(resolve, PAGE_PAUSE_MS))
    }
  }

  async function aboutOf (sessionId: string): Promise<About> {
    const row = await db.sessions.byId(sessionId)
    return {
      sessionId,
      examId: row?.examId ?? null,
      ownerId: row === undefined ? null : ((await policyOf(db, row))?.ownerId ?? null)
    }
  }

  /** Sessions that ended unheard. */
  async function publishEnded (): Promise<void> {
    const open = new Set<string>()
    for (let before: string | undefined; announced.size > 0;) {
      const page = await db.sessions.list({
        state: 'open',
        limit: PAGE_ROWS,
        ...(before === undefined ? {} : { before })
      })
      for (const { id } of page) open.add(id)
      if (page.length < PAGE_ROWS) break
      before = page.at(-1)!.id
    }
    await publishStored([...announced.keys()].filter(id => !open.has(id)), undefined)
  }

  async function catchUp (): Promise<void> {
    const sinceMs = gapSinceMs
    if (isReplaying || sinceMs === undefined) return
    isReplaying = true
    gapSinceMs = undefined
    try {
      cluster.requestSnapshots()
      await replay(sinceMs)
      await publishEnded()
    } catch (error) {
      // The database is away as well: what was missed is still to be shown.
      gapSinceMs = Math.min(sinceMs, gapSinceMs ?? sinceMs)
      throw error
    } finally {
      isReplaying = false
      if (gapSinceMs !== undefined) schedule(AGAIN_MS)
    }
  }

  function schedule (afterMs: number): void {
    if (isClosed) return
    timer ??= setTimeout(() => {
      timer = undefined
      catchUp().catch(error =>
        log.warn({ err: error }, 'what was missed of other gateways not shown yet, will try again')
      )
    }, afterMs)
    timer.unref()
  }

  function onGap (sinceMs: number): void {
    gapSinceMs = Math.min(sinceMs, gapSinceMs ?? sinceMs)
    schedule(SETTLE_MS)
  }

  return {
    onMessage (message, gatewayId) {
      remember(message, gatewayId)
      bus.publish(message)
    },
    onGap,
    onPeerLost (gatewayId) {
      const sessionIds = [...announced]
        .filter(([, known]) => known.gatewayId === gatewayId)
        .map(([sessionId]) => sessionId)
      publishStored(sessionIds, gatewayId).catch(error =>
        log.warn({ err: error }, 'sessions of a gateway that is gone not shown')
      )
      // What it stored last may not have been told.
      onGap(now() - MARGIN_MS)
    },
    sendSnapshots (gatewayId, wants) {
      for (const session of registry.sessions) {
        const about = session.about()
        if (wants(about)) cluster.publishTo(gatewayId, { ...about, kind: 'session', report: session.report() })
      }
    },
    close () {
      isClosed = true
      clearTimeout(timer)
    }
  }
}
