/**
 * How a call is done on a database server (MySQL, PostgreSQL): it takes its turn, gets a connection of the pool, and is
 * ended when it takes too long. A write that the server does not answer is killed through another connection, so that
 * it has no effect; where that fails too, its outcome is unknown until the connection is gone from the server.
 */
import { withTimeout } from '../lib/with-timeout.ts'
import { closedError, createGate, retryContended, type WriteLength } from './dialect.ts'
import { DatabaseError, OUTCOME_UNKNOWN, toDatabaseError } from './errors.ts'
import type { FairGate } from './fair-gate.ts'
import { WriteWatch, type DatabaseHealth } from './health.ts'
import {
  createInterrupter, INTERRUPTER_OPTIONS, type InterrupterOptions, type Killer, type Thread
} from './interrupter.ts'
import { laneNow, runInLane, SYSTEM_LANE } from './lane.ts'
import { Running } from './running.ts'

/** How long a call may take, its wait for a connection included, before it is ended. */
export interface AnswerLimits {
  readonly readMs: number
  readonly writeMs: number
  /** For what changes many rows, such as the erasure of an account. */
  readonly longWriteMs: number
  /** How long a statement that the server was asked to end may take to end. */
  readonly endMs: number
}

/** With the time that it takes to end a statement a caller waits 10 s at most: a client then asks again. */
export const ANSWER_LIMITS: AnswerLimits = { readMs: 6000, writeMs: 7500, longWriteMs: 60_000, endMs: 1000 }

export interface ServerOptions {
  readonly limits?: Partial<AnswerLimits>
  readonly interrupter?: Partial<InterrupterOptions>
}

/**
 * The share of the connections that writes may hold, so that reads go on while no write does (a read lock, a full
 * disk).
 */
const WRITE_SHARE = 0.7

/** What calls need of an engine's driver and its pool. */
export interface ServerDriver<C> {
  acquire (): Promise<C>
  /** Gives a connection back to the pool, after a call that failed with `error`, if it did. */
  release (connection: C, error: unknown): void
  /** Closes the connection at once, and gives its place back to the pool. */
  destroy (connection: C): void
  threadOf (connection: C): Thread
  /** Whether the connection broke, so that the answer to what was sent is lost. */
  isLineLost (error: DatabaseError): boolean
  /** Why a call had no effect although its connection broke, where that is known. */
  refusalOf? (connection: C, error: unknown): DatabaseError | undefined
  killer (connectMs: number): Killer
  end (): Promise<void>
}

export interface ServerCalls<C> {
  read<T> (work: (connection: C) => Promise<T>): Promise<T>
  write<T> (work: (connection: C) => Promise<T>, length?: WriteLength, urgent?: boolean): Promise<T>
  /** A read that tells whether the database answers, not how much the asking account wants of it. */
  ping (work: (connection: C) => Promise<unknown>): Promise<void>
  health (): DatabaseHealth
  onUncertain (listener: () => void): void
  close (): Promise<void>
}

/** How one call is done. */
interface Bounds {
  /** Its time, the wait for its turn included. */
  readonly ms: number
  readonly isWrite?: boolean
  readonly urgent?: boolean
  /** Called when its turn has come. */
  readonly begin?: () => void
}

export function createServerCalls<C> (
  driver: ServerDriver<C>,
  poolSize: number,
  { limits: given, interrupter: options }: ServerOptions
): ServerCalls<C> {
  const limits = { ...ANSWER_LIMITS, ...given }
  const { connectMs, retryMs } = { ...INTERRUPTER_OPTIONS, ...options }
  const interrupter = createInterrupter(driver.killer(connectMs), retryMs)
  // The connections are what all accounts share, so reads take turns for them as well as writes.
  const reads = createGate(poolSize)
  const writes = createGate(Math.max(1, Math.floor(poolSize * WRITE_SHARE)))
  const running = new Running()
  const watch = new WriteWatch()
  let closed = false

  const enter = async <T>(call: () => Promise<T>): Promise<T> => {
    if (closed) throw closedError()
    try {
      return await running.track(call())
    } catch (error) {
      throw toDatabaseError(error)
    }
  }

  /** Has `work` done on a connection, and ended where it takes longer than `ms`. */
  const bounded = async <T>(
    { ms, isWrite = false, urgent = false, begin }: Bounds,
    work: (connection: C, isOver: () => boolean) => Promise<T>
  ): Promise<T> => {
    const place = new Place(driver, isWrite ? writes : reads)
    let isOver = false
    const doWork = async (): Promise<T> => {
      await place.enter({ lane: laneNow(), urgent, untilMs: performance.now() + ms })
      begin?.()
      try {
        if (isOver) throw tooLate()
        const connection = await place.connect()
        if (isOver) throw tooLate()
        const result = await work(connection, () => isOver)
        place.leave()
        return result
      } catch (error) {
        place.leave(error)
        throw error
      }
    }
    const doing = doWork()
    const outcome = await settledWithin(doing, ms)
    const { connection } = place
    if (outcome !== 'late') {
      if (outcome.is === 'rejected' && isWrite && connection !== undefined && isLineLost(outcome.error)) {
        const refusal = driver.refusalOf?.(connection, outcome.error)
        if (refusal !== undefined) throw refusal
        interrupter.abandon(driver.threadOf(connection))
        throw new DatabaseError('unavailable', OUTCOME_UNKNOWN, outcome.error)
      }
      return unwrap(outcome)
    }
    isOver = true
    // Nothing was sent: it only waited for its turn.
    if (connection === undefined) throw tooLate()
    const thread = driver.threadOf(connection)
    await interrupter.interrupt(thread.id).catch(() => {})
    const end = await settledWithin(doing, limits.endMs)
    if (end !== 'late') return unwrap(end)
    place.destroy()
    if (isWrite) interrupter.abandon(thread)
    throw new DatabaseError('unavailable', isWrite ? OUTCOME_UNKNOWN : 'NO_ANSWER')
  }

  const isLineLost = (error: unknown): boolean => {
    const known = toDatabaseError(error)
    return known.code === 'unavailable' && known.engineCode !== 'TURN_TIMEOUT' && driver.isLineLost(known)
  }

  const read = <T>(work: (connection: C) => Promise<T>): Promise<T> =>
    enter(() => bounded({ ms: limits.readMs }, work))

  return {
    read,
    write: (work, length = 'short', urgent = false) =>
      enter(() =>
        watch.watch(
          async begin =>
            await bounded(
              { ms: length === 'long' ? limits.longWriteMs : limits.writeMs, isWrite: true, urgent, begin },
              async (connection, isOver) =>
                await retryContended(async () => {
                  if (isOver()) throw tooLate()
                  return await work(connection)
                })
            ).catch(error => {
              throw toDatabaseError(error)
            })
        )
      ),
    ping: async work => { await runInLane(SYSTEM_LANE, () => read(work)) },
    health: () => watch.read(),
    onUncertain: listener => { interrupter.onSettled(listener) },
    close: async () => {
      if (closed) return
      closed = true
      await running.ended()
      interrupter.close()
      await driver.end()
    }
  }
}

/** A call's turn in the gate and its connection; both are given back once. */
class Place<C> {
  readonly #driver: ServerDriver<C>
  readonly #gate: FairGate
  #leaveGate: (() => void) | undefined
  #isLeft = false
  connection: C | undefined

  constructor (driver: ServerDriver<C>, gate: FairGate) {
    this.#driver = driver
    this.#gate = gate
  }

  async enter (entrance: Parameters<FairGate['enter']>[0]): Promise<void> {
    this.#leaveGate = await this.#gate.enter(entrance)
  }

  async connect (): Promise<C> {
    this.connection = await this.#driver.acquire()
    return this.connection
  }

  leave (error?: unknown): void {
    this.#give(connection => { this.#driver.release(connection, error) })
  }

  /** A driver may settle what it was doing later, or never. */
  destroy (): void {
    this.#give(connection => { this.#driver.destroy(connection) })
  }

  #give (give: (connection: C) => void): void {
    if (this.#isLeft) return
    this.#isLeft = true
    if (this.connection !== undefined) give(this.connection)
    this.#leaveGate?.()
  }
}

type Settled<T> = { readonly is: 'resolved', readonly value: T } | { readonly is: 'rejected', readonly error: unknown }

async function settledWithin<T> (result: Promise<T>, ms: number): Promise<Settled<T> | 'late'> {
  const settled = result.then(
    (value): Settled<T> => ({ is: 'resolved', value }),
    (error: unknown): Settled<T> => ({ is: 'rejected', error })
  )
  return await withTimeout(settled, ms) ?? 'late'
}

function unwrap<T> (settled: Settled<T>): T {
  if (settled.is === 'rejected') throw settled.error
  return settled.value
}

function tooLate (): DatabaseError {
  return new DatabaseError('unavailable', 'TURN_TIMEOUT')
}
