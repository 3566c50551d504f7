import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { newId, type Database, type EventRow } from '../../db/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { policyOf } from '../exams/policy.ts'
import type { Bus } from './bus.ts'
import type { Command } from './command.ts'
import type { EventWriter } from './event-writer.ts'
import type { Ended, Heard, LiveSummary } from './live.ts'
import type { SessionRecord } from './record.ts'
import type { Registry } from './registry.ts'
import type { Report } from './report.ts'
import type { LiveSession } from './session.ts'

/** What comes of each kind of command. */
interface Results {
  readonly change: boolean
  readonly clear: number
  readonly note: readonly EventRow[] | undefined
  readonly hear: Heard
  readonly tell: boolean
  readonly summary: LiveSummary | undefined
}
type Task = Extract<Command, { kind: keyof Results }>
type Result = Results[keyof Results]

export interface CommandsOptions {
  readonly db: Database
  readonly cluster: Cluster
  readonly registry: Registry
  readonly record: SessionRecord
  readonly writer: Pick<EventWriter, 'flush'>
  readonly bus: Bus
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>
  readonly now: () => number
  /** Follows up the end of a session, once. */
  readonly ended: (ended: Ended) => Promise<void>
}

/** Does something to a session on the gateway that has it, wherever that is. */
export interface Commands {
  run<Kind extends Task['kind']> (command: Extract<Task, { kind: Kind }>): Promise<Results[Kind]>
  /** Carries out what another gateway asks for. */
  obey (command: Command): Promise<unknown>
  /** Takes over what others changed in the database while they could not say so. */
  reconcile (): Promise<void>
}

/** How an answer travels; JSON has no `undefined`. */
type Answer = { readonly value: Result | null } | { readonly isAbsent: true }

/** What needs the session in memory even where nobody has it: what it left open gets its end, what is told is judged. */
const OPENING: ReadonlySet<Task['kind']> = new Set(['change', 'note', 'hear'])
/** A gateway that is not there may be one that has just lost its line: staff can wait for it as long as for an answer. */
const TRIES_MAX = 8
const RETRY_MS = 250
const NO_SCORES = { riskScore: 0, trustScore: 100, complianceScore: 100, eventCount: 0 } as const
const PAGE_ROWS = 500

export function createCommands ({ db, cluster, registry, record, writer, bus, log, now, ended }: CommandsOptions): Commands {
  /** On a session in memory. */
  async function onSession (session: LiveSession, command: Task): Promise<Result> {
    switch (command.kind) {
      case 'change': return await change(session, command)
      case 'tell': return session.tell(command.reply)
      case 'clear': {
        await writer.flush()
        // One moment for memory and rows: what is raised from now on stays in both.
        const untilId = newId()
        session.clear()
        await writer.flush()
        const removed = await db.events.deleteBySession(session.id, untilId)
        await session.save()
        return removed
      }
      case 'note':
      case 'hear': {
        if (command.kind === 'hear' && !session.takes(reportsOf(command))) return 'full'
        const quietMs = command.kind === 'note' ? command.quietMs : undefined
        const rows = command.reports.flatMap(report => 'type' in report ? session.notePage(report) : session.note(report, quietMs))
        await writer.flush()
        return rows
      }
      case 'summary': {
        const { id: sessionId, userId, startedAtMs, state, isOnline: online, endedAtMs } = session
        return { sessionId, userId, startedAtMs, state, online, endedAtMs, pauses: session.pauses(), ...session.scores(), counts: session.counts() }
      }
    }
  }

  async function change (session: LiveSession, { sessionId, from, to, by, reason, audit }: Extract<Task, { kind: 'change' }>): Promise<boolean> {
    const atMs = now()
    if (!await db.sessions.transition(sessionId, from, to, atMs, by, reason, undefined, audit)) {
      // Another gateway may have been faster while this one could not be reached.
      if (cluster.isShared) await follow(session)
      return false
    }
    session.setState(to, atMs, by, reason)
    if (session.isOpen) return true
    await finish(session)
    await ended({ sessionId, userId: session.userId, state: to, by })
    return true
  }

  async function finish (session: LiveSession): Promise<void> {
    registry.remove(session)
    await writer.flush()
    await session.save().catch(error => log.warn({ err: error, sessionId: session.id }, 'last scores not saved'))
    session.end()
  }

  /** On the database alone: nobody has the session in memory, or nobody who can be asked. */
  async function onRecord (command: Task): Promise<Result> {
    const { sessionId } = command
    switch (command.kind) {
      case 'tell': return false
      case 'note': return await record.note(sessionId, command.reports)
      // Without a judge what a page says is taken as it is; the end of something it did not begin is nothing.
      case 'hear': return await record.hear(sessionId, command.reports.flatMap(report => {
        if (!('type' in report)) return [report]
        return report.phase === 'end' ? [] : [{ kind: report.kind, atMs: report.atMs ?? now(), detail: { ...report.detail, source: 'page' } }]
      }))
      case 'clear': {
        await writer.flush()
        const removed = await db.events.deleteBySession(sessionId, newId())
        await db.sessions.setScores(sessionId, NO_SCORES, now())
        return removed
      }
      case 'summary': {
        const row = await db.sessions.byId(sessionId)
        return row === undefined ? undefined : await record.summary(row)
      }
      case 'change': {
        const { from, to, by, reason, audit } = command
        if (!await db.sessions.transition(sessionId, from, to, now(), by, reason, undefined, audit)) return false
        const row = await db.sessions.byId(sessionId)
        if (row === undefined) return true
        bus.publish({ sessionId, examId: row.examId, ownerId: (await policyOf(db, row))?.ownerId ?? null, kind: 'session', report: record.report(row) })
        if (to === 'stopped' || to === 'terminated') await ended({ sessionId, userId: row.userId, state: to, by })
        return true
      }
    }
  }

  /** Where nobody has it. */
  async function here (command: Task): Promise<Result> {
    const { sessionId } = command
    const session = registry.get(sessionId) ?? (OPENING.has(command.kind) ? await registry.open(sessionId, 0) : undefined)
    if (session !== undefined) return await onSession(session, command)
    // There is nothing to change or to judge in a session that is over.
    if (command.kind === 'change') return false
    if (command.kind === 'hear') return undefined
    return await onRecord(command)
  }

  async function anywhere (command: Task): Promise<Result> {
    const { sessionId } = command
    for (let tries = 1; ; tries++) {
      if (registry.get(sessionId) !== undefined || !cluster.isShared) return await here(command)
      const holder = await cluster.owners.find(sessionId)
      if (holder.is === 'free') return await here(command)
      if (holder.is === 'away') return await onRecord(command)
      const outcome = await cluster.ask(holder.gatewayId, command)
      if (outcome.is === 'answer') {
        const answer = outcome.value as Answer
        if ('value' in answer) return answer.value ?? undefined
      }
      if (outcome.is === 'late') {
        const result = await onRecord(command)
        if (command.kind === 'change') cluster.ask(holder.gatewayId, { kind: 'sync', sessionId }).catch(() => {})
        return result
      }
      // It has just moved, or its gateway is gone.
      if (tries === TRIES_MAX) return await here(command)
      await delay(RETRY_MS)
    }
  }

  /** Takes over the state that the database has. */
  async function follow (session: LiveSession): Promise<void> {
    const row = await db.sessions.byId(session.id)
    if (row === undefined || row.state === session.state) return
    session.setState(row.state, row.endedAtMs ?? row.updatedAtMs, 'system', row.endReason ?? undefined)
    if (!session.isOpen) await finish(session)
  }

  return {
    async run (command) { return await anywhere(command) as never },
    async obey (command) {
      if (command.kind === 'release') return await registry.release(command.sessionId)
      const session = registry.get(command.sessionId)
      if (command.kind === 'sync') {
        if (session !== undefined) await follow(session)
        return null
      }
      const answer = async (): Promise<Answer> => {
        if (session === undefined) return { isAbsent: true }
        // Asked so late that another gateway has it by now, which does what is asked.
        if ((await cluster.owners.find(session.id)).is === 'other') {
          registry.drop(session.id)
          return { isAbsent: true }
        }
        return { value: await onSession(session, command) ?? null }
      }
      return await answer()
    },
    async reconcile () {
      if (registry.size === 0) return
      const states = new Map<string, string>()
      for (let before: string | undefined; ;) {
        const page = await db.sessions.list({ state: 'open', limit: PAGE_ROWS, ...(before === undefined ? {} : { before }) })
        for (const { id, state } of page) states.set(id, state)
        if (page.length < PAGE_ROWS) break
        before = page.at(-1)!.id
      }
      for (const session of [...registry.sessions]) {
        if (states.get(session.id) !== session.state) await follow(session)
      }
    }
  }
}

/** What is no page's event, and so for no judge. */
function reportsOf ({ reports }: Extract<Task, { kind: 'hear' }>): Report[] {
  return reports.flatMap(report => 'type' in report ? [] : [report])
}
