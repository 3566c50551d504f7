import type { Redis } from 'ioredis'
import type { Lease, Leases } from './cluster.ts'

/** Leases expire after this long without renewal. */
const LEASE_MS = 15_000
/** Leases in one script, so that it blocks Redis for a millisecond at most. */
const ACQUIRE_MAX = 500

/** A key holds `<gateway> <epoch>`. Sets the keys without a higher epoch; returns the indices of the others. */
const ACQUIRE = `
local lost = {}
for index, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  local epoch = tonumber(ARGV[index + 2])
  local heldEpoch = held and tonumber(string.match(held, '^%S+ (%d+)$'))
  if heldEpoch and heldEpoch > epoch then
    lost[#lost + 1] = index
  else
    redis.call('SET', key, ARGV[1] .. ' ' .. ARGV[index + 2], 'PX', ARGV[2])
  end
end
return lost`

const RELEASE = `
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held and string.match(held, '^%S+') == ARGV[1] then redis.call('DEL', key) end
end`

export interface LeasesOptions {
  readonly redis: Redis
  readonly gatewayId: string
  readonly prefix: string
  readonly isUp: () => boolean
}

export function createLeases ({ redis, gatewayId, prefix, isUp }: LeasesOptions): Leases {
  const keyOf = (sessionId: string): string => `${prefix}holder:${sessionId}`

  async function acquire (leases: readonly Lease[]): Promise<readonly Lease[]> {
    const lost: Lease[] = []
    for (let start = 0; start < leases.length; start += ACQUIRE_MAX) {
      const part = leases.slice(start, start + ACQUIRE_MAX)
      const indices = (await redis.eval(
        ACQUIRE,
        part.length,
        ...part.map(({ sessionId }) => keyOf(sessionId)),
        gatewayId,
        LEASE_MS,
        ...part.map(({ epoch }) => epoch)
      )) as number[]
      for (const index of indices) lost.push(part[index - 1]!)
    }
    return lost
  }

  return {
    async find (sessionId) {
      // Without Redis the holder is unknown; returned at once so that no caller waits.
      if (!isUp()) return { is: 'away' }
      try {
        const [owner, epoch] = (await redis.get(keyOf(sessionId)))?.split(' ', 2) ?? []
        return owner === undefined || owner === gatewayId
          ? { is: 'free' }
          : { is: 'other', gatewayId: owner, epoch: Number(epoch) }
      } catch {
        return { is: 'away' }
      }
    },
    async acquire (lease) { if (isUp()) await acquire([lease]) },
    renew: acquire,
    async release (sessionIds) {
      for (let start = 0; start < sessionIds.length; start += ACQUIRE_MAX) {
        const part = sessionIds.slice(start, start + ACQUIRE_MAX)
        await redis.eval(RELEASE, part.length, ...part.map(keyOf), gatewayId)
      }
    }
  }
}
