import { createHash, randomBytes, randomInt } from 'node:crypto'
import { createChallenge, type ChallengeStep } from '../../detection/liveness/challenge.ts'
import type { OneTimeValues } from '../cluster/cluster.ts'

export const CHALLENGE_SECONDS = 60
/**
 * For so long whoever asks again gets the steps drawn before: nobody draws until some fit a recording. What is left
 * then is enough to do them, which takes eleven seconds.
 */
const SAME_STEPS_SECONDS = 40
/** Challenges open at once; beyond it the oldest is forgotten. */
const OPEN_MAX = 10_000
const RANDOM_STEPS = 2 ** 32

export interface IssuedChallenge {
  readonly nonce: string
  readonly steps: readonly ChallengeStep[]
  /** When the steps were drawn. */
  readonly issuedAtMs: number
}

type Drawn = Omit<IssuedChallenge, 'nonce'>
/** Kept with the hash of the address: it may lie in Redis for a minute. */
type Challenge = IssuedChallenge & { readonly account: string }

/** Who asks: an account's address, and the network from which. */
export interface ChallengeRequest {
  readonly email: string
  readonly network: string
}

/**
 * Open challenges of face logins. Several gateways share them; while Redis is away the answer must come to the gateway
 * that asked.
 */
export interface Challenges {
  /** Draws steps. */
  issue (asking: ChallengeRequest, nowMs: number): Promise<IssuedChallenge>
  /** A new challenge with the steps that were recently drawn for the same key; undefined if there are none. */
  again (asking: ChallengeRequest, nowMs: number): Promise<IssuedChallenge | undefined>
  /**
   * Gives the challenge once, and only for the address it was made for; undefined when it is used, too old or unknown.
   */
  take (nonce: string, email: string, nowMs: number): Promise<IssuedChallenge | undefined>
}

export function createChallenges (shared: OneTimeValues, openMax = OPEN_MAX): Challenges {
  const open = new Map<string, Challenge>()
  const drawn = new Map<string, Drawn>()

  return {
    async issue (asking, nowMs) {
      const { steps } = createChallenge(() => randomInt(RANDOM_STEPS) / RANDOM_STEPS)
      const draw = { steps, issuedAtMs: nowMs }
      if (!(await shared.put(keyOf(asking), JSON.stringify(draw), SAME_STEPS_SECONDS * 1000))) {
        remember(drawn, keyOf(asking), draw, nowMs)
      }
      return await openFor(asking, draw, nowMs)
    },
    async again (asking, nowMs) {
      const draw = drawn.get(keyOf(asking)) ?? parsed<Drawn>(await shared.peek(keyOf(asking)))
      return draw === undefined || isOlder(draw, SAME_STEPS_SECONDS, nowMs)
        ? undefined
        : await openFor(asking, draw, nowMs)
    },
    async take (nonce, email, nowMs) {
      const found = open.get(nonce) ?? parsed<Challenge>(await shared.take(nonce))
      open.delete(nonce)
      if (found === undefined || found.account !== hashOf(email) || isOlder(found, CHALLENGE_SECONDS, nowMs)) {
        return undefined
      }
      const { account: _, ...challenge } = found
      return challenge
    }
  }

  async function openFor ({ email }: ChallengeRequest, draw: Drawn, nowMs: number): Promise<IssuedChallenge> {
    const challenge = { nonce: newNonce(), ...draw }
    const lifeMs = Math.max(1, draw.issuedAtMs + CHALLENGE_SECONDS * 1000 - nowMs)
    if (await shared.put(challenge.nonce, JSON.stringify({ ...challenge, account: hashOf(email) }), lifeMs)) {
      return challenge
    }
    // By another name: the first may be in Redis all the same, and one challenge must not count twice.
    const localChallenge = { ...challenge, nonce: newNonce() }
    remember(open, localChallenge.nonce, { ...localChallenge, account: hashOf(email) }, nowMs)
    return localChallenge
  }

  function remember<T extends Drawn> (entries: Map<string, T>, key: string, entry: T, nowMs: number): void {
    // Nearly in the order of their making: the old ones come first.
    for (const [old, about] of entries) {
      if (!isOlder(about, CHALLENGE_SECONDS, nowMs) && entries.size < openMax) break
      entries.delete(old)
    }
    entries.delete(key)
    entries.set(key, entry)
  }
}

const hashOf = (email: string): string => createHash('sha256').update(email).digest('base64url')
const newNonce = (): string => randomBytes(24).toString('base64url')
const keyOf = ({ email, network }: ChallengeRequest): string => `steps ${network} ${email}`
const isOlder = ({ issuedAtMs }: Drawn, seconds: number, nowMs: number): boolean => nowMs - issuedAtMs > seconds * 1000
const parsed = <T>(text: string | undefined): T | undefined => text === undefined ? undefined : JSON.parse(text) as T
