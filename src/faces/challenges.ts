import { randomBytes, randomInt } from 'node:crypto'
import { createChallenge, type ChallengeStep } from '../../detection/liveness/challenge.ts'

export const CHALLENGE_SECONDS = 60
/** Challenges open at once; beyond it the oldest is forgotten. */
const OPEN_MAX = 10_000
const RANDOM_STEPS = 2 ** 32

export interface IssuedChallenge {
  readonly nonce: string
  readonly steps: readonly ChallengeStep[]
  readonly issuedAtMs: number
}

/** Open challenges of face logins, in this process: the answer must come to the gateway that asked. */
export interface Challenges {
  issue (email: string, nowMs: number): IssuedChallenge
  /** Gives the challenge once, and only for the address it was made for; undefined when it is used, too old or unknown. */
  take (nonce: string, email: string, nowMs: number): IssuedChallenge | undefined
}

export function createChallenges (openMax = OPEN_MAX): Challenges {
  const open = new Map<string, IssuedChallenge & { readonly email: string }>()
  const isOld = (issuedAtMs: number, nowMs: number): boolean => nowMs - issuedAtMs > CHALLENGE_SECONDS * 1000

  return {
    issue (email, nowMs) {
      // In the order of their making: the old ones come first.
      for (const [nonce, { issuedAtMs }] of open) {
        if (!isOld(issuedAtMs, nowMs) && open.size < openMax) break
        open.delete(nonce)
      }
      const { steps } = createChallenge(() => randomInt(RANDOM_STEPS) / RANDOM_STEPS)
      const challenge = { nonce: randomBytes(24).toString('base64url'), steps, issuedAtMs: nowMs }
      open.set(challenge.nonce, { ...challenge, email })
      return challenge
    },
    take (nonce, email, nowMs) {
      const found = open.get(nonce)
      open.delete(nonce)
      if (found === undefined || found.email !== email || isOld(found.issuedAtMs, nowMs)) return undefined
      const { email: _, ...challenge } = found
      return challenge
    }
  }
}
