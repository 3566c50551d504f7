import { createHash, randomInt } from 'node:crypto'
import type { OneTimeValues } from '../cluster/cluster.ts'

/** Frames remembered of one login: a replay that leaves some out cannot know which. */
const REMEMBERED = 8
const REMEMBER_MS = 30 * 86_400_000
/** Hashes kept by a gateway alone, some 6000 logins; beyond it the oldest is forgotten. */
const HASHES_MAX = 50_000

/**
 * Frames of logins that were let in: sent again, they are a recording, and the same steps are drawn again some day.
 * Several gateways share them for 30 days; one alone remembers them until it ends. A picture that has been encoded anew
 * is not recognised.
 */
export interface Replays {
  /** Whether one of the frames is of a login that was let in before. */
  has (hashes: readonly string[]): Promise<boolean>
  /** Remembers some of them. */
  add (hashes: readonly string[]): Promise<void>
}

/** What a frame is known again by. */
export const hashOfFrame = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url')

export function createReplays (shared: OneTimeValues, hashesMax = HASHES_MAX): Replays {
  const here = new Set<string>()
  const keyOf = (hash: string): string => `frame ${hash}`
  return {
    async has (hashes) {
      if (hashes.some(hash => here.has(hash))) return true
      return (await Promise.all(hashes.map(async hash => await shared.peek(keyOf(hash))))).some(
        found => found !== undefined
      )
    },
    async add (hashes) {
      const left = [...hashes]
      const some = Array.from(
        { length: Math.min(REMEMBERED, left.length) },
        () => left.splice(randomInt(left.length), 1)[0]!
      )
      for (const hash of some) {
        here.add(hash)
        const [oldest] = here
        if (here.size > hashesMax && oldest !== undefined) here.delete(oldest)
      }
      await Promise.all(some.map(async hash => await shared.put(keyOf(hash), '1', REMEMBER_MS)))
    }
  }
}
