import { FairGate, type GateRefusal } from '../../db/index.ts'
import { refuse } from '../errors.ts'

export interface ReplayBudgetOptions {
  /** Pages read and sent at a time in the whole process. */
  readonly atOnce: number
  /**
   * Most waiting pages, in all and of one account. Each socket has at most one; after a restart all candidates
   * reconnect at the same time.
   */
  readonly waitingMax: number
  readonly accountWaitingMax: number
  /** Rows an account may read at once, and how many it regains per second; staff watch many sessions. */
  readonly student: RowCredit
  readonly staff: RowCredit
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

interface RowCredit {
  readonly rowsBurst: number
  readonly rowsPerSecond: number
}

const REPLAY_BUDGET: ReplayBudgetOptions = {
  atOnce: 2,
  waitingMax: 50_000,
  accountWaitingMax: 50,
  student: { rowsBurst: 10_000, rowsPerSecond: 500 },
  staff: { rowsBurst: 50_000, rowsPerSecond: 5_000 },
  now: () => performance.now(),
  sleep: async ms => await new Promise(resolve => setTimeout(resolve, ms))
}

/** The account that reads. */
export interface Reader {
  readonly id: string
  readonly role: string
}

/**
 * Bounds expensive responses to small requests: replays, snapshots, long lists. Each account has a credit of rows that
 * refills with time; an account without credit waits. Accounts are served in turn, page by page, with I/O in between.
 */
export interface ReplayBudget {
  /** Settles when the account has credit; at once if it has some. */
  admit (reader: Reader): Promise<void>
  /**
   * Reads one page when the account has credit and its turn has come, and charges its rows. Throws a coded 429 or 503
   * if too many wait.
   */
  page<T extends readonly unknown[]> (reader: Reader, read: () => Promise<T>): Promise<T>
  charge (reader: Reader, rows: number): void
  readonly waiting: number
}

/** Cost of a page in addition to its rows. */
const PAGE_ROWS = 20
/** Longest single wait; then the credit is checked again. */
const SLEEP_MS_MAX = 1_000
/** Most accounts in memory; the least recently used are dropped. */
const ACCOUNTS_MAX = 20_000
const RETRY_AFTER_SECONDS = 2

interface Credit {
  rows: number
  atMs: number
}

export function createReplayBudget (options: Partial<ReplayBudgetOptions> = {}): ReplayBudget {
  const { atOnce, waitingMax, accountWaitingMax, now, sleep, ...credits } = { ...REPLAY_BUDGET, ...options }
  const gate = new FairGate({ atOnce, waitingMax, refuse: refusalOf })
  const accounts = new Map<string, Credit>()

  const creditOf = ({ role }: Reader): RowCredit => role === 'student' ? credits.student : credits.staff

  function refill (reader: Reader): Credit {
    const { rowsBurst, rowsPerSecond } = creditOf(reader)
    const nowMs = now()
    const credit = accounts.get(reader.id) ?? { rows: rowsBurst, atMs: nowMs }
    credit.rows = Math.min(rowsBurst, credit.rows + (nowMs - credit.atMs) / 1000 * rowsPerSecond)
    credit.atMs = nowMs
    // Keep the most recently used last.
    accounts.delete(reader.id)
    accounts.set(reader.id, credit)
    if (accounts.size > ACCOUNTS_MAX) accounts.delete(accounts.keys().next().value!)
    return credit
  }

  async function admit (reader: Reader): Promise<void> {
    for (let { rows } = refill(reader); rows < 0; { rows } = refill(reader)) {
      await sleep(Math.min(SLEEP_MS_MAX, Math.ceil(-rows / creditOf(reader).rowsPerSecond * 1000)))
    }
  }

  function charge (reader: Reader, rows: number): void {
    refill(reader).rows -= rows
  }

  return {
    admit,
    charge,
    get waiting () { return gate.stats.waiting },
    page: async (reader, read) => {
      await admit(reader)
      const rows = await gate.run(read, { lane: { key: reader.id, waitingMax: accountWaitingMax } })
      charge(reader, PAGE_ROWS + rows.length)
      // SQLite reads on this thread, so let other sockets' messages run in between.
      await new Promise(resolve => setImmediate(resolve))
      return rows
    }
  }
}

function refusalOf (why: GateRefusal): Error {
  const about = { values: { seconds: RETRY_AFTER_SECONDS }, details: { retryAfterSeconds: RETRY_AFTER_SECONDS } }
  return refuse(why === 'lane-full' ? 'INVIGIL_ERR_TOO_MANY_REQUESTS' : 'INVIGIL_ERR_OVERLOADED', about)
}
