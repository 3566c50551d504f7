import type { Logger } from 'pino'
import type { Admission } from './live/load/admission.ts'
import { CLOSE } from './protocol/close-codes.ts'
import type { Connections } from './live/connections.ts'

export interface DrainOptions {
  /** How long running sessions go on; 0: no longer than the end takes. */
  readonly drainMs: number
  readonly admission: Pick<Admission, 'drain'>
  readonly sockets: Pick<Connections, 'closeAll' | 'size'>
  readonly log: Pick<Logger, 'info'>
  /** Ends the server in order; called once. */
  readonly end: () => void
}

export interface Drain {
  /** The first call begins it, the second ends it at once. */
  signal (): void
  /** Nothing more comes of it: the server ends for another reason. */
  cancel (): void
}

/** Sockets are closed over this time: their candidates come back to the other gateways one after another. */
const SPREAD_MS = 3_000

/**
 * What SIGTERM does: the gateway admits no new sessions, serves the connected candidates for a while, then closes their
 * sockets one by one.
 */
export function createDrain ({ drainMs, admission, sockets, log, end }: DrainOptions): Drain {
  let state: 'none' | 'draining' | 'over' = 'none'
  let timer: NodeJS.Timeout | undefined

  function finish (): void {
    if (state === 'over') return
    cancel()
    end()
  }

  function cancel (): void {
    state = 'over'
    clearTimeout(timer)
  }

  async function leave (): Promise<void> {
    await sockets.closeAll(CLOSE.goingAway, SPREAD_MS)
    finish()
  }

  return {
    signal () {
      if (state !== 'none' || drainMs === 0) return finish()
      state = 'draining'
      admission.drain()
      log.info(`draining: ${sockets.size} sockets go on for ${drainMs / 1000} s`)
      timer = setTimeout(() => { leave().catch(finish) }, drainMs)
    },
    cancel
  }
}
