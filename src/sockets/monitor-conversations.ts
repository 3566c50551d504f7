import type { Account } from '../plugins/auth.ts'
import type { Viewer } from '../feed/bus.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import type { MonitorReply } from '../protocol/messages.ts'
import type { Channel } from './channel.ts'

export function lookingReply (sessionId: string, { userId, name }: Viewer, looking: boolean): MonitorReply {
  return { type: 'looking', sessionId, by: { id: userId, name }, looking }
}

/**
 * Sends a new subscriber what events do not contain: messages of candidates that staff have not seen, what staff said
 * of incidents, and who looks at which session.
 */
export async function showConversations (
  live: LiveGateway,
  channel: Channel<MonitorReply>,
  account: Account,
  sessionIds: readonly string[]
): Promise<void> {
  if (sessionIds.length === 0) return
  let rows = 0
  for (const [sessionId, data] of await live.threads.unseen(sessionIds)) {
    channel.send({ type: 'messages', sessionId, data })
    rows += data.length
  }
  for (const [sessionId, data] of await live.acknowledgements.list(sessionIds)) {
    channel.send({ type: 'acknowledgements', sessionId, data })
    rows += data.length
  }
  for (const sessionId of sessionIds) {
    for (const viewer of live.viewers.of(sessionId)) {
      if (viewer.userId !== account.id) channel.send(lookingReply(sessionId, viewer, true))
    }
  }
  live.replayBudget.charge(account, rows)
  await channel.drained()
}
