import type { FastifyBaseLogger } from 'fastify'
import { cursorAt, openSessions, type Database } from '../../db/index.ts'
import type { Cluster, Handlers } from '../cluster/cluster.ts'
import { policyOf } from '../policy/exam-policy.ts'
import type { About, Bus, FeedMessage } from '../feed/bus.ts'
import type { SessionStore } from './session-store.ts'
import type { SessionRegistry } from './session-registry.ts'
import { runsBySession } from '../feed/replay.ts'
import { threadMessage } from '../protocol/thread.ts'
import { bySession } from './threads.ts'
import type { Viewers } from './viewers.ts'

/** A replay starts this long before a gap: ids are made before the commit, and the clocks of machines differ. */
const MARGIN_MS = 10_000
/** Gaps of several gateways within this time are handled together. */
const SETTLE_MS = 250
/** Pause before the next try while the database is unavailable too. */
const AGAIN_MS = 5_000
const PAGE_ROWS = 500
/** Pause between pages, so that readers keep up with a replay. */
const PAGE_PAUSE_MS = 50

export interface RemoteSessionsOptions {
  readonly db: Database
  readonly cluster: Cluster
  readonly registry: SessionRegistry
  readonly store: SessionStore
  readonly viewers: Viewers
  /** The bus of this process alone: messages of other gateways are not sent on. */
  readonly bus: Bus
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Shows monitors here the sessions of other gateways, and catches up after a gap or the loss of a gateway. */
export interface RemoteSessions extends Pick<Handlers, 'onMessage' | 'onGap' | 'onPeerLost' | 'sendSnapshots'> {
  close (): void
}

export function createRemoteSessions ({
  db,
  cluster,
  registry,
  store,
  viewers,
  bus,
  log,
  now
}: RemoteSessionsOptions): RemoteSessions {
  /** Open sessions announced by other gateways, each with the gateway that announced it. */
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

  /** Publishes the stored state of sessions, unless another gateway has announced them since. */
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

  /** Publishes every event stored since `sinceMs`; readers recognize repeated ones by their ids. */
  async function replay (sinceMs: number): Promise<void> {
    if (bus.audiences().length === 0) return
    const abouts = new Map<string, About>()
    await replayMessages(sinceMs, abouts)
    for (let after = cursorAt(sinceMs - MARGIN_MS); ;) {
      const rows = await db.events.listAfter({ after, limit: PAGE_ROWS })
      for (const run of runsBySession(rows)) {
        const { sessionId } = run[0]!
        const about = await knownAbout(sessionId, abouts)
        bus.publish({ ...about, kind: 'events', rows: run, stored: true, isReplay: true })
      }
      if (isClosed || rows.length < PAGE_ROWS) break
      after = rows.at(-1)!.id
      await new Promise(resolve => setTimeout(resolve, PAGE_PAUSE_MS))
    }
  }

  /** Publishes the thread messages since then; readers replace those that they know by their ids. */
  async function replayMessages (sinceMs: number, abouts: Map<string, About>): Promise<void> {
    for (let after = cursorAt(sinceMs - MARGIN_MS); ;) {
      const rows = await db.messages.listAfter({ after, limit: PAGE_ROWS })
      for (const [sessionId, data] of bySession(rows.map(threadMessage))) {
        bus.publish({ ...(await knownAbout(sessionId, abouts)), kind: 'messages', data })
      }
      if (isClosed || rows.length < PAGE_ROWS) return
      after = rows.at(-1)!.id
      await new Promise(resolve => setTimeout(resolve, PAGE_PAUSE_MS))
    }
  }

  async function knownAbout (sessionId: string, abouts: Map<string, About>): Promise<About> {
    const about = abouts.get(sessionId) ?? await aboutOf(sessionId)
    abouts.set(sessionId, about)
    return about
  }

  async function aboutOf (sessionId: string): Promise<About> {
    const row = await db.sessions.byId(sessionId)
    return {
      sessionId,
      examId: row?.examId ?? null,
      ownerId: row === undefined ? null : ((await policyOf(db, row))?.ownerId ?? null)
    }
  }

  /** Publishes sessions whose end was lost in a gap. */
  async function publishEnded (): Promise<void> {
    const open = new Set<string>()
    if (announced.size === 0) return
    for await (const { id } of openSessions(db)) open.add(id)
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
      // The database is unavailable too: keep the gap for the next try.
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
        log.warn({ err: error }, 'replay after a gap failed, retrying')
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
      if (message.kind === 'looking') viewers.onMessage(message, gatewayId)
      bus.publish(message)
    },
    onGap,
    onPeerLost (gatewayId) {
      viewers.onPeerLost(gatewayId)
      const sessionIds = [...announced]
        .filter(([, known]) => known.gatewayId === gatewayId)
        .map(([sessionId]) => sessionId)
      publishStored(sessionIds, gatewayId).catch(error =>
        log.warn({ err: error }, 'publishing the sessions of a lost gateway failed')
      )
      // The feed messages for its last stored events may be lost.
      onGap(now() - MARGIN_MS)
    },
    sendSnapshots (gatewayId, wants) {
      viewers.sendSnapshots(message => cluster.publishTo(gatewayId, message), wants)
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
