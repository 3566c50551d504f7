import { defined } from '../../lib/defined.ts'
import { isErrorCode } from '../errors.ts'
import type { Account } from '../plugins/auth.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import type { MonitorReply, StaffAction } from '../protocol/messages.ts'
import { refusal, type Refusal } from '../protocol/error-message.ts'

type Done = Extract<MonitorReply, { type: 'done' }>

/**
 * Carries out the action of a member of staff on a session. A change of the session and its audit row are one
 * transaction; for a message the audit row is written first. So an action that cannot be recorded is not carried out.
 * Throws DatabaseError while the database is unavailable.
 */
export async function runStaffAction (
  live: LiveGateway,
  account: Account,
  action: StaffAction,
  atMs: number
): Promise<Done | Refusal> {
  try {
    return await run(live, account, action, atMs)
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown, readonly message: string }
    if (!isErrorCode(code)) throw error
    return refusal(code, { message, ref: action.ref })
  }
}

async function run (
  live: LiveGateway,
  account: Account,
  action: StaffAction,
  atMs: number
): Promise<Done | Refusal> {
  const { type, sessionId, ref } = action
  const session = await live.rowOf(sessionId)
  if (session === undefined || session.endedAtMs !== null) return refusal('INVIGIL_ERR_SESSION_UNKNOWN', { ref })
  if (!await live.mayOversee(account, session)) return refusal('INVIGIL_ERR_NOT_YOURS', { ref })
  if (type === 'resume' && session.state !== 'paused') return refusal('INVIGIL_ERR_SESSION_NOT_PAUSED', { ref })

  const audit = {
    actorId: account.id,
    action: `session.${type}`,
    targetType: 'session',
    targetId: sessionId,
    atMs,
    detail: detailOf(action)
  }
  if (type === 'warn' || type === 'message' || type === 'flag') await live.audit(audit)
  const done: Done = { type: 'done', action: type, sessionId, ...defined({ ref }) }
  switch (action.type) {
    case 'warn':
    case 'message': {
      const kind = action.type === 'warn' ? 'warning' : 'message'
      const { message, delivered } = await live.threads.tell(session, account, kind, action)
      return { ...done, delivered, messageId: message.id }
    }
    case 'seen':
      await live.threads.seen(session, action.messageIds)
      return done
    case 'hand':
      await live.requests.setHand(session, false, audit)
      return done
    case 'break':
      await live.requests.answerBreak(session, account, action.granted, action.text)
      return done
    case 'acknowledge':
      await live.acknowledgements.set(session, account, action)
      return done
    case 'pause':
      // A pause that the candidate began becomes the staff's.
      return (await live.pause(sessionId, account.id, action.text, audit))
        ? done
        : refusal(session.state === 'active' ? 'INVIGIL_ERR_CONFLICT' : 'INVIGIL_ERR_SESSION_NOT_ACTIVE', { ref })
    case 'resume':
      return (await live.resume(sessionId, account.id, action.text, audit))
        ? done
        : refusal('INVIGIL_ERR_CONFLICT', { ref })
    case 'terminate':
      return (await live.terminate(sessionId, account.id, action.text, audit))
        ? done
        : refusal('INVIGIL_ERR_CONFLICT', { ref })
    case 'flag':
      return done
  }
}

function detailOf (action: StaffAction): Record<string, unknown> {
  return defined({
    text: 'text' in action ? action.text : undefined,
    eventId: action.type === 'flag' ? action.eventId : undefined
  })
}
