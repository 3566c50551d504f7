/**
 * Why a frame was not analyzed. `replaced`: a newer one arrived before a worker was free; `late`: no worker was free
 * within `frameAgeMsMax`; `stale`: captured before a frame that arrived earlier; `gap`: a video chunk that depends on a
 * missing one; `paused`: the session was not active; `invalid`: not a picture or video; `failed`: a worker or the pool
 * failed; `suspended`: earlier frames of the same candidate killed or blocked a worker; `closed`: the session ended.
 * docs/protocol.md has these causes as a table.
 */
export type DropCause = 'replaced' | 'late' | 'stale' | 'gap' | 'paused' | 'invalid' | 'failed' | 'suspended' | 'closed'

/** Why a piece of sound was not analyzed. `overflow`: too many waited; `early`: the session was not loaded yet. */
export type SoundDropCause = 'overflow' | 'early' | 'paused' | 'failed' | 'closed'

/**
 * Why a frame of the screen was not recorded. `unwanted`: the policy or the consent does not allow it; `fast`: more
 * frames or bytes than the bounds allow; `early`: the session was not loaded yet; `failed`: the recording has failed.
 * The others as of the camera's frames.
 */
export type ScreenDropCause = 'unwanted' | 'paused' | 'stale' | 'fast' | 'gap' | 'invalid' | 'early' | 'failed'

/**
 * Why a request was not served. `account`, `address`, `form`: too many at a time from one account, from one address, or
 * with forms from one address (`plugins/in-flight.ts`). `pipelined`: too many on one connection, which was closed.
 */
export type RequestDropCause = 'account' | 'address' | 'form' | 'pipelined'

/** Counts of sockets, sessions and messages since the process started, for `/metrics` and benchmarks. */
export interface Counters {
  readonly frames: { received: number, analysed: number, readonly dropped: Record<DropCause, number> }
  readonly sound: { received: number, heard: number, readonly dropped: Record<SoundDropCause, number> }
  readonly screen: { received: number, recorded: number, readonly dropped: Record<ScreenDropCause, number> }
  /** Messages between gateways. */
  readonly cluster: ClusterCounters
  /** Errors sent to peers, by code. */
  readonly errors: Map<string, number>
  /** Sockets closed by us, by close code. */
  readonly closes: Map<number, number>
  readonly sockets: { candidates: number, monitors: number }
  readonly messages: { received: number, sent: number, unsent: number }
  readonly events: { raised: number, stored: number, retried: number, lost: number }
  readonly thumbnails: { made: number }
  /** Pictures, clips and sound of incidents. `skipped`: too many at a time or in one session. `failed`: not written. */
  readonly evidence: { begun: number, skipped: number, failed: number }
  /** Small pictures of recordings. `skipped`: the session had too many. */
  readonly storyboard: { kept: number, skipped: number }
  /** Questions and answers allowed because no gateway said in time whether the candidate is seen. */
  readonly watching: { unknown: number }
  readonly requests: { readonly dropped: Record<RequestDropCause, number> }
}

export function createCounters (cluster = createClusterCounters()): Counters {
  return {
    frames: {
      received: 0,
      analysed: 0,
      dropped: { replaced: 0, late: 0, stale: 0, gap: 0, paused: 0, invalid: 0, failed: 0, suspended: 0, closed: 0 }
    },
    sound: { received: 0, heard: 0, dropped: { overflow: 0, early: 0, paused: 0, failed: 0, closed: 0 } },
    screen: {
      received: 0,
      recorded: 0,
      dropped: { unwanted: 0, paused: 0, stale: 0, fast: 0, gap: 0, invalid: 0, early: 0, failed: 0 }
    },
    cluster,
    errors: new Map(),
    closes: new Map(),
    sockets: { candidates: 0, monitors: 0 },
    messages: { received: 0, sent: 0, unsent: 0 },
    events: { raised: 0, stored: 0, retried: 0, lost: 0 },
    thumbnails: { made: 0 },
    evidence: { begun: 0, skipped: 0, failed: 0 },
    storyboard: { kept: 0, skipped: 0 },
    watching: { unknown: 0 },
    requests: { dropped: { account: 0, address: 0, form: 0, pipelined: 0 } }
  }
}

/** Adds one to the count of `key`. */
export function count<K> (counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** The kinds of messages on the feed of live sessions. */
export type FeedKind =
  'events' | 'session' | 'thumbnail' | 'call' | 'presence' | 'messages' | 'hand' | 'acknowledgements' | 'looking'

/** Counts of messages between gateways since the start. */
export interface ClusterCounters {
  readonly sent: Record<FeedKind, number>
  /** Not sent because too many bytes waited for Redis, or Redis was unavailable. */
  readonly unsent: Record<FeedKind, number>
  readonly heard: Record<FeedKind, number>
  /** `expired`: read too late and not carried out. */
  readonly commands: { sent: number, obeyed: number, unanswered: number, expired: number }
  /** Sessions handed over to another gateway, taken from one that did not respond, and lost to another one. */
  readonly sessions: { handedOver: number, seized: number, lost: number }
  /** Gaps in the sequence numbers, and losses of the Redis connection. */
  readonly links: { gaps: number, lost: number }
}

export function createClusterCounters (): ClusterCounters {
  const none = (): ClusterCounters['sent'] => ({
    events: 0,
    session: 0,
    thumbnail: 0,
    call: 0,
    presence: 0,
    messages: 0,
    hand: 0,
    acknowledgements: 0,
    looking: 0
  })
  return {
    sent: none(),
    unsent: none(),
    heard: none(),
    commands: { sent: 0, obeyed: 0, unanswered: 0, expired: 0 },
    sessions: { handedOver: 0, seized: 0, lost: 0 },
    links: { gaps: 0, lost: 0 }
  }
}
