import { defined } from '../../lib/defined.ts'
import { includes, type About, type Audience, type FeedMessage } from '../feed/bus.ts'
import type { Command } from './session-command.ts'
import type { Handlers } from './cluster.ts'
import type { ClusterCounters } from '../counters.ts'

/** An audience on the wire. */
interface Listeners {
  readonly all: boolean
  readonly sessions: readonly string[]
  readonly exams: readonly string[]
  readonly overseerId?: string | undefined
}

/** A message from one gateway to another or to all; `from` is the sender's id. */
export type PeerMessage = { readonly from: string } &
  /**
   * A heartbeat. `clockMs` is the sender's monotonic clock; `sent` is the number of feed messages sent to each gateway
   * so far; `look` requests snapshots of sessions.
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
    /** A gateway has started and asks for heartbeats. */
    | { readonly kind: 'hello' }
    | { readonly kind: 'bye' }
    | { readonly kind: 'feed', readonly number: number, readonly message: FeedMessage }
    /** `sentMs` as `clockMs`; the sender waits `withinMs` for the response. */
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

/** An error on the wire. */
export interface Fault {
  readonly message: string
  /** The code of a database error. */
  readonly databaseCode?: string
}

interface Peer {
  audiences: readonly Audience[]
  /** Sequence number of the last feed message sent to it. */
  sent: number
  /** Sequence number of the last feed message received from it. */
  lastReceived: number | undefined
  heardAtMs: number
  /** When the sequence was last known to be complete. */
  completeAtMs: number
  /** Our monotonic clock minus the peer's, from the heartbeat with the least delay, and when that arrived. */
  lead: { readonly byMs: number, readonly atMs: number } | undefined
}

export interface PeersOptions {
  readonly id: string
  /** A fingerprint of the secrets that all gateways must share. */
  readonly secrets: string
  readonly counters: ClusterCounters
  readonly handlers: Handlers
  /** Publishes to one gateway, or to all without an id. Returns false if the message will not arrive. */
  readonly send: (to: string | undefined, message: PeerMessage) => boolean
  /** Bytes waiting to be sent. */
  readonly waitingBytes: () => number
  readonly warn: (text: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A monotonic clock. */
  readonly monotonic: () => number
}

/** The other gateways: their audiences, their sequence numbers, and the gaps in them. */
export interface Peers {
  readonly ids: readonly string[]
  onMessage(message: PeerMessage): void
  publish(message: FeedMessage): void
  publishTo(id: string, message: FeedMessage): void
  hasAudience(about: About): boolean
  /** Sends a heartbeat with the audiences of this gateway; `look` requests snapshots of sessions. */
  sendHeartbeat(look?: boolean): void
  /** Whether a message sent at `sentMs` of the sender's monotonic clock is older than `withinMs`. */
  isLate(from: string, sentMs: number, withinMs: number): boolean
  /** Removes peers without a recent heartbeat. Do not call it while Redis is unavailable: then all are silent. */
  expire(): void
  /** Restarts the heartbeat deadlines, after a time in which no heartbeat could be received. */
  resetDeadlines(): void
}

/** Heartbeats come every two seconds. */
const SILENT_MS_MAX = 8_000
/** With more bytes than this waiting for Redis droppable messages are not sent; above the second bound none are. */
const WAITING_BYTES_SOFT = 1024 * 1024
const WAITING_BYTES_MAX = 8 * 1024 * 1024
/** Most ids of sessions and exams in one heartbeat; a gateway that watches more subscribes to everything. */
const LISTENED_MAX = 2_000
/** Greatest drift between two clocks: twice that of a clock under adjustment. */
const DRIFT_MAX = 0.001
/** Kinds that may be lost, because the next message replaces them. */
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
    // The new peer should not wait for our next heartbeat.
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
      ...(look && { look })
    })
  }

  /** Compares the clocks. The heartbeat with the least delay gives the best estimate of their difference. */
  function compare (peer: Peer, clockMs: number): void {
    const byMs = monotonic() - clockMs
    if (peer.lead === undefined || byMs <= leadOf(peer.lead)) peer.lead = { byMs, atMs: monotonic() }
  }

  function leadOf ({ byMs, atMs }: NonNullable<Peer['lead']>): number {
    return byMs + (monotonic() - atMs) * DRIFT_MAX
  }

  /** Stores the sequence number of the last message sent to us, and reports a gap. */
  function trackSequence (peer: Peer, last: number, isNew: boolean): void {
    const { lastReceived, completeAtMs } = peer
    peer.lastReceived = last
    peer.completeAtMs = now()
    // A lower number means the peer had dropped us and restarted its count: treat it as a gap.
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
    // Use up the number even if sending fails: the receiver sees the gap and replays from the database.
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
              'another gateway has another JWT_SECRET, FACE_KEY or MEDIA_KEY: they must be the same on all, or people are logged out, and faces and recordings cannot be read'
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

/** Removes duplicates: most monitors of one gateway watch the same sessions. */
function listenersOf (audiences: readonly Audience[]): Listeners[] {
  const listeners = audiences
    .filter(({ all, sessions, exams }) => all || sessions.size > 0 || exams.size > 0)
    .map(({ all, sessions, exams, overseerId }): Listeners => ({
      all,
      sessions: [...sessions],
      exams: [...exams],
      ...defined({ overseerId })
    }))
  if (listeners.reduce((sum, { sessions, exams }) => sum + sessions.length + exams.length, 0) > LISTENED_MAX) {
    return [{ all: true, sessions: [], exams: [] }]
  }
  return [...new Map(listeners.map(one => [JSON.stringify(one), one])).values()]
}

function audienceOf ({ all, sessions, exams, overseerId }: Listeners): Audience {
  return { all, sessions: new Set(sessions), exams: new Set(exams), overseerId }
}
