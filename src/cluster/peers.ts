import { includes, type About, type Audience, type FeedMessage } from '../feed/bus.ts'
import type { Command } from './session-command.ts'
import type { Handlers } from './cluster.ts'
import type { ClusterCounters } from '../counters.ts'

/** An audience as it travels. */
interface Listeners {
  readonly all: boolean
  readonly sessions: readonly string[]
  readonly exams: readonly string[]
  readonly overseerId?: string | undefined
}

/** What one gateway says to another, or to all; `from` is its id. */
export type PeerMessage = { readonly from: string } &
  /**
   * A sign of life. `clockMs` is the sender's monotonic clock; `sent` counts the feed messages for each gateway until
   * now; `look`: sessions are wanted as they stand.
   */
  (
    | {
      readonly kind: 'here'
      readonly listeners: readonly Listeners[]
      readonly sent: Readonly<Record<string, number>>
      readonly secrets: string
      readonly clockMs: number
      readonly look?: true
    }
    /** A gateway that knows nobody yet. */
    | { readonly kind: 'hello' }
    | { readonly kind: 'bye' }
    | { readonly kind: 'feed', readonly number: number, readonly message: FeedMessage }
    /** `sentMs` as `clockMs`; after `withinMs` the answer is no longer waited for. */
    | {
      readonly kind: 'ask'
      readonly id: number
      readonly epoch: number
      readonly command: Command
      readonly sentMs: number
      readonly withinMs: number
    }
    | { readonly kind: 'answer', readonly id: number, readonly value?: unknown, readonly error?: Fault }
    | { readonly kind: 'account', readonly userId: string }
  )

/** A failure as it travels. */
export interface Fault {
  readonly message: string
  /** Where it is the database's. */
  readonly databaseCode?: string
}

interface Peer {
  audiences: readonly Audience[]
  /** Feed messages made for it, and heard from it, by number. */
  sent: number
  lastReceived: number | undefined
  heardAtMs: number
  /** When nothing was missing last. */
  completeAtMs: number
  /** Our monotonic clock less its own when a sign of life came fastest, and when that was by ours. */
  lead: { readonly byMs: number, readonly atMs: number } | undefined
}

export interface PeersOptions {
  readonly id: string
  /** A fingerprint of the secrets that all gateways must share. */
  readonly secrets: string
  readonly counters: ClusterCounters
  readonly handlers: Handlers
  /** Publishes to one gateway, or to all without an id. False: it is not going to arrive. */
  readonly send: (to: string | undefined, message: PeerMessage) => boolean
  /** Bytes that wait to be sent. */
  readonly waitingBytes: () => number
  readonly warn: (text: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A clock that is never set. */
  readonly monotonic: () => number
}

/** The other gateways, as far as they have been heard of: who listens there, and what may have been missed of them. */
export interface Peers {
  readonly ids: readonly string[]
  onMessage(message: PeerMessage): void
  publish(message: FeedMessage): void
  publishTo(id: string, message: FeedMessage): void
  hasAudience(about: About): boolean
  /** Says who we are and for whom we listen; `look` asks for sessions as they stand. */
  sendHeartbeat(look?: boolean): void
  /**
   * Whether something that a gateway sent at `sentMs` of its monotonic clock has been under way for longer than that.
   */
  isLate(from: string, sentMs: number, withinMs: number): boolean
  /** Forgets who has been silent for too long. Not to be called while Redis is away: everybody is silent then. */
  expire(): void
  /** Redis is there again: nobody could be heard meanwhile, and nobody is to be taken for gone because of it. */
  resetDeadlines(): void
}

/** Heartbeats come every two seconds. */
const SILENT_MS_MAX = 8_000
/**
 * Above so many bytes that wait for Redis, what comes again anyway is left out; above the second bound everything is.
 */
const WAITING_BYTES_SOFT = 1024 * 1024
const WAITING_BYTES_MAX = 8 * 1024 * 1024
/** Ids of sessions and exams in one heartbeat; a gateway that listens for more hears everything. */
const LISTENED_MAX = 2_000
/** How far two clocks may run apart: twice what a clock that is being adjusted does. */
const DRIFT_MAX = 0.001
/** What is lost without harm: it comes again. */
const DROPPABLE: ReadonlySet<FeedMessage['kind']> = new Set(['thumbnail', 'session'])

export function createPeers ({
  id,
  secrets,
  counters,
  handlers,
  send,
  waitingBytes,
  warn,
  now,
  monotonic
}: PeersOptions): Peers {
  const peers = new Map<string, Peer>()
  let isWarned = false

  function findOrAdd (from: string): Peer {
    const known = peers.get(from)
    if (known !== undefined) {
      known.heardAtMs = now()
      return known
    }
    const peer: Peer = {
      audiences: [],
      sent: 0,
      lastReceived: undefined,
      heardAtMs: now(),
      completeAtMs: now(),
      lead: undefined
    }
    peers.set(from, peer)
    // It learns of us without waiting for our next sign of life.
    sendHeartbeat()
    return peer
  }

  function sendHeartbeat (look = false): void {
    send(undefined, {
      from: id,
      kind: 'here',
      listeners: listenersOf(handlers.audiences()),
      sent: Object.fromEntries([...peers].map(([to, peer]) => [to, peer.sent])),
      secrets,
      clockMs: monotonic(),
      ...(look ? { look } : {})
    })
  }

  /**
   * Compares the clocks. A sign of life that lay unread for some time says little; the fastest one is the nearest to
   * the truth.
   */
  function compare (peer: Peer, clockMs: number): void {
    const byMs = monotonic() - clockMs
    if (peer.lead === undefined || byMs <= leadOf(peer.lead)) peer.lead = { byMs, atMs: monotonic() }
  }

  function leadOf ({ byMs, atMs }: NonNullable<Peer['lead']>): number {
    return byMs + (monotonic() - atMs) * DRIFT_MAX
  }

  /** Notes the number of the last message made for us. */
  function trackSequence (peer: Peer, last: number, isNew: boolean): void {
    const { lastReceived, completeAtMs } = peer
    peer.lastReceived = last
    peer.completeAtMs = now()
    // A number that goes back: it had forgotten us meanwhile, and told us nothing.
    if (lastReceived === undefined || last === lastReceived + (isNew ? 1 : 0)) return
    counters.links.gaps++
    handlers.onGap(completeAtMs)
  }

  function publishTo (to: string, peer: Peer, message: FeedMessage): void {
    const { kind } = message
    const isDroppable = DROPPABLE.has(kind)
    const isSent =
      waitingBytes() <= (isDroppable ? WAITING_BYTES_SOFT : WAITING_BYTES_MAX) &&
      send(to, { from: id, kind: 'feed', number: peer.sent + 1, message })
    counters[isSent ? 'sent' : 'unsent'][kind]++
    // A number that is used and does not come says to the other that there was something.
    if (isSent || !isDroppable) peer.sent++
  }

  function removePeer (from: string): void {
    if (peers.delete(from)) handlers.onPeerLost(from)
  }

  return {
    get ids () {
      return [...peers.keys()]
    },
    onMessage (message) {
      const { from } = message
      if (message.kind === 'bye') return removePeer(from)
      const peer = findOrAdd(from)
      switch (message.kind) {
        case 'here':
          peer.audiences = message.listeners.map(audienceOf)
          if (message.secrets !== secrets && !isWarned) {
            isWarned = true
            warn(
              'another gateway has another JWT_SECRET or FACE_KEY: they must be the same on all, or people are logged out and faces cannot be read'
            )
          }
          compare(peer, message.clockMs)
          trackSequence(peer, message.sent[id] ?? 0, false)
          if (message.look === true) handlers.sendSnapshots(from, about => isListening(peer, about))
          break
        case 'hello':
          sendHeartbeat()
          break
        case 'feed':
          trackSequence(peer, message.number, true)
          counters.heard[message.message.kind]++
          handlers.onMessage(message.message, from)
          break
        case 'account':
          handlers.onAccountChanged(message.userId)
          break
      }
    },
    publish (message) {
      for (const [to, peer] of peers) if (isListening(peer, message)) publishTo(to, peer, message)
    },
    publishTo (to, message) {
      const peer = peers.get(to)
      if (peer !== undefined) publishTo(to, peer, message)
    },
    hasAudience (about) {
      for (const peer of peers.values()) if (isListening(peer, about)) return true
      return false
    },
    sendHeartbeat,
    isLate (from, sentMs, withinMs) {
      const lead = peers.get(from)?.lead
      return lead !== undefined && monotonic() - sentMs - leadOf(lead) > withinMs
    },
    expire () {
      const untilMs = now() - SILENT_MS_MAX
      for (const [from, peer] of peers) if (peer.heardAtMs < untilMs) removePeer(from)
    },
    resetDeadlines () {
      for (const peer of peers.values()) peer.heardAtMs = now()
    }
  }
}

function isListening ({ audiences }: Peer, about: About): boolean {
  return audiences.some(audience => includes(audience, about))
}

/** Each audience once: most monitors of one gateway watch the same. */
function listenersOf (audiences: readonly Audience[]): Listeners[] {
  const listeners = audiences
    .filter(({ all, sessions, exams }) => all || sessions.size > 0 || exams.size > 0)
    .map(({ all, sessions, exams, overseerId }): Listeners => ({
      all,
      sessions: [...sessions],
      exams: [...exams],
      ...(overseerId === undefined ? {} : { overseerId })
    }))
  if (listeners.reduce((sum, { sessions, exams }) => sum + sessions.length + exams.length, 0) > LISTENED_MAX) {
    return [{ all: true, sessions: [], exams: [] }]
  }
  return [...new Map(listeners.map(one => [JSON.stringify(one), one])).values()]
}

function audienceOf ({ all, sessions, exams, overseerId }: Listeners): Audience {
  return { all, sessions: new Set(sessions), exams: new Set(exams), overseerId }
}
