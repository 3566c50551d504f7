import type { Redis } from 'ioredis'
import type { Holder, Owners } from './cluster.ts'

/** A gateway that does not renew for so long has lost its sessions. */
const LEASE_MS = 15_000
/** Sessions renewed in one script, so that it holds Redis up for a millisecond at most. */
const RENEW_MAX = 500

/** A key holds `<gateway> <since>`. Gives the other holder, or nothing. */
const TAKE = `
local held = redis.call('GET', KEYS[1])
local since = tonumber(ARGV[2])
if held then
  local owner, heldSince = string.match(held, '^(%S+) (%d+)$')
  if owner ~= ARGV[1] then
    if ARGV[4] == '0' then return owner end
    since = math.max(since, tonumber(heldSince) + 1)
  end
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. string.format('%d', since), 'PX', ARGV[3])
return ''`

/** A holder with an earlier candidate gives way: after a parting of ways the later connection counts. */
const RENEW = `
local lost = {}
for index, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  local since = tonumber(ARGV[index + 2])
  local owner, heldSince
  if held then owner, heldSince = string.match(held, '^(%S+) (%d+)$') end
  if not held or since > tonumber(heldSince) then
    redis.call('SET', key, ARGV[1] .. ' ' .. string.format('%d', since), 'PX', ARGV[2])
  elseif owner == ARGV[1] then
    redis.call('PEXPIRE', key, ARGV[2])
  else
    lost[#lost + 1] = index
  end
end
return lost`

const RELEASE = `
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held and string.match(held, '^%S+') == ARGV[1] then redis.call('DEL', key) end
end`

export interface OwnersOptions {
  readonly redis: Redis
  readonly gatewayId: string
  readonly prefix: string
  readonly isUp: () => boolean
}

export function createOwners ({ redis, gatewayId, prefix, isUp }: OwnersOptions): Owners {
  const keyOf = (sessionId: string): string => `${prefix}owner:${sessionId}`
  const holder = (other: string | null): Holder => other === null || other === '' || other === gatewayId ? { is: 'free' } : { is: 'other', gatewayId: other }

  /** What cannot be asked is not known: nobody waits for a Redis that is away. */
  async function orAway (question: () => Promise<Holder>): Promise<Holder> {
    if (!isUp()) return { is: 'away' }
    try {
      return await question()
    } catch {
      return { is: 'away' }
    }
  }

  return {
    find: async sessionId => await orAway(async () => holder((await redis.get(keyOf(sessionId)))?.split(' ', 1)[0] ?? null)),
    take: async ({ sessionId, sinceMs }, force) => await orAway(async () =>
      holder(await redis.eval(TAKE, 1, keyOf(sessionId), gatewayId, Math.trunc(sinceMs), LEASE_MS, force ? 1 : 0) as string)),
    async renew (held) {
      const lost: string[] = []
      for (let start = 0; start < held.length; start += RENEW_MAX) {
        const part = held.slice(start, start + RENEW_MAX)
        const indices = await redis.eval(RENEW, part.length, ...part.map(({ sessionId }) => keyOf(sessionId)), gatewayId, LEASE_MS, ...part.map(({ sinceMs }) => Math.trunc(sinceMs))) as number[]
        for (const index of indices) lost.push(part[index - 1]!.sessionId)
      }
      return lost
    },
    async release (sessionIds) {
      for (let start = 0; start < sessionIds.length; start += RENEW_MAX) {
        const part = sessionIds.slice(start, start + RENEW_MAX)
        await redis.eval(RELEASE, part.length, ...part.map(keyOf), gatewayId)
      }
    }
  }
}
