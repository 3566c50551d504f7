import { Redis } from 'ioredis'

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` */
  readonly url: string
  /** Channels to hear. */
  readonly channels: readonly string[]
  readonly onMessage: (channel: string, text: string) => void
  /** The connections are there, or there again. */
  readonly onUp: () => void
  /** Redis does not answer; `reason` has no secrets. */
  readonly onDown: (reason: string) => void
}

/** Two connections to Redis, one that speaks and one that listens, and whether they work. */
export interface RedisConnection {
  /** False: every command rejects at once. */
  readonly isUp: boolean
  /** For commands; each rejects within two seconds. */
  readonly redis: Redis
  /** Gives how many listen to the channel. Rejects when Redis is away. */
  publish (channel: string, text: string): Promise<number>
  close (): Promise<void>
}

/** A command without an answer after this long has failed. */
const COMMAND_MS_MAX = 2_000
const PING_MS = 1_000
/** A connection that is asked each second and says nothing for so long is dead, whatever TCP says. */
const SILENT_MS_MAX = 6_000
const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 2_000

/**
 * Connects, and goes on connecting until it is closed: a Redis that is away at the start is as one that goes away
 * later.
 */
export function createRedisConnection ({
  url,
  channels,
  onMessage,
  onUp,
  onDown
}: RedisConnectionOptions): RedisConnection {
  const options = {
    // What cannot be said now is said otherwise or not at all: nothing may pile up for a Redis that is away.
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
  /** Until then it is only young. */
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
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(reject, PING_MS, new Error('no answer to a ping'))
    })
    try {
      // A listener that never speaks would not notice a line that died in silence.
      await Promise.race([Promise.all([redis.ping(), isSubscribed ? subscriber.ping() : undefined]), late])
      isAnswering = true
    } catch (error) {
      fail(error)
      isAnswering = false
    } finally {
      clearTimeout(timer)
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
