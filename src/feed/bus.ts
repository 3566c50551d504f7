import type { EventRow } from '../../db/index.ts'
import type { RiskLevel, SessionReport } from '../protocol/messages.ts'

/** Whose sessions a subscriber wants to hear of. */
export interface Audience {
  readonly all: boolean
  readonly sessions: ReadonlySet<string>
  readonly exams: ReadonlySet<string>
  /** A teacher, to whom only sessions of the teacher's own exams and of no exam are shown; absent: everything. */
  readonly overseerId?: string | undefined
}

/** Which session something is about. */
export interface About {
  readonly sessionId: string
  readonly examId: string | null
  /** The exam's author. */
  readonly ownerId?: string | null
}

/** What the live feed carries: a closed set, plain data, so that it can travel between processes. */
export type FeedMessage = About & (
  | { readonly kind: 'events', readonly rows: readonly EventRow[], readonly stored: boolean, readonly isReplay?: true }
  | { readonly kind: 'session', readonly report: SessionReport }
  | { readonly kind: 'thumbnail', readonly atMs: number, readonly jpegBase64: string }
  | { readonly kind: 'call', readonly riskLevel: RiskLevel, readonly atMs: number }
  | { readonly kind: 'presence', readonly online: boolean, readonly atMs: number }
)

/**
 * The live feed from sessions to whoever watches. It keeps nothing: the database is the record, and a subscriber that
 * came late reads there. What others need of it goes on through Redis (`joinBus`).
 */
export interface Bus {
  publish (message: FeedMessage): void
  /**
   * Calls `listener` for every message about a session that `audience` includes at that moment; returns the way out.
   */
  subscribe (audience: Audience, listener: (message: FeedMessage) => void): () => void
  /** Whether anybody hears of this session: what costs work (thumbnails) is not made for nobody. */
  hasAudience (about: About): boolean
  /** Of all subscribers here. */
  audiences (): readonly Audience[]
}

/** Whether the audience includes that session. */
export function includes (audience: Audience, about: About): boolean {
  if (audience.overseerId !== undefined && about.examId !== null && about.ownerId !== audience.overseerId) return false
  return (
    audience.all ||
    audience.sessions.has(about.sessionId) ||
    (about.examId !== null && audience.exams.has(about.examId))
  )
}

/** The feed of one process. A listener that throws is reported to `onError` and the others are served. */
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

/** The feed of this process and of those that can be told; what they tell is published on `bus` itself. */
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
