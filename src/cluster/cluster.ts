import { randomUUID } from 'node:crypto'
import { createAttemptCounter, type AttemptLimit } from './attempt-counter.ts'
import type { About, Audience, FeedMessage } from '../feed/bus.ts'
import type { Command } from './session-command.ts'
import { type ClusterCounters, createClusterCounters } from '../counters.ts'

/**
 * Who is said to have a session in memory: this gateway or nobody known, another one, or not to be found out while
 * Redis is away.
 */
export type Holder = { readonly is: 'free' } | { readonly is: 'away' } | { readonly is: 'other', readonly gatewayId: string, readonly epoch: number }

/** A session that this gateway has, under the number in the session's row. The highest number counts. */
export interface Lease {
  readonly sessionId: string
  readonly epoch: number
}

/** Which gateway is to be asked for a session. Only a hint: who owns it is decided in the database. */
export interface Leases {
  find (sessionId: string): Promise<Holder>
  /** Says that the session is here now. */
  acquire (held: Lease): Promise<void>
  /** Says that these are still here; gives those that another gateway has taken since. */
  renew (held: readonly Lease[]): Promise<readonly Lease[]>
  /** Says that these are not here any more. */
  release (sessionIds: readonly string[]): Promise<void>
}

/**
 * What came of a request to another gateway. `nobody`: it is not there; `late`: it did not answer in time, and may
 * still do it.
 */
export type Outcome = { readonly is: 'answer', readonly value: unknown } | { readonly is: 'nobody' } | { readonly is: 'late' }

/** Tries counted over all gateways; see `Attempts`. While Redis is away each counts by itself. */
export interface SharedAttempts {
  tryAcquire (limits: readonly AttemptLimit[], nowMs: number): Promise<number>
  count (key: string, nowMs: number): Promise<number>
  release (keys: readonly string[]): Promise<void>
}

/** Requests counted in windows, over all gateways. */
export interface Windows {
  /** Counts one; gives how many there are in the window and when it ends. */
  add (key: string, windowMs: number): Promise<{ readonly count: number, readonly endsInMs: number }>
}

/** Values that can be taken once, by whichever gateway asks first. */
export interface OneTimeValues {
  /** False: it is not kept, Redis is away. */
  put (key: string, value: string, lifeMs: number): Promise<boolean>
  take (key: string): Promise<string | undefined>
  /** Reads it and leaves it. */
  peek (key: string): Promise<string | undefined>
}

/** What a gateway does for the others. */
export interface Handlers {
  /** Something happened on another gateway. */
  onMessage (message: FeedMessage, gatewayId: string): void
  /** Something may have been missed since then, in milliseconds since the epoch. */
  onGap (sinceMs: number): void
  /** Another gateway wants the sessions as they stand that `wants` includes. */
  sendSnapshots (gatewayId: string, wants: (about: About) => boolean): void
  /** A gateway has not been heard of for some time. */
  onPeerLost (gatewayId: string): void
  /** Redis is there, for the first time or again. */
  onReconnected (): void
  onAccountChanged (userId: string): void
  /** Whose sessions are watched here. */
  audiences (): readonly Audience[]
  /** Carries out what another gateway asks for, of the session under that number. */
  execute (command: Command, epoch: number): Promise<unknown>
}

/** The other gateways of this installation. Without Redis there are none, and nothing here costs anything. */
export interface Cluster {
  /** Random, of this process. */
  readonly id: string
  /** Whether there can be others: Redis is configured. */
  readonly isShared: boolean
  /** Whether the others can be reached now. */
  readonly isUp: boolean
  readonly leases: Leases
  readonly once: OneTimeValues
  readonly counters: ClusterCounters
  /** Says what to do for the others; from then on they are heard. */
  serve (handlers: Handlers): void
  /** Tells the others, those that have somebody who listens. Never waits. */
  publish (message: FeedMessage): void
  /** As `publish`, to one gateway. */
  publishTo (gatewayId: string, message: FeedMessage): void
  /** Whether anybody elsewhere hears of this session. */
  hasAudience (about: About): boolean
  /** Tells the others who is listened for here, and that their sessions are wanted as they stand. */
  requestSnapshots (): void
  accountChanged (userId: string): void
  /**
   * Has another gateway carry something out, of the session that it has under `epoch`; rejects with what it failed
   * with. A gateway that reads the request after the answer was given up does not carry it out.
   */
  request (gatewayId: string, command: Command, epoch: number): Promise<Outcome>
  attempts (name: string, windowMs: number): SharedAttempts
  /** Only where the cluster is shared: one gateway alone has its own way to count. */
  windows (name: string): Windows
  close (): Promise<void>
}

const FREE: Holder = { is: 'free' }

/** One gateway alone. */
export function localCluster (): Cluster {
  return {
    id: randomUUID(),
    isShared: false,
    isUp: false,
    leases: { find: async () => FREE, acquire: async () => {}, renew: async () => [], release: async () => {} },
    once: { put: async () => false, take: async () => undefined, peek: async () => undefined },
    counters: createClusterCounters(),
    serve () {},
    publish () {},
    publishTo () {},
    hasAudience: () => false,
    requestSnapshots () {},
    accountChanged () {},
    request: async () => ({ is: 'nobody' }),
    attempts (_name, windowMs) {
      const attempts = createAttemptCounter(windowMs)
      return {
        tryAcquire: async (limits, nowMs) => attempts.tryAcquire(limits, nowMs),
        count: async (key, nowMs) => attempts.count(key, nowMs),
        release: async keys => attempts.release(keys)
      }
    },
    windows () { throw new Error('One gateway alone counts its requests itself') },
    close: async () => {}
  }
}
