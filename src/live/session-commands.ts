import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { DatabaseError, newId, openSessions, type Database } from '../../db/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Command, EndedSession, PageEventsResult, RecordedReport } from '../cluster/session-command.ts'
import { actorRole, type SessionState } from '../protocol/messages.ts'
import { LAST_ID, NO_SCORES, type SessionStore } from './session-store.ts'
import type { SessionRegistry } from './session-registry.ts'
import { idAfter, type Report } from '../protocol/event-report.ts'
import type { LiveSession } from './session/live-session.ts'
import type { LiveSummary } from './session/live-summary.ts'

/** The result of each kind of command. */
interface Results {
  readonly change: boolean
  readonly clear: number
  readonly note: RecordedReport | undefined
  readonly hear: PageEventsResult
  readonly tell: boolean
  readonly refresh: boolean
  readonly look: boolean
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
  /** Called once when a session has ended. */
  readonly notifyEnded: (ended: EndedSession) => Promise<void>
}

/** Runs commands on the gateway that holds the session. */
export interface SessionCommands {
  run<Kind extends Task['kind']> (command: Extract<Task, { kind: Kind }>): Promise<Results[Kind]>
  /** Runs a command for another gateway, if the session is held here under that epoch. */
  execute (command: Command, epoch: number): Promise<unknown>
  /** Compares a session with its row, after the database has refused its rows. */
  check (sessionId: string): void
  /** Compares epoch and state of all sessions here with their rows. */
  reconcile (): Promise<void>
}

/** A response on the wire; JSON has no `undefined`. */
type Answer = { readonly value: Result | null } | { readonly isAbsent: true }

/** Another gateway took the session while the command ran. */
const LOST = Symbol('lost')

/**
 * Commands that load the session if no gateway holds it, so that open incidents are closed and reports are judged.
 */
const OPENING: ReadonlySet<Task['kind']> = new Set(['change', 'note', 'hear', 'clear'])
/** An unreachable gateway may have lost its connection for a moment: retried for about as long as a request takes. */
const TRIES_MAX = 8
const RETRY_MS = 250
/** How long a change of state waits until earlier events are committed; without them the session has gaps. */
const EVENTS_MS = 3_000
/** How long a report waits for its commit: shorter than the time after which a peer counts as dead. */
const REPORT_MS = 1_500

export function createSessionCommands ({
  db,
  cluster,
  registry,
  store,
  log,
  now,
  notifyEnded
}: SessionCommandsOptions): SessionCommands {
  /** Sessions with a change whose commit is uncertain, and the user who asked for it. */
  const uncertain = new WeakMap<LiveSession, string>()

  /** Runs a command on a session in memory. */
  async function runOnSession (session: LiveSession, command: Task): Promise<Result | typeof LOST> {
    switch (command.kind) {
      case 'change': return await change(session, command)
      case 'tell': return session.send(command.reply)
      case 'refresh': return await session.tasks.run(async () => await refresh(session))
      case 'look':
        session.input.lookCloser()
        return true
      case 'clear': return await session.tasks.run(async () => await clear(session))
      case 'note':
      case 'hear': return await session.tasks.run(async () => await recordReports(session, command))
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

  /** Waits until all events are committed, then runs `write` while inputs are held back from the judge. */
  async function withInputsHeld<T> (session: LiveSession, write: () => Promise<T>): Promise<T> {
    session.holdInputs()
    try {
      if (!await session.commits.settled(EVENTS_MS)) throw new DatabaseError('unavailable', 'EVENTS_WAITING')
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

  async function refresh (session: LiveSession): Promise<boolean> {
    const row = await db.sessions.byId(session.id)
    if (row !== undefined) session.setRequests(row)
    return true
  }

  async function recordReports (session: LiveSession, command: ReportCommand): Promise<PageEventsResult | typeof LOST> {
    // The session ended or moved while this command waited.
    if (registry.get(session.id) !== session) return LOST
    if (command.kind === 'hear') {
      if (session.state !== 'active') return undefined
      if (!session.withinQuota(reportsOf(command))) return 'full'
    }
    const known = command.isRepeated === true ? await knownRows(command) : []
    const quietMs = command.kind === 'note' ? command.quietMs : undefined
    const rows = command.reports
      .filter(({ id }) => !known.some(row => row.id === id))
      .flatMap(report =>
        'type' in report ? session.input.judgePageReport(report) : session.recordReport(report, quietMs)
      )
    const stored = await session.commits.stored(rows, REPORT_MS)
    // The database refused the rows: another gateway holds the session, so ask that one.
    if (!stored && registry.get(session.id) !== session) return LOST
    return { rows: [...known, ...rows], stored }
  }

  /** Rows of the same reports that another gateway stored before this one took the session. */
  async function knownRows ({ reports }: ReportCommand) {
    return await db.events.byIds(reports.flatMap(({ id }) => id === undefined ? [] : [id, idAfter(id)]))
  }

  async function change (
    session: LiveSession,
    command: Extract<Task, { kind: 'change' }>
  ): Promise<boolean | typeof LOST> {
    const { sessionId, from, to, by, reason, audit } = command
    const outcome = await session.tasks.run(async () => {
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
        // The change may have been committed and only the response lost.
        uncertain.set(of, by)
        throw error
      }
      const isTakenOver = of.state === state
      apply(reason)
      if (isTakenOver) {
        of.send({ type: 'status', state, sessionId, by: actorRole(by, of.userId), ...defined({ reason }) })
      }
      if (!of.isOpen) registry.remove(of)
      return true
    }
  }

  /** Runs a command on the database alone: the session has ended, or no gateway holds it. */
  async function runOnStored (command: Task): Promise<Result> {
    const { sessionId } = command
    switch (command.kind) {
      // A session that has ended changes and judges nothing more.
      case 'change':
      case 'refresh':
      case 'look':
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

  /** Runs a command here; `isForced` takes the session from a gateway that did not respond. */
  async function runHere (command: Task, isForced = false): Promise<Result | typeof LOST> {
    const { sessionId, kind } = command
    const session =
      registry.get(sessionId) ?? (OPENING.has(kind) ? await registry.open(sessionId, isForced) : undefined)
    if (session === undefined) return await runOnStored(command)
    return await runOnSession(session, isForced ? repeated(command) : command)
  }

  async function runAnywhere (command: Task): Promise<Result> {
    let current = command
    const onLate = (): void => { current = repeated(command) }
    for (let tries = 1; ; tries++) {
      const result = await tryOnce(current, tries === TRIES_MAX, onLate)
      if (result !== LOST) return result
      // A lost session may have stored some of the reports. It has made no change: only a late gateway may have.
      if (command.kind !== 'change') current = repeated(command)
      if (tries === TRIES_MAX) throw new DatabaseError('unavailable', 'SESSION_CONTENDED')
      await delay(RETRY_MS)
    }
  }

  /**
   * Runs a command on its gateway once; `LOST` if the session has moved. `onLate`: the gateway may have carried it out.
   */
  async function tryOnce (
    command: Task,
    isLast: boolean,
    onLate: () => void
  ): Promise<Result | typeof LOST> {
    const { sessionId } = command
    if (registry.get(sessionId) !== undefined || !cluster.isShared) return await runHere(command)
    const holder = await cluster.leases.find(sessionId)
    if (holder.is !== 'other') return await runHere(command)
    const outcome = await cluster.request(holder.gatewayId, command, holder.epoch)
    if (outcome.is === 'late') {
      onLate()
      return await runHere(command, true)
    }
    if (outcome.is === 'answer') {
      const answer = outcome.value as Answer
      if ('value' in answer) return answer.value ?? undefined
    }
    return isLast ? await runHere(command, true) : LOST
  }

  /** Applies the row to the session in memory: drops it if another gateway owns it, ends it if it has ended. */
  async function syncWithRow (session: LiveSession): Promise<void> {
    const row = await db.sessions.byId(session.id)
    const by = uncertain.get(session)
    uncertain.delete(session)
    if (row === undefined || registry.get(session.id) !== session) return registry.lose(session)
    // After an uncertain pause the memory does not know who paused.
    const isSame = row.epoch === session.epoch && row.state === session.state
    if (isSame && !(by !== undefined && row.state === 'paused')) return
    // In another state or owned by another gateway: the next connection loads it from its rows.
    if (row.endedAtMs === null) return registry.lose(session)
    session.setState(row.state, row.endedAtMs, row.endReason ?? undefined)
    registry.remove(session)
    session.end()
    // The change was committed and its response lost, so the end listeners have not been called.
    if (by !== undefined) await notifyEnded({ sessionId: session.id, userId: session.userId, state: row.state, by })
  }

  return {
    async run<Kind extends Task['kind']> (command: Extract<Task, { kind: Kind }>) {
      const withIds =
        command.kind === 'note' || command.kind === 'hear'
          ? ({
              ...command,
              reports: (command as ReportCommand).reports.map(report => ({ ...report, id: report.id ?? newId() }))
            } as Task)
          : command
      return await runAnywhere(withIds) as Results[Kind]
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
        .tasks.run(async () => await syncWithRow(session))
        .catch(error => log.warn({ err: error, sessionId }, 'session reconcile failed, retrying'))
    },
    async reconcile () {
      if (registry.size === 0) return
      const open = new Map<string, string>()
      for await (const { id, state, epoch } of openSessions(db)) open.set(id, `${state} ${epoch}`)
      for (const session of [...registry.sessions]) {
        if (open.get(session.id) !== `${session.state} ${session.epoch}`) {
          await session.tasks.run(async () => await syncWithRow(session))
        }
      }
    }
  }
}

/** Whether a pause by staff replaces one that the candidate began. */
function isTakeover (session: LiveSession, to: SessionState, by: string): boolean {
  const pause = session.pauses().at(-1)
  return to === 'paused' && by !== session.userId && pause?.endedAtMs === null && pause.by === session.userId
}

/** Whether the requested pause already runs: another gateway made it, and its response was lost. */
function isPausedBy (session: LiveSession, to: SessionState, by: string): boolean {
  const pause = session.pauses().at(-1)
  return to === 'paused' && session.state === 'paused' && pause?.endedAtMs === null && pause.by === by
}

/** Marks a command that may already have been carried out in part. */
function repeated (command: Task): Task {
  return command.kind === 'note' || command.kind === 'hear' || command.kind === 'change'
    ? { ...command, isRepeated: true }
    : command
}

/** The reports of a command that are not page events. */
function reportsOf ({ reports }: ReportCommand): Report[] {
  return reports.flatMap(report => 'type' in report ? [] : [report])
}
