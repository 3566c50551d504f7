import { randomBytes, randomInt } from 'node:crypto'
import { createChallenge, type ChallengeStep } from '../../detection/liveness/challenge.ts'
import type { Once } from '../cluster/cluster.ts'

export const CHALLENGE_SECONDS = 60
/** Challenges open at once; beyond it the oldest is forgotten. */
const OPEN_MAX = 10_000
const RANDOM_STEPS = 2 ** 32

export interface IssuedChallenge {
  readonly nonce: string
  readonly steps: readonly ChallengeStep[]
  readonly issuedAtMs: number
}

type Challenge = IssuedChallenge & { readonly email: string }

/** Open challenges of face logins. Several gateways share them; while Redis is away the answer must come to the gateway that asked. */
export interface Challenges {
  issue (email: string, nowMs: number): Promise<IssuedChallenge>
  /** Gives the challenge once, and only for the address it was made for; undefined when it is used, too old or unknown. */
  take (nonce: string, email: string, nowMs: number): Promise<IssuedChallenge | undefined>
}

export function createChallenges (shared: Once, openMax = OPEN_MAX): Challenges {
  const open = new Map<string, Challenge>()
  const isOld = (issuedAtMs: number, nowMs: number): boolean => nowMs - issuedAtMs > CHALLENGE_SECONDS * 1000

  return {
    async issue (email, nowMs) {
      const { steps } = createChallenge(() => randomInt(RANDOM_STEPS) / RANDOM_STEPS)
      const challenge = { nonce: newNonce(), steps, issuedAtMs: nowMs }
      if (await shared.put(challenge.nonce, JSON.stringify({ ...challenge, email }), CHALLENGE_SECONDS * 1000)) return challenge
      // In the order of their making: the old ones come first.
      for (const [nonce, { issuedAtMs }] of open) {
        if (!isOld(issuedAtMs, nowMs) && open.size < openMax) break
        open.delete(nonce)
      }
      // By another name: the first may be in Redis all the same, and one challenge must not count twice.
      const kept = { ...challenge, nonce: newNonce() }
      open.set(kept.nonce, { ...kept, email })
      return kept
    },
    async take (nonce, email, nowMs) {
      const found = open.get(nonce) ?? await takeShared(nonce)
      open.delete(nonce)
      if (found === undefined || found.email !== email || isOld(found.issuedAtMs, nowMs)) return undefined
      const { email: _, ...challenge } = found
      return challenge
    }
  }

  async function takeShared (nonce: string): Promise<Challenge | undefined> {
    const text = await shared.take(nonce)
    return text === undefined ? undefined : JSON.parse(text) as Challenge
  }
}

const newNonce = (): string => randomBytes(24).toString('base64url')
