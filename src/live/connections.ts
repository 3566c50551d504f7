import type { FastifyBaseLogger } from 'fastify'
import type { Account } from '../plugins/auth.ts'
import { CLOSE, type CloseCode } from '../protocol/close-codes.ts'
import type { Limits } from '../limits.ts'

/** What the registry needs of a channel, whatever it sends. */
interface Connection {
  readonly isOpen: boolean
  heartbeat (nowMs: number): void
  /** Takes the peer as heard of now. */
  resetDeadline (nowMs: number): void
  close (code: CloseCode): void
}

export interface Member {
  readonly connection: Connection
  readonly account: Account
  /** The account as it is now; throws a coded error with a status when it may not be here any more. */
  readonly confirm: (account: Account) => Promise<Account>
  /** Whether the account in its present role may use this socket. */
  readonly mayStay: (account: Account) => boolean
}

/** Closing one after another waits for steps of this length at least. */
const CLOSE_STEP_MS = 20
/** A tick this late says that the process, or the machine, stood still, or that its clock was set. */
const STALLED_MS = 5_000

/** Every open socket: who is silent, who has lost the right to it, and the last word at the end. */
export class Connections {
  readonly #limits: Limits
  readonly #log: FastifyBaseLogger
  readonly #members = new Set<Member>()
  #tickedAtMs = 0
  #checkedAtMs = 0
  #checking = false

  constructor (limits: Limits, log: FastifyBaseLogger) {
    this.#limits = limits
    this.#log = log
  }

  get size (): number {
    return this.#members.size
  }

  add (member: Member): void {
    this.#members.add(member)
  }

  remove (member: Member): void {
    this.#members.delete(member)
  }

  tick (nowMs: number): void {
    // When we ourselves were held up, the answers to our pings still lie unread; when the clock was set, in either
    // direction, no time before can be compared with it. Nobody is called silent for that.
    const wasStalled = this.#tickedAtMs > 0 && Math.abs(nowMs - this.#tickedAtMs) > STALLED_MS
    this.#tickedAtMs = nowMs
    if (wasStalled) this.#checkedAtMs = 0
    for (const { connection } of this.#members) {
      if (wasStalled) connection.resetDeadline(nowMs)
      connection.heartbeat(nowMs)
    }
    if (this.#checking || nowMs - this.#checkedAtMs < this.#limits.accountMs) return
    this.#checkedAtMs = nowMs
    this.#checking = true
    this.#checkAll([...this.#members])
      .catch(error => this.#log.error({ err: error }, 'account check failed'))
      .finally(() => {
        this.#checking = false
      })
  }

  /** Looks again at the accounts behind the sockets of one user, at once. */
  async checkUser (userId: string): Promise<void> {
    await this.#checkAll([...this.#members].filter(member => member.account.id === userId))
  }

  /** Closes every socket: at once, or one after another over `overMs`. Settles when all have been told. */
  async closeAll (code: CloseCode, overMs = 0): Promise<void> {
    const members = [...this.#members]
    const eachMs = overMs / Math.max(1, members.length)
    const startedMs = performance.now()
    for (const [at, { connection }] of members.entries()) {
      // Several hundred a second are closed in bunches: a timer each would come late.
      const waitMs = startedMs + at * eachMs - performance.now()
      if (waitMs > CLOSE_STEP_MS) await new Promise(resolve => setTimeout(resolve, waitMs))
      connection.close(code)
    }
  }

  /** One after the other: nobody waits for it, and the database has better to do. */
  async #checkAll (members: readonly Member[]): Promise<void> {
    for (const { connection, account, confirm, mayStay } of members) {
      if (!connection.isOpen) continue
      try {
        if (!mayStay(await confirm(account))) connection.close(CLOSE.notYours)
      } catch (error) {
        const status = (error as { readonly statusCode?: unknown }).statusCode
        if (status === 401 || status === 403) connection.close(CLOSE.token)
        // A database that does not answer takes nobody's rights away.
        else this.#log.warn({ err: error }, 'account check put off')
      }
    }
  }
}
