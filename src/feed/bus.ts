import type { EventRow } from '../../db/index.ts'
import type { RiskLevel, SessionReport } from '../protocol/messages.ts'
import type { AcknowledgementView, ThreadMessage } from '../protocol/thread.ts'

/** The sessions that a subscriber receives. */
export interface Audience {
  readonly all: boolean
  readonly sessions: ReadonlySet<string>
  readonly exams: ReadonlySet<string>
  /** Limits the audience to sessions of this teacher's exams and sessions without an exam; absent for no limit. */
  readonly overseerId?: string | undefined
}

/** The session that a message belongs to. */
export interface About {
  readonly sessionId: string
  readonly examId: string | null
  /** The exam's author. */
  readonly ownerId?: string | null
}

/** The messages of the live feed: a closed set of plain data, so that they can be sent between processes. */
export type FeedMessage = About & (
  | { readonly kind: 'events', readonly rows: readonly EventRow[], readonly stored: boolean, readonly isReplay?: true }
  | { readonly kind: 'session', readonly report: SessionReport }
  | { readonly kind: 'thumbnail', readonly atMs: number, readonly jpegBase64: string }
  | { readonly kind: 'call', readonly riskLevel: RiskLevel, readonly atMs: number }
  | { readonly kind: 'presence', readonly online: boolean, readonly atMs: number }
  | { readonly kind: 'messages', readonly data: readonly ThreadMessage[] }
  | { readonly kind: 'hand', readonly raised: boolean, readonly atMs: number }
  | { readonly kind: 'acknowledgements', readonly data: readonly AcknowledgementView[] }
  | { readonly kind: 'looking', readonly viewer: Viewer, readonly looking: boolean }
)

/** A monitor's socket that looks at a session; `id` is the socket's own. */
export interface Viewer {
  readonly id: string
  readonly userId: string
  readonly name: string
}

/**
 * The live feed from sessions to their monitors. It stores nothing: a late subscriber reads the database. `joinBus`
 * connects it to the other gateways through Redis.
 */
export interface Bus {
  publish (message: FeedMessage): void
  /**
   * Calls `listener` for every message of a session that `audience` includes at that moment; returns the function that
   * unsubscribes.
   */
  subscribe (audience: Audience, listener: (message: FeedMessage) => void): () => void
  /** Whether this session has a subscriber; without one no thumbnails are made. */
  hasAudience (about: About): boolean
  /** The audiences of all subscribers of this process. */
  audiences (): readonly Audience[]
}

/** Whether the audience includes the session. */
export function includes (audience: Audience, about: About): boolean {
  if (audience.overseerId !== undefined && about.examId !== null && about.ownerId !== audience.overseerId) return false
  return (
    audience.all ||
    audience.sessions.has(about.sessionId) ||
    (about.examId !== null && audience.exams.has(about.examId))
  )
}

/** The feed of one process. An error of a listener goes to `onError`; the other listeners are still called. */
export function createBus (onError: (error: unknown) => void): Bus {
  const subscribers = new Set<{ readonly audience: Audience, readonly listener: (message: FeedMessage) => void }>()
  return {
    publish (message) {
      for (const { audience, listener } of subscribers) {
        if (!includes(audience, message)) continue
        try {
          listener(message)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe (audience, listener) {
      const subscriber = { audience, listener }
      subscribers.add(subscriber)
      return () => { subscribers.delete(subscriber) }
    },
    hasAudience (about) {
      for (const { audience } of subscribers) if (includes(audience, about)) return true
      return false
    },
    audiences: () => [...subscribers].map(({ audience }) => audience)
  }
}

/** A bus that also publishes to other gateways; their messages are published on `bus` itself. */
export function joinBus (bus: Bus, others: Pick<Bus, 'publish' | 'hasAudience'>): Bus {
  return {
    ...bus,
    publish (message) {
      bus.publish(message)
      others.publish(message)
    },
    hasAudience: about => bus.hasAudience(about) || others.hasAudience(about)
  }
}
