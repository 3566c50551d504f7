import { availableParallelism } from 'node:os'
import { FairGate, type GateRefusal } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import { networkOf } from '../http/network.ts'

export interface PasswordTurnsOptions {
  /** Passwords hashed at a time: each takes a core and 19 MiB for some 20 ms. */
  readonly atOnce: number
  /** Requests that may wait, those of known devices and those of strangers counted by themselves. */
  readonly waitingMax: number
  /** Of those, requests of one network; a school's candidates share an address when they log in. */
  readonly networkWaitingMax: number
  /** A request that has waited this long is refused. */
  readonly waitMsMax: number
}

const PASSWORD_TURNS: PasswordTurnsOptions = {
  atOnce: Math.max(2, Math.floor(availableParallelism() / 2)),
  waitingMax: 400,
  networkWaitingMax: 200,
  waitMsMax: 8_000
}

/** Whose password is hashed. */
export interface PasswordOwner {
  /** The peer's address. */
  readonly address: string
  /** Set if the account has recently logged in from this device: its requests do not wait behind strangers. */
  readonly knownAccount?: string | undefined
}

/** Runs the hashing of a password when its turn has come. Throws a coded 429 or 503 with the seconds to wait. */
export type PasswordTurns = <T>(owner: PasswordOwner, work: () => Promise<T>) => Promise<T>

/** So long a refused client is asked to wait; by then the queue of that moment is done. */
const RETRY_AFTER_SECONDS = 5

/**
 * Bounds how many passwords are hashed at a time, and how many requests wait for it. Networks take turns, so a flood of
 * logins delays its own network; known devices go before strangers.
 */
export function createPasswordTurns (options: PasswordTurnsOptions = PASSWORD_TURNS): PasswordTurns {
  const { atOnce, waitingMax, networkWaitingMax, waitMsMax } = options
  const gate = new FairGate({ atOnce, waitingMax, refuse: refusalOf })
  return async ({ address, knownAccount }, work) => await gate.run(work, {
    lane: knownAccount === undefined
      ? { key: `network ${networkOf(address)}`, waitingMax: networkWaitingMax }
      // One account needs no more at a time.
      : { key: `account ${knownAccount}`, waitingMax: atOnce },
    urgent: knownAccount !== undefined,
    untilMs: performance.now() + waitMsMax
  })
}

function refusalOf (why: GateRefusal): Error {
  const values = { seconds: RETRY_AFTER_SECONDS }
  const details = { retryAfterSeconds: RETRY_AFTER_SECONDS }
  return refuse(why === 'lane-full' ? 'INVIGIL_ERR_TOO_MANY_REQUESTS' : 'INVIGIL_ERR_OVERLOADED', { values, details })
}
