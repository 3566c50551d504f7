/** When a message that was not taken is sent again: for three days in all. */
import type { DeliveryOutcome } from '../../db/index.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The pause after each try. */
const PAUSES_MS = [
  5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR
]
/** Pauses differ by this share, so that the messages of an outage do not all come back in one moment. */
const JITTER = 0.1
const RETRY_AFTER_MS_MAX = 24 * HOUR

/**
 * What becomes of a delivery after its try number `attempts`. `status` is null where there was no answer; only 2xx is
 * success.
 */
export function decide (
  attempts: number,
  status: number | null,
  retryAfter: string | undefined,
  atMs: number,
  random: () => number = Math.random
): Pick<DeliveryOutcome, 'state' | 'nextAtMs'> & { readonly disables: 'gone' | 'failing' | undefined } {
  if (status !== null && status >= 200 && status < 300) return { state: 'done', nextAtMs: null, disables: undefined }
  if (status === 410) return { state: 'failed', nextAtMs: null, disables: 'gone' }
  const pauseMs = PAUSES_MS[attempts - 1]
  if (pauseMs === undefined) return { state: 'failed', nextAtMs: null, disables: 'failing' }
  const wantedMs = pauseMs * (1 + JITTER * random())
  const nextAtMs = atMs + Math.max(wantedMs, Math.min(retryAfterMs(retryAfter, atMs), RETRY_AFTER_MS_MAX))
  return { state: 'waiting', nextAtMs: Math.round(nextAtMs), disables: undefined }
}

/** Seconds, or a date; 0 for anything else. */
function retryAfterMs (header: string | undefined, atMs: number): number {
  if (header === undefined) return 0
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND
  const untilMs = Date.parse(header)
  return Number.isNaN(untilMs) ? 0 : Math.max(0, untilMs - atMs)
}
