import type { Database, Device } from '../../db/index.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Config } from '../config.ts'
import { hashOfToken, type Origin } from '../accounts/devices.ts'
import { refuse, type CodedError } from '../errors.ts'
import { networkOf } from '../http/network.ts'

export interface LoginAttempt {
  /** The address as accounts have it. */
  readonly account: string
  /** The account's device that the try comes from. */
  readonly device: Device | undefined
  /** The try comes from a known device, or from a network that the account was logged in from within a week. */
  readonly isKnown: boolean
  /** Takes the try back: it was a good one. */
  succeeded (): Promise<void>
  /** Takes the try back: that it failed was our fault. */
  undone (): Promise<void>
}

export interface LoginAttempts {
  /** Counts one try, by password or by face; refused when there were too many. */
  take (email: string, origin: Origin): Promise<LoginAttempt>
  /**
   * Whether the account was logged in to from that device ever, or from that network within a week. `account` as
   * accounts have it.
   */
  isKnown (account: string, origin: Origin): Promise<boolean>
}

/** For so long a network that an account was logged in from counts as its owner's. */
const KNOWN_MS = 7 * 86_400_000

/** The first wait of who has used up the tries; each further try doubles it. */
const WAIT_FIRST_MS = 10_000

/** No user has this id: the question for its devices takes as long as for those of a user. */
const NO_USER = '00000000-0000-0000-0000-000000000000'

export function createLoginAttempts ({
  db,
  config,
  cluster
}: {
  readonly db: Database
  readonly config: Config
  readonly cluster: Cluster
}): LoginAttempts {
  const attempts = cluster.attempts('login', config.loginWindowMs)
  const known = cluster.attempts('known', KNOWN_MS)
  const max = config.loginAttemptsMax

  async function deviceOf (account: string, { deviceTokens }: Origin): Promise<Device | undefined> {
    if (deviceTokens.length === 0) return undefined
    const user = await db.users.byEmail(account)
    return await db.devices.find(user?.id ?? NO_USER, deviceTokens.map(hashOfToken))
  }

  const isKnownNetwork = async (pair: string): Promise<boolean> => await known.count(pair, Date.now()) > 0
  const pairOf = (account: string, address: string): string => `pair ${networkOf(address)} ${account}`

  return {
    async take (email, origin) {
      const account = email.trim().toLowerCase()
      const network = networkOf(origin.address)
      const pair = pairOf(account, origin.address)
      const [device, isNetworkKnown, crowd] = await Promise.all([
        deviceOf(account, origin), isKnownNetwork(pair), attempts.count(`address ${network}`, Date.now())
      ])
      // One candidate's failures must not lock out the school behind the same address, nor must all of its logins at
      // the start of an exam: beyond its limit an address has one try for each account, which is little for a guesser.
      const isCrowded = crowd >= max * 10
      // A device that has logged in is counted by itself: what strangers do, also behind the same address, does not
      // reach it. The account alone may not be locked by strangers: its own limit is wider than that of a pair, and
      // does not hold for networks that its owner has logged in from.
      const limits = device !== undefined
        ? [{ key: `device ${device.id}`, max, growMs: WAIT_FIRST_MS }]
        : [
            { key: pair, max: isCrowded && !isNetworkKnown ? 1 : max, growMs: WAIT_FIRST_MS },
            { key: `account ${account}`, max: isNetworkKnown ? Infinity : max * 5 },
            { key: `address ${network}`, max: Infinity }
          ]
      const waitMs = await attempts.tryAcquire(limits, Date.now())
      if (waitMs > 0) throw tooMany(waitMs)
      let isCounted = true
      const undone = async (): Promise<void> => {
        if (isCounted) await attempts.release(limits.map(limit => limit.key))
        isCounted = false
      }
      return {
        account,
        device,
        isKnown: device !== undefined || isNetworkKnown,
        undone,
        succeeded: async () => {
          await Promise.all([undone(), known.release([pair])])
          await known.tryAcquire([{ key: pair, max: Infinity }], Date.now())
        }
      }
    },

    isKnown: async (account, origin) =>
      await isKnownNetwork(pairOf(account, origin.address)) || await deviceOf(account, origin) !== undefined
  }
}

function tooMany (waitMs: number): CodedError {
  const seconds = Math.ceil(waitMs / 1000)
  return refuse('INVIGIL_ERR_LOGIN_ATTEMPTS', { values: { seconds }, details: { retryAfterSeconds: seconds } })
}
