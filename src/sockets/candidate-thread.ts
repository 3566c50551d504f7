/** What a candidate's page says of its thread with staff, and what the candidate asks for. */
import type { FastifyBaseLogger } from 'fastify'
import { DatabaseError } from '../../db/index.ts'
import { isErrorCode } from '../errors.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import type { LiveSession } from '../live/session/live-session.ts'
import type { Account } from '../plugins/auth.ts'
import { refusal } from '../protocol/error-message.ts'
import type { CandidateReply, CandidateThreadMessage } from '../protocol/messages.ts'
import { candidateRequests } from '../protocol/thread.ts'
import type { Channel } from './channel.ts'

/** Changes of hand and break that one socket may ask for at once, and how many it regains per second. */
const CHANGES_BURST = 20
const CHANGES_PER_SECOND = 0.5
/** Pause before unconfirmed messages are read again, after a database error. */
const READ_AGAIN_MS = 5_000

export interface CandidateThread {
  serve (session: LiveSession, message: CandidateThreadMessage): Promise<void>
  /** Sends what the page has not confirmed; after a database error it tries again. */
  sendUndelivered (session: LiveSession): void
}

export function createCandidateThread (
  live: LiveGateway,
  account: Account,
  channel: Channel<CandidateReply>,
  log: Pick<FastifyBaseLogger, 'warn'>
): CandidateThread {
  let credit = CHANGES_BURST
  let creditAtMs = live.now()

  function maySpend (): boolean {
    const nowMs = live.now()
    credit = Math.min(CHANGES_BURST, credit + (Math.max(0, nowMs - creditAtMs) / 1000) * CHANGES_PER_SECOND)
    creditAtMs = nowMs
    if (credit < 1) return false
    credit--
    return true
  }

  async function run (session: LiveSession, message: CandidateThreadMessage): Promise<void> {
    if (message.type === 'received' || message.type === 'seen') {
      return await live.threads.confirm(session.about(), message.messageIds, message.type)
    }
    const row = await live.rowOf(session.id)
    if (row === undefined || row.endedAtMs !== null) return
    if (message.type === 'message') {
      channel.send({ type: 'sent', message: await live.threads.ask(row, account, message) })
      return
    }
    if (!maySpend()) return channel.refuse(refusal('INVIGIL_ERR_MESSAGES_FAST'))
    const isChanged =
      message.type === 'hand'
        ? await live.requests.setHand(row, message.raised)
        : await live.requests.askBreak(row, account, message.asked, message.reason)
    // A change is sent by the session itself.
    if (!isChanged) channel.send({ type: 'requests', ...candidateRequests((await live.rowOf(row.id)) ?? row) })
  }

  function sendUndelivered (session: LiveSession): void {
    live.threads.undelivered(session.id).then(
      replies => { for (const reply of replies) channel.send(reply) },
      error => {
        log.warn({ err: error, sessionId: session.id }, 'read of unconfirmed messages failed, retrying')
        setTimeout(() => { if (channel.isOpen) sendUndelivered(session) }, READ_AGAIN_MS).unref()
      }
    )
  }

  return {
    sendUndelivered,
    async serve (session, message) {
      const ref = message.type === 'message' ? message.clientId : undefined
      try {
        await run(session, message)
      } catch (error) {
        if (error instanceof DatabaseError) {
          log.warn({ err: error, sessionId: session.id }, 'candidate thread message failed')
          return channel.refuse(refusal('INVIGIL_ERR_DATABASE', { ref }))
        }
        const { code, message: text } = error as { readonly code?: unknown, readonly message: string }
        if (!isErrorCode(code)) throw error
        channel.refuse(refusal(code, { message: text, ref }))
      }
    }
  }
}
