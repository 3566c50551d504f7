import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { defined } from '../../lib/defined.ts'
import { DatabaseError } from '../../db/index.ts'
import type { ErrorCode } from '../errors.ts'
import { accountOf } from '../plugins/access.ts'
import { laneOfAccount } from '../plugins/lanes.ts'
import type { Account } from '../plugins/auth.ts'
import { includes, type FeedMessage } from '../feed/bus.ts'
import { Channel } from './channel.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { logEntry } from '../protocol/log-entry.ts'
import { MONITOR_REPLIES, readMonitor, type MonitorMessage, type MonitorReply } from '../protocol/messages.ts'
import { refusal } from '../protocol/error-message.ts'
import { Replay, runsBySession } from '../feed/replay.ts'
import { lookingReply, showConversations } from './monitor-conversations.ts'
import { runStaffAction } from './staff-action.ts'
import { storedPage } from './stored-events.ts'

export interface MonitorContext {
  readonly live: LiveGateway
  /** Loads the account again; throws if it may no longer connect. */
  readonly confirm: Parameters<LiveGateway['connections']['add']>[0]['confirm']
}

/** The sessions that this socket watches. */
interface Watch {
  all: boolean
  readonly sessions: Set<string>
  readonly exams: Set<string>
  /** Limits a teacher to sessions of the teacher's own exams and to sessions without an exam. */
  readonly overseerId: string | undefined
}

/** Serves one member of staff: sends the sessions they watch, and carries out their actions. */
export function serveMonitor (socket: WebSocket, request: FastifyRequest, { live, confirm }: MonitorContext): void {
  const { limits, counters } = live
  const account = accountOf(request)
  const { language } = request
  const channel = new Channel<MonitorReply>({
    socket,
    replies: MONITOR_REPLIES,
    language,
    limits,
    counters,
    log: request.log,
    now: live.now,
    lane: laneOfAccount(account.id)
  })
  const member = { connection: channel, account, confirm, mayStay: (now: Account) => now.role === account.role }
  live.connections.add(member)
  counters.sockets.monitors++

  const overseerId = account.role === 'teacher' ? account.id : undefined
  const watch: Watch = { all: false, sessions: new Set(), exams: new Set(), overseerId }
  /** Sessions in which this account is the candidate; it must not watch them. */
  const own = new Set<string>()
  const replay = new Replay({
    bufferMax: limits.replayBufferMax,
    onOverflow: () => channel.close(CLOSE.slowReader, refusal('INVIGIL_ERR_SLOW_READER')),
    show: (rows, stored, isReplay) => {
      for (const run of runsBySession(rows)) {
        if (run[0]!.userId === account.id) continue
        channel.send({
          type: 'logs',
          sessionId: run[0]!.sessionId,
          data: run.map(row => logEntry(row, language, 'staff')),
          stored,
          ...(isReplay && { replay: true })
        })
      }
    }
  })
  const viewer = { id: randomUUID(), userId: account.id, name: account.name }
  const leave = live.bus.subscribe(watch, message => {
    if (message.kind === 'session' && message.report.userId === account.id) own.add(message.sessionId)
    if (own.has(message.sessionId)) return
    if (message.kind !== 'looking' || message.viewer.userId !== account.id) show(message, channel, replay)
  })

  channel.listen(data => {
    const message = readMonitor(data.toString(), limits.messageCharsMax)
    if (message === undefined) {
      channel.refuse(refusal('INVIGIL_ERR_MESSAGE_INVALID'))
      return undefined
    }
    return async () => {
      try {
        await serve(message)
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error
        request.log.warn({ err: error }, 'monitor message failed')
        channel.refuse(refusal('INVIGIL_ERR_DATABASE', { ref: message.ref }))
      }
    }
  })

  socket.on('close', () => {
    leave()
    live.viewers.look(viewer, undefined)
    live.connections.remove(member)
    counters.sockets.monitors--
  })

  async function serve (message: MonitorMessage): Promise<void> {
    const { type, ref } = message
    switch (type) {
      case 'subscribe':
        await subscribe(message)
        break
      case 'unsubscribe':
        if (message.all === true) watch.all = false
        for (const id of message.sessions ?? []) watch.sessions.delete(id)
        for (const id of message.exams ?? []) watch.exams.delete(id)
        break
      case 'looking': {
        const refused = await look(message.sessionId)
        if (refused !== undefined) return channel.refuse(refusal(refused, { ref }))
        break
      }
      default: {
        const reply = await runStaffAction(live, account, message, live.now())
        if (reply.type === 'error') return channel.refuse(reply)
        channel.send(reply)
        return
      }
    }
    channel.send({ type: 'done', action: type, ...defined({ ref }) })
  }

  /** Shows other monitors which session this one looks at, and asks for better thumbnails of it. */
  async function look (sessionId: string | null): Promise<ErrorCode | undefined> {
    if (sessionId === null) {
      live.viewers.look(viewer, undefined)
      return undefined
    }
    const row = await live.rowOf(sessionId)
    if (row === undefined || row.endedAtMs !== null) return 'INVIGIL_ERR_SESSION_UNKNOWN'
    if (row.userId === account.id || !await live.mayOversee(account, row)) return 'INVIGIL_ERR_NOT_YOURS'
    if (!channel.isOpen) return undefined
    live.viewers.look(viewer, await live.aboutOf(row))
    await live.lookCloser(sessionId)
    return undefined
  }

  /** Whether this account may watch all of these sessions and exams; unknown ids are ignored. */
  async function mayWatch (sessions: readonly string[], exams: readonly string[]): Promise<boolean> {
    const examIds = new Set(exams)
    for (const [at, id] of sessions.entries()) {
      // SQLite reads on this thread, so let I/O run in between.
      if (at % ROWS_A_TURN === ROWS_A_TURN - 1) await new Promise(resolve => setImmediate(resolve))
      const row = await live.rowOf(id)
      if (row?.userId === account.id) return false
      if (typeof row?.examId === 'string') examIds.add(row.examId)
    }
    if (overseerId === undefined) return true
    for (const examId of examIds) if (!await live.mayOversee(account, { examId })) return false
    return true
  }

  /** Sends snapshots, then stored events after the cursor, then live ones, without gaps or repeats. */
  async function subscribe ({
    all,
    sessions = [],
    exams = [],
    after,
    ref
  }: Extract<MonitorMessage, { type: 'subscribe' }>): Promise<void> {
    if (watch.sessions.size + sessions.length + watch.exams.size + exams.length > SCOPE_MAX) {
      return channel.refuse(
        refusal('INVIGIL_ERR_MESSAGE_INVALID', { message: `At most ${SCOPE_MAX} sessions and exams on one socket` })
      )
    }
    await live.replayBudget.admit(account)
    live.replayBudget.charge(account, SUBSCRIBE_ROWS + sessions.length + exams.length)
    if (!await mayWatch(sessions, exams)) return channel.refuse(refusal('INVIGIL_ERR_NOT_YOURS', { ref }))
    const wanted = { all: all === true, sessions: new Set(sessions), exams: new Set(exams) }
    await replay.run({
      first: async () => {
        if (wanted.all) watch.all = true
        for (const id of sessions) watch.sessions.add(id)
        for (const id of exams) watch.exams.add(id)
        let read = 0
        let shown: string[] = []
        for await (const row of live.openRows(overseerId)) {
          if (row.userId === account.id) {
            own.add(row.id)
            continue
          }
          if (includes(wanted, { sessionId: row.id, examId: row.examId })) {
            if (exams.length > 0 || overseerId !== undefined) wanted.sessions.add(row.id)
            await channel.drained()
            channel.send(live.reportOf(row))
            shown.push(row.id)
          }
          if (!channel.isOpen) return
          if (shown.length === ROWS_A_TURN) {
            await showConversations(live, channel, account, shown)
            shown = []
          }
          if (++read % ROWS_A_TURN === 0) {
            live.replayBudget.charge(account, ROWS_A_TURN)
            await new Promise(resolve => setImmediate(resolve))
          }
        }
        await showConversations(live, channel, account, shown)
        live.requestSnapshots()
      },
      after,
      page:
        after === undefined
          ? undefined
          : cursor =>
            storedPage(live, channel, account, {
              after: cursor,
              sessionIds: wanted.all && overseerId === undefined ? undefined : [...wanted.sessions]
            })
    })
  }
}

/** Most sessions and exams that one socket may subscribe to. */
const SCOPE_MAX = 2_000
/** Rows read and sent before I/O runs. */
const ROWS_A_TURN = 50
/** Cost of a subscription in rows of credit, in addition to the rows that it returns. */
const SUBSCRIBE_ROWS = 50

function show (message: FeedMessage, channel: Channel<MonitorReply>, replay: Replay): void {
  const { sessionId } = message
  switch (message.kind) {
    case 'events':
      replay.live(message.rows, message.stored, message.isReplay)
      break
    case 'session':
      channel.send(message.report)
      break
    case 'thumbnail':
      channel.send({ type: 'thumbnail', sessionId, at: new Date(message.atMs).toISOString(), data: message.jpegBase64 })
      break
    case 'call':
      channel.send({ type: 'call', sessionId, riskLevel: message.riskLevel, at: new Date(message.atMs).toISOString() })
      break
    case 'presence':
      channel.send({ type: 'presence', sessionId, online: message.online, at: new Date(message.atMs).toISOString() })
      break
    case 'messages':
      channel.send({ type: 'messages', sessionId, data: message.data })
      break
    case 'acknowledgements':
      channel.send({ type: 'acknowledgements', sessionId, data: message.data })
      break
    case 'hand':
      channel.send({ type: 'hand', sessionId, raised: message.raised, at: new Date(message.atMs).toISOString() })
      break
    case 'looking':
      channel.send(lookingReply(sessionId, message.viewer, message.looking))
      break
  }
}
