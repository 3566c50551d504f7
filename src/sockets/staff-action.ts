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
  const done: Done = { type: 'done', action: type, sessionId, ...(ref === undefined ? {} : { ref }) }
  switch (action.type) {
    case 'warn':
      return {
        ...done,
        delivered: await live.sendToCandidate(sessionId, {
          type: 'message',
          from: account.name,
          text: action.text,
          level: 'warning'
        })
      }
    case 'message':
      return {
        ...done,
        delivered: await live.sendToCandidate(sessionId, {
          type: 'message',
          from: account.name,
          text: action.text,
          level: 'info'
        })
      }
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
  return {
    ...(action.text === undefined ? {} : { text: action.text }),
    ...(action.type === 'flag' && action.eventId !== undefined ? { eventId: action.eventId } : {})
  }
}
