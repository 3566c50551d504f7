import { FairGate, type GateRefusal } from '../db/index.ts'
import { refuse } from './errors.ts'

/** Pieces of work that may wait, in all and of one account. */
const WAITING_MAX = 2_000
const ACCOUNT_WAITING_MAX = 64
const RETRY_AFTER_SECONDS = 2

/**
 * Runs work that keeps the event loop busy in turns: one piece at a time, accounts by the time they have used, with I/O
 * in between. A piece that waits (for a commit) gives its turn on, so the turn bounds processor time and not the time
 * until the answer.
 */
export type WorkTurns = <T>(account: string, work: () => Promise<T>) => Promise<T>

export function createWorkTurns (): WorkTurns {
  const gate = new FairGate({ atOnce: 1, waitingMax: WAITING_MAX, refuse: refusalOf })
  return async (account, work) => {
    const leave = await gate.enter({ lane: { key: account, waitingMax: ACCOUNT_WAITING_MAX } })
    const result = work()
    // What SQLite answers comes without a turn of the event loop: after one turn only I/O is waited for.
    await Promise.race([result.then(() => {}, () => {}), new Promise(resolve => setImmediate(resolve))])
    leave()
    return await result
  }
}

function refusalOf (why: GateRefusal): Error {
  const about = { values: { seconds: RETRY_AFTER_SECONDS }, details: { retryAfterSeconds: RETRY_AFTER_SECONDS } }
  return refuse(why === 'lane-full' ? 'INVIGIL_ERR_TOO_MANY_REQUESTS' : 'INVIGIL_ERR_OVERLOADED', about)
}
