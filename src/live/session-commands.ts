import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { DatabaseError, newId, type Database } from '../../db/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Command, EndedSession, PageEventsResult, RecordedReport } from '../cluster/session-command.ts'
import type { SessionState } from '../protocol/messages.ts'
import { LAST_ID, NO_SCORES, type SessionStore } from './session-store.ts'
import type { SessionRegistry } from './session-registry.ts'
import { idAfter, type Report } from '../protocol/event-report.ts'
import type { LiveSession } from './session/live-session.ts'
import type { LiveSummary } from './session/live-summary.ts'

/** What comes of each kind of command. */
interface Results {
  readonly change: boolean
  readonly clear: number
  readonly note: RecordedReport | undefined
  readonly hear: PageEventsResult
  readonly tell: boolean
  readonly summary: LiveSummary | undefined
}
type Task = Extract<Command, { kind: keyof Results }>
type ReportCommand = Extract<Task, { kind: 'note' | 'hear' }>
type Result = Results[keyof Results]

export interface SessionCommandsOptions {
  readonly db: Database
  readonly cluster: Cluster
  readonly registry: SessionRegistry
  readonly store: SessionStore
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>
  readonly now: () => number
  /** Follows up the end of a session, once. */
  readonly notifyEnded: (ended: EndedSession) => Promise<void>
}

/** Does something to a session on the gateway that has it, wherever that is. */
export interface SessionCommands {
  run<Kind extends Task['kind']> (command: Extract<Task, { kind: Kind }>): Promise<Results[Kind]>
  /** Carries out what another gateway asks for, of the session under that number. */
  execute (command: Command, epoch: number): Promise<unknown>
  /** The database has refused what came of a session: looks whose it is. */
  check (sessionId: string): void
  /** Compares the sessions here with their rows: whose they are, and in which state. */
  reconcile (): Promise<void>
}

/** How an answer travels; JSON has no `undefined`. */
type Answer = { readonly value: Result | null } | { readonly isAbsent: true }

/** Another gateway has taken the session while this one worked on it. */
const LOST = Symbol('lost')

/** What only the owner of an open session does; where nobody has it, this gateway takes it. */
const OPENING: ReadonlySet<Task['kind']> = new Set(['change', 'note', 'hear', 'clear'])
/**
 * A gateway that is not there may be one that has just lost its line: staff can wait for it as long as for an answer.
 */
const TRIES_MAX = 8
const RETRY_MS = 250
/** How long a change of state waits for the events before it; without them the session would end with gaps. */
const EVENTS_MS = 3_000
/** How long a report waits for its commit: it must be answered before another gateway takes this one for dead. */
const REPORT_MS = 1_500
const PAGE_ROWS = 500

export function createSessionCommands ({
  db,
  cluster,
  registry,
  store,
  log,
  now,
  notifyEnded
}: SessionCommandsOptions): SessionCommands {
  /** Who asked for a change of which it is not known whether the database has made it. */
  const uncertain = new WeakMap<LiveSession, string>()

  /** On a session in memory. */
  async function runOnSession (session: LiveSession, command: Task): Promise<Result | typeof LOST> {
    switch (command.kind) {
      case 'change': return await change(session, command)
      case 'tell': return session.send(command.reply)
      case 'clear': return await session.runSerially(async () => await clear(session))
      case 'note':
      case 'hear': return await session.runSerially(async () => await recordReports(session, command))
      case 'summary': {
        const { id: sessionId, userId, startedAtMs, state, isOnline: online, endedAtMs } = session
        return {
          sessionId,
          userId,
          startedAtMs,
          state,
          online,
          endedAtMs,
          pauses: session.pauses(),
          ...session.scores(),
          ...session.unseen(),
          counts: session.counts()
        }
      }
    }
  }

  /** Runs `write` with all events until now committed, and none made before it has ended. */
  async function withInputsHeld<T> (session: LiveSession, write: () => Promise<T>): Promise<T> {
    session.holdInputs()
    try {
      if (!await session.settled(EVENTS_MS)) throw new DatabaseError('unavailable', 'EVENTS_WAITING')
      return await write()
    } finally {
      session.releaseInputs()
    }
  }

  async function clear (session: LiveSession): Promise<number | typeof LOST> {
    const removed = await withInputsHeld(session, async () => {
      const count = await db.sessions.amend(session.id, {
        epoch: session.epoch,
        rows: [],
        scores: NO_SCORES,
        atMs: now(),
        removeUntilId: LAST_ID
      })
      if (count !== undefined) session.clear()
      return count
    })
    if (removed !== undefined) return removed
    await syncWithRow(session)
    return LOST
  }

  async function recordReports (session: LiveSession, command: ReportCommand): Promise<PageEventsResult | typeof LOST> {
    // Ended, or moved, while this waited for its turn.
    if (registry.get(session.id) !== session) return LOST
    if (command.kind === 'hear') {
      if (session.state !== 'active') return undefined
      if (!session.withinQuota(reportsOf(command))) return 'full'
    }
    const known = command.isRepeated === true ? await knownRows(command) : []
    const quietMs = command.kind === 'note' ? command.quietMs : undefined
    const rows = command.reports.filter(({ id }) => !known.some(row => row.id === id))
      .flatMap(told => 'type' in told ? session.judgePageReport(told) : session.recordReport(told, quietMs))
    const stored = await session.stored(rows, REPORT_MS)
    // The rows were refused, so whoever has the session now is asked.
    if (!stored && registry.get(session.id) !== session) return LOST
    return { rows: [...known, ...rows], stored }
  }

  /** What another gateway has stored of a report before this one took the session. */
  async function knownRows ({ reports }: ReportCommand) {
    return await db.events.byIds(reports.flatMap(({ id }) => id === undefined ? [] : [id, idAfter(id)]))
  }

  async function change (
    session: LiveSession,
    command: Extract<Task, { kind: 'change' }>
  ): Promise<boolean | typeof LOST> {
    const { sessionId, from, to, by, reason, audit } = command
    const outcome = await session.runSerially(async () => {
      if (uncertain.has(session)) await syncWithRow(session)
      if (registry.get(sessionId) !== session) return session.isOpen ? LOST : false
      if (command.isRepeated === true && isPausedBy(session, to, by)) return true
      if (!from.includes(session.state) || (session.state === to && !isTakeover(session, to, by))) return false
      const done = await withInputsHeld(session, async () => await transition(session, command))
      if (done) return true
      await syncWithRow(session)
      return LOST
    })
    if (outcome !== true || session.isOpen) return outcome
    session.end()
    await notifyEnded({ sessionId, userId: session.userId, state: to, by })
    return true

    async function transition (of: LiveSession, { to: state }: typeof command): Promise<boolean> {
      const atMs = now()
      const { apply, ...last } = of.prepare(state, atMs, by)
      try {
        if (!await db.sessions.transition(sessionId, from, state, atMs, by, reason, last, audit)) return false
      } catch (error) {
        // Its answer may be lost and the change made.
        uncertain.set(of, by)
        throw error
      }
      const isTakenOver = of.state === state
      apply(reason)
      if (isTakenOver) of.send({ type: 'status', state, sessionId, ...(reason !== undefined && { reason }) })
      if (!of.isOpen) registry.remove(of)
      return true
    }
  }

  /** On the database alone: it is over, or nobody has it in memory. */
  async function runOnStored (command: Task): Promise<Result> {
    const { sessionId } = command
    switch (command.kind) {
      // There is nothing to change or to judge in a session that is over.
      case 'change':
      case 'tell': return false
      case 'hear': return undefined
      case 'note': return await store.recordReport(sessionId, command.reports)
      case 'clear': return await store.clear(sessionId)
      case 'summary': {
        const row = await db.sessions.byId(sessionId)
        return row === undefined ? undefined : await store.summary(row)
      }
    }
  }

  /** Where no other gateway has it, or, with `isSeizing`, where one does not answer. */
  async function runHere (command: Task, isSeizing = false): Promise<Result | typeof LOST> {
    const { sessionId, kind } = command
    const session =
      registry.get(sessionId) ?? (OPENING.has(kind) ? await registry.open(sessionId, isSeizing) : undefined)
    if (session === undefined) return await runOnStored(command)
    return await runOnSession(session, isSeizing ? repeated(command) : command)
  }

  async function runAnywhere (command: Task): Promise<Result> {
    for (let tries = 1; ; tries++) {
      const result = await tryOnce(tries === 1 ? command : repeated(command), tries === TRIES_MAX)
      if (result !== LOST) return result
      if (tries === TRIES_MAX) throw new DatabaseError('unavailable', 'SESSION_CONTENDED')
      await delay(RETRY_MS)
    }
  }

  /** `LOST`: it has just moved, or its gateway is gone. */
  async function tryOnce (command: Task, isLast: boolean): Promise<Result | typeof LOST> {
    const { sessionId } = command
    if (registry.get(sessionId) !== undefined || !cluster.isShared) return await runHere(command)
    const holder = await cluster.leases.find(sessionId)
    if (holder.is !== 'other') return await runHere(command)
    const outcome = await cluster.request(holder.gatewayId, command, holder.epoch)
    if (outcome.is === 'late') return await runHere(command, true)
    if (outcome.is === 'answer') {
      const answer = outcome.value as Answer
      if ('value' in answer) return answer.value ?? undefined
    }
    return isLast ? await runHere(command, true) : LOST
  }

  /** Takes over what the database has: another owner, or the end. */
  async function syncWithRow (session: LiveSession): Promise<void> {
    const row = await db.sessions.byId(session.id)
    const by = uncertain.get(session)
    uncertain.delete(session)
    if (row === undefined || registry.get(session.id) !== session) return registry.lose(session)
    // Of a pause whose answer was lost it is not known here who has it.
    const isSame = row.epoch === session.epoch && row.state === session.state
    if (isSame && !(by !== undefined && row.state === 'paused')) return
    // In another state and open, or somebody else's: it begins anew from its rows with the next connection.
    if (row.endedAtMs === null) return registry.lose(session)
    session.setState(row.state, row.endedAtMs, row.endReason ?? undefined)
    registry.remove(session)
    session.end()
    // A change that was made and whose answer was lost: nobody has followed it up.
    if (by !== undefined) await notifyEnded({ sessionId: session.id, userId: session.userId, state: row.state, by })
  }

  return {
    async run (command) {
      const withIds =
        command.kind === 'note' || command.kind === 'hear'
          ? ({
              ...command,
              reports: (command as ReportCommand).reports.map(told => ({ ...told, id: told.id ?? newId() }))
            } as Task)
          : command
      return (await runAnywhere(withIds)) as never
    },
    async execute (command, epoch) {
      if (command.kind === 'release') return await registry.release(command.sessionId, epoch)
      const session = registry.get(command.sessionId)
      const absent: Answer = { isAbsent: true }
      if (session?.epoch !== epoch) return absent
      const value = await runOnSession(session, command)
      return value === LOST ? absent : { value: value ?? null } satisfies Answer
    },
    check (sessionId) {
      const session = registry.get(sessionId)
      if (session === undefined) return
      session
        .runSerially(async () => await syncWithRow(session))
        .catch(error => log.warn({ err: error, sessionId }, 'session not compared with the database, will try again'))
    },
    async reconcile () {
      if (registry.size === 0) return
      const open = new Map<string, string>()
      for (let before: string | undefined; ;) {
        const page = await db.sessions.list({
          state: 'open',
          limit: PAGE_ROWS,
          ...(before === undefined ? {} : { before })
        })
        for (const { id, state, epoch } of page) open.set(id, `${state} ${epoch}`)
        if (page.length < PAGE_ROWS) break
        before = page.at(-1)!.id
      }
      for (const session of [...registry.sessions]) {
        if (open.get(session.id) !== `${session.state} ${session.epoch}`) {
          await session.runSerially(async () => await syncWithRow(session))
        }
      }
    }
  }
}

/** Whether that pause takes over one that the session's own candidate has begun. */
function isTakeover (session: LiveSession, to: SessionState, by: string): boolean {
  const pause = session.pauses().at(-1)
  return to === 'paused' && by !== session.userId && pause?.endedAtMs === null && pause.by === session.userId
}

/** Whether the pause that was asked for runs: another gateway has made it, and its answer did not come. */
function isPausedBy (session: LiveSession, to: SessionState, by: string): boolean {
  const pause = session.pauses().at(-1)
  return to === 'paused' && session.state === 'paused' && pause?.endedAtMs === null && pause.by === by
}

/** The same once more, after it may have been done in part. */
function repeated (command: Task): Task {
  return command.kind === 'note' || command.kind === 'hear' || command.kind === 'change'
    ? { ...command, isRepeated: true }
    : command
}

/** What is no page's event, and so for no judge. */
function reportsOf ({ reports }: ReportCommand): Report[] {
  return reports.flatMap(told => 'type' in told ? [] : [told])
}
