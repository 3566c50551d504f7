import pLimit from 'p-limit'
import { runInLane, SYSTEM_LANE, type Database, type DueDelivery } from '../../db/index.ts'
import { decide } from './schedule.ts'
import { unseal } from './secrets.ts'
import { send } from './send.ts'
import { signedHeaders } from './sign.ts'
import { resolveTarget, TargetError } from './target.ts'

/** How often the outbox is looked into. */
const POLL_MS = 1000
/** Deliveries of one round, and of them at the same time: a receiver may take 15 s. */
const BATCH_MAX = 50
const AT_ONCE = 10
/** Longer than a round takes: after that a delivery counts as lost with its gateway. */
const LEASE_MS = 120_000
/** How long messages are kept, for a replay. */
const KEPT_MS = 30 * 86_400_000
const SWEEP_MS = 3_600_000

export interface WorkerOptions {
  readonly db: Pick<Database, 'webhooks' | 'audit'>
  readonly key: () => Promise<Uint8Array>
  readonly allowsPrivate: boolean
  readonly now: () => number
  readonly warn: (detail: Readonly<Record<string, unknown>>, message: string) => void
}

export interface Worker {
  /** Sends what is due, and gives the number of tries. One round at a time. */
  run (): Promise<number>
  start (): void
  /** Resolves when the round that runs has ended. */
  stop (): Promise<void>
}

/** Sends the messages of the outbox. Every gateway has one; the database gives each delivery to one of them. */
export function createWorker ({ db, key, allowsPrivate, now, warn }: WorkerOptions): Worker {
  let timer: NodeJS.Timeout | undefined
  let round: Promise<number> | undefined
  let isStopped = false
  let sweptMs = -Infinity

  async function deliver (due: DueDelivery): Promise<void> {
    const startedMs = now()
    const attempts = due.attempts + 1
    let status: number | null = null
    let error: string | null = null
    let retryAfter: string | undefined
    try {
      const { secret, previousSecret, previousUntilMs } = due.secrets
      const isRotating = previousSecret !== null && previousUntilMs !== null && previousUntilMs > startedMs
      const opened = await key()
      const keys = [secret, ...(isRotating ? [previousSecret] : [])].map(one => unseal(opened, due.endpointId, one))
      const target = await resolveTarget(due.url, allowsPrivate)
      const answer = await send(target, signedHeaders(`msg_${due.messageId}`, due.body, startedMs, keys), due.body)
      status = answer.status
      retryAfter = answer.retryAfter
    } catch (cause) {
      error = reasonOf(cause)
    }
    const { state, nextAtMs, disables } = decide(attempts, status, retryAfter, now())
    const isOurs = await db.webhooks.settle(due, {
      state, nextAtMs, atMs: startedMs, status, durationMs: now() - startedMs, error
    })
    if (!isOurs || disables === undefined) return
    await db.webhooks.change(due.endpointId, { disabledAtMs: now(), disabledReason: disables })
    await db.audit.append({
      actorId: null,
      action: 'webhook.disabled',
      targetType: 'webhook',
      targetId: due.endpointId,
      detail: { reason: disables },
      atMs: now()
    })
    warn({ endpointId: due.endpointId, reason: disables }, 'webhook endpoint disabled')
  }

  async function runOnce (): Promise<number> {
    const due = await db.webhooks.claim(now(), LEASE_MS, BATCH_MAX)
    const limit = pLimit(AT_ONCE)
    await Promise.all(due.map(one => limit(() => deliver(one))))
    if (now() - sweptMs > SWEEP_MS) {
      sweptMs = now()
      await db.webhooks.deleteBefore(now() - KEPT_MS)
    }
    return due.length
  }

  const run = async (): Promise<number> => {
    // What is waited for may have become due after the round that runs has looked.
    await round?.catch(() => {})
    round ??= runInLane(SYSTEM_LANE, runOnce).finally(() => { round = undefined })
    return await round
  }

  return {
    run,
    start () {
      timer = setInterval(() => {
        if (round !== undefined || isStopped) return
        // The database is away: what is due stays due.
        run().catch(() => {})
      }, POLL_MS)
      timer.unref()
    },
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await round?.catch(() => {})
    }
  }
}

/** A word for the list of deliveries; an error's message may hold addresses. */
function reasonOf (cause: unknown): string {
  if (cause instanceof TargetError) return `address-${cause.reason}`
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'timeout'
  if (cause instanceof Error && cause.name === 'AbortError') return 'timeout'
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'
  return code.slice(0, 32)
}
