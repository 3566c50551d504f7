/** What a candidate asks staff for: a raised hand, and a break. Both are stored with the session. */
import type { FastifyBaseLogger } from 'fastify'
import { DatabaseError, type Database, type NewAuditEntry, type SessionWithUser } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { About, Bus } from '../feed/bus.ts'
import type { SessionStore } from './session-store.ts'
import { aboutOf, type Author, type Threads } from './threads.ts'

/** All functions want the stored row of the session; they throw coded errors, and DatabaseError. */
export interface CandidateRequests {
  /** Raises or lowers the candidate's hand; returns whether that changed it. */
  setHand (session: SessionWithUser, raised: boolean, audit?: NewAuditEntry): Promise<boolean>
  /** Asks for a break, or withdraws that; returns whether that changed it. */
  askBreak (session: SessionWithUser, author: Author, asked: boolean, reason?: string): Promise<boolean>
  /** Grants the break that was asked for, which pauses the session, or declines it. */
  answerBreak (session: SessionWithUser, author: Author, granted: boolean, text?: string): Promise<void>
}

export interface CandidateRequestsOptions {
  readonly db: Database
  readonly bus: Pick<Bus, 'publish'>
  readonly store: Pick<SessionStore, 'report'>
  readonly threads: Pick<Threads, 'admit' | 'publish' | 'tell'>
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  readonly now: () => number
  /** Has the gateway that holds the session read its requests from the row; false if no gateway holds it. */
  readonly refresh: (sessionId: string) => Promise<boolean>
  readonly pause: (sessionId: string, by: string, reason?: string, audit?: NewAuditEntry) => Promise<boolean>
}

export function createCandidateRequests (
  { db, bus, store, threads, log, now, refresh, pause }: CandidateRequestsOptions
): CandidateRequests {
  /** Tells the candidate and the monitors of a change that is stored. */
  async function show (session: SessionWithUser, about: About): Promise<void> {
    const isHeld = await refresh(session.id).catch(error => {
      if (!(error instanceof DatabaseError)) throw error
      log.warn({ err: error, sessionId: session.id }, 'refresh of stored requests failed')
      return false
    })
    if (isHeld) return
    const row = await db.sessions.byId(session.id)
    if (row !== undefined) bus.publish({ ...about, kind: 'session', report: store.report(row) })
  }

  /** Pauses the session unless staff have paused it already. */
  async function pauseFor (
    { id }: SessionWithUser,
    by: string,
    reason: string | undefined,
    audit: NewAuditEntry
  ): Promise<void> {
    if (await pause(id, by, reason, audit)) return
    if ((await db.sessions.byId(id))?.state !== 'paused') throw refuse('INVIGIL_ERR_SESSION_NOT_ACTIVE')
    await db.audit.append(audit)
  }

  return {
    async setHand (session, raised, audit) {
      const atMs = now()
      if (!await db.sessions.setHand(session.id, raised ? atMs : null)) return false
      if (audit !== undefined) await db.audit.append(audit)
      const about = await aboutOf(db, session)
      bus.publish({ ...about, kind: 'hand', raised, atMs })
      await show(session, about)
      return true
    },
    async askBreak (session, author, asked, reason = '') {
      const atMs = now()
      const { id: sessionId } = session
      if (asked && session.breakAskedAtMs === null) await threads.admit(sessionId)
      const done = asked
        ? await db.messages.setBreakRequest(sessionId, atMs, {
          sessionId,
          authorId: author.id,
          direction: 'from_candidate',
          kind: 'break_request',
          text: reason,
          atMs
        })
        : await db.messages.setBreakRequest(sessionId, null)
      if (done === false) return false
      const about = await aboutOf(db, session)
      if (done !== true) threads.publish(about, [done])
      await show(session, about)
      return true
    },
    async answerBreak (session, author, granted, text) {
      const { id: sessionId, breakAskedAtMs } = session
      const asked = await db.messages.last(sessionId, 'break_request')
      // Of two answers at the same time one clears the request.
      if (breakAskedAtMs === null || await db.messages.setBreakRequest(sessionId, null) === false) {
        throw refuse('INVIGIL_ERR_BREAK_NONE')
      }
      const audit = {
        actorId: author.id,
        action: 'session.break',
        targetType: 'session',
        targetId: sessionId,
        detail: { granted, ...(text !== undefined && { text }) },
        atMs: now()
      }
      const reason = text ?? asked?.text
      try {
        if (granted) await pauseFor(session, author.id, reason === '' ? undefined : reason, audit)
        else await db.audit.append(audit)
      } catch (error) {
        // The request is open again, so that it can be answered again.
        await db.messages.setBreakRequest(sessionId, breakAskedAtMs).catch(() => false)
        throw error
      }
      await threads.tell(session, author, granted ? 'break_granted' : 'break_declined', { text: text ?? '' })
      await show(session, await aboutOf(db, session))
    }
  }
}
