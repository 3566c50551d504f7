import { defined } from '../../lib/defined.ts'
import { runInLane } from '../../db/index.ts'
import { laneOfAccount } from '../plugins/lanes.ts'
import type { Channel } from './channel.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import type { Reader } from '../feed/replay-budget.ts'

export interface PageWanted {
  readonly after: string | undefined
  readonly sessionIds?: readonly string[] | undefined
}

/** Reads one page of stored events when the reader has buffer space and credit; empty after it has disconnected. */
export async function storedPage (
  live: Pick<LiveGateway, 'storedEvents' | 'limits' | 'replayBudget'>,
  channel: Pick<Channel<never>, 'drained' | 'isOpen'>,
  reader: Reader,
  { after, sessionIds }: PageWanted
): ReturnType<LiveGateway['storedEvents']> {
  await channel.drained()
  return await live.replayBudget.page(reader, async () => {
    if (!channel.isOpen) return []
    return await runInLane(laneOfAccount(reader.id), async () => await live.storedEvents({
      limit: live.limits.replayPageRows,
      ...defined({ after, sessionIds })
    }))
  })
}
