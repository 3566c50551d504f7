import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { createAttemptCounter, DOUBLINGS_MAX } from './attempt-counter.ts'
import type { OneTimeValues, SharedAttempts, Windows } from './cluster.ts'

/** The Redis that holds the counts of all gateways. */
export interface Shared {
  readonly redis: Redis
  readonly prefix: string
  readonly isUp: () => boolean
}

/**
 * KEYS: the counters, then for each the key that exists while its next attempt must wait. ARGV: window, maxima, first
 * waits (0: the wait does not grow).
 */
const TAKE = `
local window = tonumber(ARGV[1])
local keys = #KEYS / 2
local wait = 0
for index = 1, keys do
  local max = tonumber(ARGV[index + 1])
  if tonumber(ARGV[keys + index + 1]) > 0 then wait = math.max(wait, redis.call('PTTL', KEYS[keys + index]))
  elseif max >= 0 and tonumber(redis.call('GET', KEYS[index]) or '0') >= max then wait = math.max(wait, redis.call('PTTL', KEYS[index])) end
end
if wait > 0 then return wait end
for index = 1, keys do
  local max = tonumber(ARGV[index + 1])
  local grow = tonumber(ARGV[keys + index + 1])
  local count = redis.call('INCR', KEYS[index])
  if grow > 0 then
    local pause = 0
    if count >= max then
      pause = math.min(window, grow * 2 ^ math.min(count - max, ${DOUBLINGS_MAX}))
      redis.call('SET', KEYS[keys + index], '1', 'PX', string.format('%d', pause))
    end
    redis.call('PEXPIRE', KEYS[index], string.format('%d', window + pause))
  elseif count == 1 then redis.call('PEXPIRE', KEYS[index], ARGV[1]) end
end
return 0`

const GIVE_BACK = `
local keys = #KEYS / 2
for index = 1, keys do
  redis.call('DEL', KEYS[keys + index])
  if redis.call('EXISTS', KEYS[index]) == 1 and redis.call('DECR', KEYS[index]) <= 0 then redis.call('DEL', KEYS[index]) end
end`

const ADD = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}`

/** Keys contain addresses and e-mails only as hashes. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)

/** Runs a command; returns undefined while Redis is unavailable. */
async function orUndefined<T> ({ isUp }: Shared, question: () => Promise<T>): Promise<T | undefined> {
  if (!isUp()) return undefined
  try {
    return await question()
  } catch {
    return undefined
  }
}

/** Attempts are counted here as well as in Redis, so that lock-outs survive an outage of Redis. */
export function sharedAttempts (shared: Shared, name: string, windowMs: number): SharedAttempts {
  const { redis, prefix } = shared
  const here = createAttemptCounter(windowMs)
  const keyOf = (key: string): string => `${prefix}tries:${name}:${hashOf(key)}`
  const keysOf = (keys: readonly string[]): string[] => [...keys.map(keyOf), ...keys.map(key => `${keyOf(key)}:next`)]
  return {
    async tryAcquire (limits, nowMs) {
      const waitMs = here.tryAcquire(limits, nowMs)
      const keys = keysOf(limits.map(({ key }) => key))
      const maxima = limits.map(({ max }) => Number.isFinite(max) ? max : -1)
      const waits = limits.map(({ growMs = 0 }) => growMs)
      return (
        (await orUndefined(
          shared,
          async () => (await redis.eval(TAKE, keys.length, ...keys, windowMs, ...maxima, ...waits)) as number
        )) ?? waitMs
      )
    },
    count: async (key, nowMs) =>
      (await orUndefined(shared, async () => Number(await redis.get(keyOf(key))))) ?? here.count(key, nowMs),
    async release (keys) {
      here.release(keys)
      await orUndefined(shared, async () => await redis.eval(GIVE_BACK, keys.length * 2, ...keysOf(keys)))
    }
  }
}

/** Most windows in memory while Redis is unavailable. */
const WINDOWS_MAX = 20_000

export function sharedWindows (shared: Shared, name: string): Windows {
  const { redis, prefix } = shared
  const here = new Map<string, { count: number, readonly endsAtMs: number }>()

  function addHere (key: string, windowMs: number) {
    const nowMs = Date.now()
    const known = here.get(key)
    const window = known === undefined || known.endsAtMs <= nowMs ? { count: 0, endsAtMs: nowMs + windowMs } : known
    window.count++
    here.delete(key)
    here.set(key, window)
    if (here.size > WINDOWS_MAX) {
      const [oldest] = here.keys()
      if (oldest !== undefined) here.delete(oldest)
    }
    return { count: window.count, endsInMs: window.endsAtMs - nowMs }
  }

  return {
    async add (key, windowMs) {
      const answer = await orUndefined(
        shared,
        async () => (await redis.eval(ADD, 1, `${prefix}window:${name}:${hashOf(key)}`, windowMs)) as [number, number]
      )
      return answer === undefined ? addHere(key, windowMs) : { count: answer[0], endsInMs: Math.max(0, answer[1]) }
    }
  }
}

export function sharedOnce (shared: Shared): OneTimeValues {
  const { redis, prefix } = shared
  const keyOf = (key: string): string => `${prefix}once:${hashOf(key)}`
  return {
    put: async (key, value, lifeMs) =>
      (await orUndefined(shared, async () => await redis.set(keyOf(key), value, 'PX', lifeMs))) === 'OK',
    take: async key => (await orUndefined(shared, async () => await redis.getdel(keyOf(key)))) ?? undefined,
    peek: async key => (await orUndefined(shared, async () => await redis.get(keyOf(key)))) ?? undefined
  }
}
