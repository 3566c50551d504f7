import { randomUUID } from 'node:crypto'
import { createAttemptCounter, type AttemptLimit } from './attempt-counter.ts'
import type { About, Audience, FeedMessage } from '../feed/bus.ts'
import type { Command } from './session-command.ts'
import { type ClusterCounters, createClusterCounters } from '../counters.ts'

/**
 * The gateway that holds a session. `free`: this one, or none that is known; `other`: that one, under that epoch;
 * `away`: unknown, because Redis is unavailable.
 */
export type Holder =
  | { readonly is: 'free' }
  | { readonly is: 'away' }
  | { readonly is: 'other', readonly gatewayId: string, readonly epoch: number }

/** A session that this gateway holds, with the epoch of the session's row. The highest epoch wins. */
export interface Lease {
  readonly sessionId: string
  readonly epoch: number
}

/** Says which gateway to ask for a session. It is only a hint: the database decides which gateway owns it. */
export interface Leases {
  find (sessionId: string): Promise<Holder>
  /** Records that this gateway now holds the session. */
  acquire (lease: Lease): Promise<void>
  /** Extends these leases; returns those that another gateway has acquired since. */
  renew (leases: readonly Lease[]): Promise<readonly Lease[]>
  /** Removes the leases of these sessions. */
  release (sessionIds: readonly string[]): Promise<void>
}

/**
 * The outcome of a request to another gateway. `nobody`: no gateway with that id is connected; `late`: it did not
 * respond in time, and may still carry the request out.
 */
export type Outcome =
  | { readonly is: 'answer', readonly value: unknown }
  | { readonly is: 'nobody' }
  | { readonly is: 'late' }

/** Attempts counted over all gateways; see `AttemptCounter`. Without Redis each gateway counts its own. */
export interface SharedAttempts {
  tryAcquire (limits: readonly AttemptLimit[], nowMs: number): Promise<number>
  count (key: string, nowMs: number): Promise<number>
  release (keys: readonly string[]): Promise<void>
}

/** Requests counted in windows, over all gateways. */
export interface Windows {
  /** Counts one request; returns the count of the window and the time until it ends. */
  add (key: string, windowMs: number): Promise<{ readonly count: number, readonly endsInMs: number }>
}

/** Values that are removed by the first read, on any gateway. */
export interface OneTimeValues {
  /** Returns false, and stores nothing, while Redis is unavailable. */
  put (key: string, value: string, lifeMs: number): Promise<boolean>
  take (key: string): Promise<string | undefined>
  /** Reads the value without removing it. */
  peek (key: string): Promise<string | undefined>
}

/** Handlers for messages of the other gateways. */
export interface Handlers {
  /** A feed message of another gateway has arrived. */
  onMessage (message: FeedMessage, gatewayId: string): void
  /** Feed messages since `sinceMs` (milliseconds since the epoch) may have been lost. */
  onGap (sinceMs: number): void
  /** Another gateway requests snapshots of the sessions that `wants` includes. */
  sendSnapshots (gatewayId: string, wants: (about: About) => boolean): void
  /** A gateway has left, or sent no heartbeat for too long. */
  onPeerLost (gatewayId: string): void
  /** Redis is connected, for the first time or again. */
  onReconnected (): void
  onAccountChanged (userId: string): void
  /** Which sessions are watched here. */
  audiences (): readonly Audience[]
  /** Runs a command for another gateway, if the session is held here under that epoch. */
  execute (command: Command, epoch: number): Promise<unknown>
}

/** The other gateways of this installation. Without Redis there are none, and every call returns at once. */
export interface Cluster {
  /** A random id of this process. */
  readonly id: string
  /** Whether Redis is configured, so that there can be other gateways. */
  readonly isShared: boolean
  /** Whether the others can be reached now. */
  readonly isUp: boolean
  readonly leases: Leases
  readonly once: OneTimeValues
  readonly counters: ClusterCounters
  /** Sets the handlers; from then on messages are delivered. */
  serve (handlers: Handlers): void
  /** Sends a feed message to the gateways that have a subscriber for its session. Does not wait. */
  publish (message: FeedMessage): void
  /** As `publish`, to one gateway. */
  publishTo (gatewayId: string, message: FeedMessage): void
  /** Whether another gateway has a subscriber for this session. */
  hasAudience (about: About): boolean
  /** Sends the audiences of this gateway to the others, and requests snapshots of their sessions. */
  requestSnapshots (): void
  accountChanged (userId: string): void
  /**
   * Runs a command on another gateway, for the session that it holds under `epoch`; rejects with that gateway's error.
   * A gateway that reads the request after its time limit does not carry it out.
   */
  request (gatewayId: string, command: Command, epoch: number): Promise<Outcome>
  attempts (name: string, windowMs: number): SharedAttempts
  /** Only where the cluster is shared: a gateway alone counts its requests itself. */
  windows (name: string): Windows
  close (): Promise<void>
}

const FREE: Holder = { is: 'free' }

/** The cluster of a gateway without Redis. */
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
