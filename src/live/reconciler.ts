import type { FastifyBaseLogger } from 'fastify'
import { monotonicMs } from '../../detection/clock.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { SessionCommands } from './session-commands.ts'
import type { SessionRegistry } from './session-registry.ts'

export interface ReconcilerOptions {
  readonly cluster: Pick<Cluster, 'isUp'>
  readonly registry: Pick<SessionRegistry, 'renew'>
  readonly commands: Pick<SessionCommands, 'reconcile'>
  readonly log: Pick<FastifyBaseLogger, 'warn'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Keeps the leases of this gateway's sessions, and compares the sessions with the database. */
export interface Reconciler {
  renew (): void
  reconcile (): void
  /** Renews and reconciles when due; called by the ticker where the cluster is shared. */
  tick (nowMs: number): void
}

/** How often the leases are renewed; a quarter of the time after which they expire. */
const RENEW_MS = 4_000
const RECONCILE_MS = 10_000
/** If a tick comes this late, the process was suspended, and other gateways may have taken its sessions. */
const STALLED_MS = 2_000

export function createReconciler ({ cluster, registry, commands, log, now }: ReconcilerOptions): Reconciler {
  let renewedAtMs = 0
  let reconciledAtMs = now()
  let tickedAtMs = monotonicMs()

  function renew (): void {
    registry.renew().catch(error => log.warn({ err: error }, 'lease renewal failed, retrying'))
  }

  function reconcile (): void {
    reconciledAtMs = now()
    commands.reconcile().catch(error => log.warn({ err: error }, 'session reconcile failed, retrying'))
  }

  return {
    renew,
    reconcile,
    tick (nowMs) {
      if (nowMs - renewedAtMs >= RENEW_MS || nowMs < renewedAtMs) {
        renewedAtMs = nowMs
        renew()
      }
      // While Redis is down, or this process was suspended, another gateway may have taken or ended a session
      // unnoticed.
      const wasStalled = monotonicMs() - tickedAtMs > STALLED_MS
      tickedAtMs = monotonicMs()
      if (wasStalled || (!cluster.isUp && nowMs - reconciledAtMs >= RECONCILE_MS)) reconcile()
    }
  }
}
