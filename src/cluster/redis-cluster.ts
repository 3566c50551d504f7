import { createHash, randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { DatabaseError, newId, type Database, type DatabaseErrorCode } from '../../db/index.ts'
import { monotonicMs } from '../../detection/clock.ts'
import type { Config } from '../config.ts'
import { localCluster, type Cluster, type Handlers, type Outcome } from './cluster.ts'
import { sharedAttempts, sharedOnce, sharedWindows } from './redis-counters.ts'
import { createRedisConnection } from './redis-connection.ts'
import { createLeases } from './leases.ts'
import { createPeers, type Fault, type PeerMessage, type Peers } from './peers.ts'
import { createClusterCounters } from '../counters.ts'

export interface RedisClusterOptions {
  /** `redis://` or `rediss://` */
  readonly url: string
  /** The database's id: keeps two installations on one Redis apart. */
  readonly installation: string
  /** The secrets that all gateways must share; only their fingerprint is sent. */
  readonly secrets: readonly string[]
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  readonly heartbeatMs?: number
  /** Time limit for a response of another gateway. */
  readonly answerMs?: number
}

const HEARTBEAT_MS = 2_000
const ANSWER_MS = 2_000
/** Most requests to other gateways that may be open at a time. */
const PENDING_REQUESTS_MAX = 1_000
/** Snapshot requests within this time are combined. */
const SNAPSHOTS_DELAY_MS = 100

/** Opens the cluster of this configuration: this gateway alone, or all with its Redis and its database. */
export async function openCluster (
  { redisUrl, jwtSecret, faceKey, mediaKey }: Pick<Config, 'redisUrl' | 'jwtSecret' | 'faceKey' | 'mediaKey'>,
  db: Database,
  log: RedisClusterOptions['log']
): Promise<Cluster> {
  if (redisUrl === '') return localCluster()
  const installation = String(await db.settings.setOnce('installation', newId()))
  if (faceKey === undefined) {
    log.warn('FACE_KEY is not set: a face that is enrolled on one gateway cannot be read by another')
  }
  if (mediaKey === undefined) {
    log.warn('MEDIA_KEY is not set: a recording that one gateway made cannot be played from another')
  }
  const secrets = [jwtSecret, ...[faceKey, mediaKey].map(key => key?.toString('hex') ?? '')]
  return redisCluster({ url: redisUrl, installation, secrets, log })
}

interface PendingRequest {
  readonly settle: (outcome: Outcome) => void
  readonly fail: (error: Error) => void
}

/**
 * The gateways that share a Redis and a database. While Redis is unavailable this gateway works alone, and logs that
 * once.
 */
export function redisCluster ({
  url,
  installation,
  secrets,
  log,
  now = Date.now,
  heartbeatMs = HEARTBEAT_MS,
  answerMs = ANSWER_MS
}: RedisClusterOptions): Cluster {
  const id = randomUUID()
  const prefix = `invigil:${installation}:`
  const toAll = `${prefix}all`
  const channelOf = (gatewayId: string): string => `${prefix}to:${gatewayId}`
  const counters = createClusterCounters()
  const pendingRequests = new Map<number, PendingRequest>()
  let handlers: Handlers | undefined
  let peers: Peers | undefined
  let lastRequest = 0
  let waitingBytes = 0
  let downAtMs: number | undefined
  let heartbeatAtMs = now()
  let snapshotsTimer: NodeJS.Timeout | undefined

  const connection = createRedisConnection({
    url,
    channels: [toAll, channelOf(id)],
    onMessage: (_channel, text) => {
      try {
        dispatch(JSON.parse(text) as PeerMessage)
      } catch (error) {
        log.error({ err: error }, 'message from another gateway failed')
      }
    },
    onUp () {
      if (downAtMs !== undefined) log.info('Redis connected')
      peers?.resetDeadlines()
      send(undefined, { from: id, kind: 'hello' })
      if (downAtMs !== undefined) handlers?.onGap(downAtMs)
      downAtMs = undefined
      handlers?.onReconnected()
    },
    onDown (reason) {
      downAtMs = now()
      counters.links.lost++
      log.warn(
        `Redis is away (${reason}): this gateway works alone until it is back, and shows its own candidates only`
      )
    }
  })

  /** Publishes; returns the number of receivers. The bytes count as waiting until Redis has responded. */
  async function publish (to: string | undefined, message: PeerMessage): Promise<number> {
    const text = JSON.stringify(message)
    waitingBytes += text.length
    try {
      return await connection.publish(to === undefined ? toAll : channelOf(to), text)
    } finally {
      waitingBytes -= text.length
    }
  }

  function send (to: string | undefined, message: PeerMessage): boolean {
    if (!connection.isUp) return false
    // A failed message leaves a gap in the sequence numbers, which the next heartbeat shows.
    publish(to, message).catch(() => {})
    return true
  }

  function dispatch (message: PeerMessage): void {
    if (message.from === id) return
    if (message.kind === 'ask') return execute(message)
    if (message.kind === 'answer') return settle(message)
    peers?.onMessage(message)
  }

  function execute ({
    from,
    id: request,
    epoch,
    command,
    sentMs,
    withinMs
  }: Extract<PeerMessage, { kind: 'ask' }>): void {
    if (handlers === undefined) return
    // Read too late, after this process was suspended: the other gateway has taken the session by now.
    if (peers?.isLate(from, sentMs, withinMs) === true) {
      counters.commands.expired++
      return
    }
    counters.commands.obeyed++
    handlers.execute(command, epoch).then(
      value => { send(from, { from: id, kind: 'answer', id: request, value }) },
      error => {
        log.warn(
          { err: error, command: command.kind, sessionId: command.sessionId },
          'command of another gateway failed'
        )
        send(from, { from: id, kind: 'answer', id: request, error: faultOf(error) })
      })
  }

  function settle ({ id: request, value, error }: Extract<PeerMessage, { kind: 'answer' }>): void {
    const waiting = pendingRequests.get(request)
    if (waiting === undefined) return
    if (error === undefined) waiting.settle({ is: 'answer', value })
    else waiting.fail(errorOf(error))
  }

  const heartbeatTimer = setInterval(() => {
    const nowMs = now()
    // After a stall of this process, or without Redis, no heartbeat could be received.
    if (!connection.isUp || Math.abs(nowMs - heartbeatAtMs) > heartbeatMs * 2) peers?.resetDeadlines()
    else peers?.expire()
    heartbeatAtMs = nowMs
    peers?.sendHeartbeat()
  }, heartbeatMs)
  heartbeatTimer.unref()

  const isUp = (): boolean => connection.isUp
  const shared = { redis: connection.redis, prefix, isUp }
  return {
    id,
    isShared: true,
    get isUp () { return connection.isUp },
    leases: createLeases({ redis: connection.redis, gatewayId: id, prefix, isUp }),
    once: sharedOnce(shared),
    counters,
    serve (given) {
      handlers = given
      peers = createPeers({
        id,
        secrets: fingerprint(secrets),
        counters,
        handlers,
        send,
        waitingBytes: () => waitingBytes,
        warn: text => log.warn(text),
        now,
        monotonic: monotonicMs
      })
      send(undefined, { from: id, kind: 'hello' })
    },
    publish: message => peers?.publish(message),
    publishTo: (gatewayId, message) => peers?.publishTo(gatewayId, message),
    hasAudience: about => peers?.hasAudience(about) ?? false,
    requestSnapshots () {
      snapshotsTimer ??= setTimeout(() => {
        snapshotsTimer = undefined
        peers?.sendHeartbeat(true)
      }, SNAPSHOTS_DELAY_MS)
      snapshotsTimer.unref()
    },
    accountChanged: userId => { send(undefined, { from: id, kind: 'account', userId }) },
    async request (gatewayId, command, epoch) {
      if (!connection.isUp || pendingRequests.size >= PENDING_REQUESTS_MAX) return { is: 'late' }
      const request = ++lastRequest
      counters.commands.sent++
      let timer: NodeJS.Timeout | undefined
      try {
        return await new Promise<Outcome>((resolve, reject) => {
          pendingRequests.set(request, { settle: resolve, fail: reject })
          timer = setTimeout(() => {
            counters.commands.unanswered++
            resolve({ is: 'late' })
          }, answerMs)
          publish(gatewayId, {
            from: id,
            kind: 'ask',
            id: request,
            epoch,
            command,
            sentMs: monotonicMs(),
            withinMs: answerMs
          }).then(
            receivers => {
              if (receivers === 0) resolve({ is: 'nobody' })
            },
            () => resolve({ is: 'late' })
          )
        })
      } finally {
        clearTimeout(timer)
        pendingRequests.delete(request)
      }
    },
    attempts: (name, windowMs) => sharedAttempts(shared, name, windowMs),
    windows: name => sharedWindows(shared, name),
    async close () {
      clearInterval(heartbeatTimer)
      clearTimeout(snapshotsTimer)
      if (connection.isUp) await publish(undefined, { from: id, kind: 'bye' }).catch(() => {})
      await connection.close()
      for (const { settle: end } of pendingRequests.values()) end({ is: 'late' })
    }
  }
}

function fingerprint (secrets: readonly string[]): string {
  return createHash('sha256').update(secrets.join('\n')).digest('base64url').slice(0, 12)
}

function faultOf (error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof DatabaseError ? { message, databaseCode: error.code } : { message }
}

function errorOf ({ message, databaseCode }: Fault): Error {
  return databaseCode === undefined
    ? new Error(`The gateway that has the session failed: ${message}`)
    : new DatabaseError(databaseCode as DatabaseErrorCode, 'OTHER_GATEWAY')
}
