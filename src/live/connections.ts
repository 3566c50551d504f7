import type { FastifyBaseLogger } from 'fastify'
import type { Account } from '../plugins/auth.ts'
import { CLOSE, type CloseCode } from '../protocol/close-codes.ts'
import type { Limits } from '../limits.ts'

/** The part of a channel that is used here. */
interface Connection {
  readonly isOpen: boolean
  heartbeat (nowMs: number): void
  /** Restarts the ping deadline from `nowMs`. */
  resetDeadline (nowMs: number): void
  close (code: CloseCode): void
}

export interface Member {
  readonly connection: Connection
  readonly account: Account
  /** Loads the account again; throws a coded error with a status if it may no longer connect. */
  readonly confirm: (account: Account) => Promise<Account>
  /** Whether the account in its present role may use this socket. */
  readonly mayStay: (account: Account) => boolean
}

/** Shortest pause between two closes in `closeAll`. */
const CLOSE_STEP_MS = 20
/** A tick this late means that the process or the machine was suspended, or that the clock was set. */
const STALLED_MS = 5_000

/** All open sockets: ping deadlines, account checks, orderly close. */
export class Connections {
  readonly #limits: Limits
  readonly #log: Pick<FastifyBaseLogger, 'error' | 'warn'>
  readonly #members = new Set<Member>()
  #tickedAtMs = 0
  #checkedAtMs = 0
  #checking = false

  constructor (limits: Limits, log: Pick<FastifyBaseLogger, 'error' | 'warn'>) {
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
    // After a stall the pongs are still unread, and after the clock was set in either direction earlier times cannot be
    // compared. Neither makes a peer silent.
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

  /** Checks the account of one user's sockets now. */
  async checkUser (userId: string): Promise<void> {
    await this.#checkAll([...this.#members].filter(member => member.account.id === userId))
  }

  /** Closes every socket: at once, or one after another over `overMs`. Settles when every close frame was sent. */
  async closeAll (code: CloseCode, overMs = 0): Promise<void> {
    const members = [...this.#members]
    const eachMs = overMs / Math.max(1, members.length)
    const startedMs = performance.now()
    for (const [at, { connection }] of members.entries()) {
      // At several hundred a second one timer per socket would fire late, so they are closed in batches.
      const waitMs = startedMs + at * eachMs - performance.now()
      if (waitMs > CLOSE_STEP_MS) await new Promise(resolve => setTimeout(resolve, waitMs))
      connection.close(code)
    }
  }

  /** Sequential on purpose: a background check must not burst queries at the database. */
  async #checkAll (members: readonly Member[]): Promise<void> {
    for (const { connection, account, confirm, mayStay } of members) {
      if (!connection.isOpen) continue
      try {
        if (!mayStay(await confirm(account))) connection.close(CLOSE.notYours)
      } catch (error) {
        const status = (error as { readonly statusCode?: unknown }).statusCode
        if (status === 401 || status === 403) connection.close(CLOSE.token)
        // A database error says nothing about the account, so the socket stays open.
        else this.#log.warn({ err: error }, 'account check failed, retrying')
      }
    }
  }
}
