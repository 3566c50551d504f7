import { Redis } from 'ioredis'
import { withTimeout } from '../../lib/with-timeout.ts'

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` */
  readonly url: string
  /** Channels to subscribe to. */
  readonly channels: readonly string[]
  readonly onMessage: (channel: string, text: string) => void
  /** Both connections work, for the first time or again. */
  readonly onUp: () => void
  /** Redis does not respond; `reason` contains no secrets. */
  readonly onDown: (reason: string) => void
}

/** Two connections to Redis, one for commands and one that subscribes, and whether they work. */
export interface RedisConnection {
  /** While false every command rejects at once. */
  readonly isUp: boolean
  /** For commands; each rejects within two seconds. */
  readonly redis: Redis
  /** Returns the number of subscribers of the channel. Rejects while Redis is unavailable. */
  publish (channel: string, text: string): Promise<number>
  close (): Promise<void>
}

/** A command without a response fails after this long. */
const COMMAND_MS_MAX = 2_000
const PING_MS = 1_000
/** A connection is pinged each second; after this long without data it is closed, even if TCP keeps it open. */
const SILENT_MS_MAX = 6_000
const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 2_000

/** Connects, and reconnects until it is closed; an unavailable Redis at the start is treated as a later failure. */
export function createRedisConnection ({
  url,
  channels,
  onMessage,
  onUp,
  onDown
}: RedisConnectionOptions): RedisConnection {
  const options = {
    // Nothing is queued for an unavailable Redis: callers handle the rejection.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: SILENT_MS_MAX,
    connectTimeout: COMMAND_MS_MAX,
    retryStrategy: (times: number) =>
      Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2)
  }
  const redis = new Redis(url, { ...options, commandTimeout: COMMAND_MS_MAX })
  const subscriber = new Redis(url, { ...options, autoResubscribe: false })
  let isSubscribed = false
  let isAnswering = false
  let isClosed = false
  /** No failure is reported before the first attempt has failed. */
  let hasFailed = false
  let state: 'new' | 'up' | 'down' = 'new'
  let reason = 'no connection'

  function settle (): void {
    if (isClosed) return
    const next = isSubscribed && isAnswering ? 'up' : 'down'
    if (next === state || (state === 'new' && next === 'down' && !hasFailed)) return
    state = next
    if (next === 'up') onUp()
    else onDown(reason)
  }

  function fail (error: unknown): void {
    hasFailed = true
    reason = error instanceof Error ? error.message : String(error)
  }

  async function ping (): Promise<void> {
    try {
      // The subscriber is pinged too: without traffic of its own it would not notice a dead connection.
      const answers = Promise.all([redis.ping(), isSubscribed ? subscriber.ping() : undefined])
      if (await withTimeout(answers, PING_MS) === undefined) throw new Error('no answer to a ping')
      isAnswering = true
    } catch (error) {
      fail(error)
      isAnswering = false
    }
    settle()
  }

  redis.on('error', fail)
  subscriber.on('error', fail)
  redis.on('ready', () => { ping().catch(() => {}) })
  redis.on('close', () => {
    isAnswering = false
    settle()
  })
  subscriber.on('ready', () => {
    subscriber.subscribe(...channels).then(() => {
      isSubscribed = true
      settle()
    }, fail)
  })
  subscriber.on('close', () => {
    isSubscribed = false
    settle()
  })
  subscriber.on('message', onMessage)
  const pinger = setInterval(() => { ping().catch(() => {}) }, PING_MS)
  pinger.unref()

  return {
    get isUp () { return state === 'up' },
    redis,
    publish: async (channel, text) => await redis.publish(channel, text),
    async close () {
      isClosed = true
      state = 'down'
      clearInterval(pinger)
      redis.disconnect()
      subscriber.disconnect()
    }
  }
}
