/** The words between a candidate and staff: stored first, then sent, and sent again until the page confirms them. */
import type { FastifyBaseLogger } from 'fastify'
import { DatabaseError, type Database, type MessageKind, type SessionWithUser, type ThreadRow } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { About, Bus } from '../feed/bus.ts'
import { policyOf } from '../policy/exam-policy.ts'
import type { Account } from '../plugins/auth.ts'
import type { CandidateReply } from '../protocol/messages.ts'
import { candidateReply, threadMessage, type ThreadMessage } from '../protocol/thread.ts'

export type Author = Pick<Account, 'id' | 'name'>

/** Words as a client sends them. */
export interface Words {
  readonly text: string
  readonly canned?: string | undefined
  /** The same `clientId` of one author in one session stores one message. */
  readonly clientId?: string | undefined
}

/** Functions that take a session want its stored row. They throw coded errors, and DatabaseError. */
export interface Threads {
  /** Stores a message to the candidate and sends it; `delivered`: the candidate's page was connected. */
  tell(
    session: SessionWithUser,
    author: Author,
    kind: Exclude<MessageKind, 'question' | 'broadcast' | 'break_request'>,
    words: Words
  ): Promise<{ readonly message: ThreadMessage, readonly delivered: boolean }>
  /** Stores a message of the candidate and shows it to staff. */
  ask (session: SessionWithUser, author: Author, words: Words): Promise<ThreadMessage>
  /** Throws if the candidate has written too much, in the last minute or in the whole session. */
  admit (sessionId: string): Promise<void>
  /** The candidate's page has received or shown messages; unknown ids change nothing. */
  confirm (about: About, messageIds: readonly string[], state: 'received' | 'seen'): Promise<void>
  /** Staff have seen messages of the candidate; unknown ids change nothing. */
  seen (session: SessionWithUser, messageIds: readonly string[]): Promise<void>
  /** Messages that the candidate's page has not confirmed, oldest first. */
  undelivered (sessionId: string): Promise<CandidateReply[]>
  /** Messages of candidates that staff have not seen, by session. */
  unseen (sessionIds: readonly string[]): Promise<ReadonlyMap<string, readonly ThreadMessage[]>>
  /**
   * Stores a message in the threads of all candidates with an open session of the exam, and sends it. A repetition
   * with the same `clientId` sends it again to the same candidates, if their pages have not confirmed it.
   */
  broadcast(
    exam: { readonly id: string },
    author: Author,
    words: Words
  ): Promise<{ readonly sessions: number, readonly delivered: number }>
  /** Shows stored messages to the monitors of their session. */
  publish (about: About, rows: readonly ThreadRow[]): ThreadMessage[]
}

export interface ThreadsOptions {
  readonly db: Database
  readonly bus: Pick<Bus, 'publish'>
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  readonly now: () => number
  /** Sends a reply to the candidate's page, on any gateway; false without a connection. */
  readonly sendToCandidate: (sessionId: string, reply: CandidateReply) => Promise<boolean>
}

/** Messages that a candidate may write in a minute, and in one session. */
export const OWN_MESSAGES_A_MINUTE = 20
export const OWN_MESSAGES_MAX = 1_000
const MINUTE_MS = 60_000
const PAGE_ROWS = 500
/** Candidates that a broadcast is sent to at the same time. */
const SENT_AT_ONCE = 20

export function createThreads ({ db, bus, log, now, sendToCandidate }: ThreadsOptions): Threads {
  function publish (about: About, rows: readonly ThreadRow[]): ThreadMessage[] {
    const data = rows.map(threadMessage)
    if (data.length > 0) bus.publish({ ...about, kind: 'messages', data })
    return data
  }

  /** The message is stored, so a failure to send it is no failure of the request. */
  async function send (sessionId: string, reply: CandidateReply): Promise<boolean> {
    try {
      return await sendToCandidate(sessionId, reply)
    } catch (error) {
      log.warn({ err: error, sessionId }, 'message send failed, the page gets the message when it connects')
      return false
    }
  }

  async function admit (sessionId: string): Promise<void> {
    const { recent, total } = await db.messages.counts(sessionId, now() - MINUTE_MS)
    const max = OWN_MESSAGES_MAX
    if (total >= max) throw refuse('INVIGIL_ERR_MESSAGES_FULL', { values: { max }, details: { max } })
    if (recent >= OWN_MESSAGES_A_MINUTE) throw refuse('INVIGIL_ERR_MESSAGES_FAST')
  }

  /** Stores a broadcast for every open session of the exam. */
  async function storeBroadcast (examId: string, author: Author, words: Words): Promise<readonly ThreadRow[]> {
    const atMs = now()
    const sessionIds: string[] = []
    for (let before: string | undefined; ;) {
      const page = await db.sessions.list({
        state: 'open',
        examId,
        limit: PAGE_ROWS,
        ...(before !== undefined && { before })
      })
      sessionIds.push(...page.filter(({ userId }) => userId !== author.id).map(({ id }) => id))
      if (page.length < PAGE_ROWS) break
      before = page.at(-1)!.id
    }
    await db.audit.append({
      actorId: author.id,
      action: 'exam.broadcast',
      targetType: 'exam',
      targetId: examId,
      detail: { text: words.text, sessions: sessionIds.length },
      atMs
    })
    const { text, canned, clientId } = words
    try {
      return await db.messages.addAll(sessionIds.map(sessionId => ({
        sessionId,
        authorId: author.id,
        direction: 'to_candidate',
        kind: 'broadcast',
        canned,
        text,
        clientId,
        atMs
      })))
    } catch (error) {
      // The same request runs a second time at the same moment.
      if (!(error instanceof DatabaseError) || error.code !== 'unique' || clientId === undefined) throw error
      return await db.messages.byClientId(author.id, clientId, examId)
    }
  }

  return {
    publish,
    admit,
    async tell (session, author, kind, { text, canned, clientId }) {
      const { message, isNew } = await db.messages.add({
        sessionId: session.id,
        authorId: author.id,
        direction: 'to_candidate',
        kind,
        canned,
        text,
        clientId,
        atMs: now()
      })
      const delivered = message.deliveredAtMs !== null || await send(session.id, candidateReply(message))
      if (isNew) publish(await aboutOf(db, session), [message])
      return { message: threadMessage(message), delivered }
    },
    async ask (session, author, { text, canned, clientId }) {
      const known = clientId === undefined ? undefined : await db.messages.known(author.id, clientId, session.id)
      if (known !== undefined) return threadMessage(known)
      await admit(session.id)
      const { message, isNew } = await db.messages.add({
        sessionId: session.id,
        authorId: author.id,
        direction: 'from_candidate',
        kind: 'question',
        canned,
        text,
        clientId,
        atMs: now()
      })
      if (isNew) publish(await aboutOf(db, session), [message])
      return threadMessage(message)
    },
    async confirm (about, messageIds, state) {
      publish(about, await db.messages.confirm(about.sessionId, messageIds, 'to_candidate', state, now()))
    },
    async seen (session, messageIds) {
      const rows = await db.messages.confirm(session.id, messageIds, 'from_candidate', 'seen', now())
      if (rows.length === 0) return
      for (const message of publish(await aboutOf(db, session), rows)) await send(session.id, { type: 'sent', message })
    },
    async undelivered (sessionId) {
      return (await db.messages.undelivered(sessionId, PAGE_ROWS)).map(candidateReply)
    },
    async unseen (sessionIds) {
      return bySession((await db.messages.unseen(sessionIds, PAGE_ROWS)).map(threadMessage))
    },
    async broadcast ({ id: examId }, author, words) {
      const { clientId } = words
      const known = clientId === undefined ? [] : await db.messages.byClientId(author.id, clientId, examId)
      if (known.some(({ text }) => text !== words.text)) throw refuse('INVIGIL_ERR_KEY_USED')
      const rows = known.length > 0 ? known : await storeBroadcast(examId, author, words)
      const ownerId = (await db.exams.byId(examId))?.ownerId ?? null
      let delivered = 0
      for (let start = 0; start < rows.length; start += SENT_AT_ONCE) {
        const sent = await Promise.all(
          rows.slice(start, start + SENT_AT_ONCE).map(async row => {
            if (known.length === 0) publish({ sessionId: row.sessionId, examId, ownerId }, [row])
            return row.deliveredAtMs !== null || await send(row.sessionId, candidateReply(row))
          })
        )
        delivered += sent.filter(Boolean).length
      }
      return { sessions: rows.length, delivered }
    }
  }
}

/** The session as the feed knows it. */
export async function aboutOf (
  db: Pick<Database, 'exams' | 'attempts'>,
  row: Pick<SessionWithUser, 'id' | 'userId' | 'examId' | 'attemptId'>
): Promise<About> {
  return { sessionId: row.id, examId: row.examId, ownerId: (await policyOf(db, row))?.ownerId ?? null }
}

/** The rows of each session, in their order. */
export function bySession<Row extends { readonly sessionId: string }> (rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.sessionId)
    if (group === undefined) groups.set(row.sessionId, [row])
    else group.push(row)
  }
  return groups
}
