/** Counts of a whole run, over all candidates. */
export interface Tally {
  framesSent: number
  /** Of those, headers included. */
  frameBytes: number
  framesProcessed: number
  /** Frames the server said it dropped in favour of newer ones. */
  framesReplaced: number
  /** Frames the server acknowledged as come too late to be analysed. */
  framesStale: number
  /** Frames not sent because the socket was still busy with earlier ones. */
  framesUnsent: number
  /** Refusals and closed sockets, by code. */
  readonly errors: Map<string, number>
  /** Events as stored by the server: starts and instants, by kind. */
  readonly events: Map<string, number>
  /** From sending a frame to its `ack`, in milliseconds. */
  readonly latenciesMs: number[]
  /** When the first and the last frame were sent, by `performance.now()`. */
  firstSentMs: number | undefined
  lastSentMs: number | undefined
  /** The slowest rate any candidate was asked for. */
  rateMin: number | undefined
}

export function createTally (): Tally {
  return {
    framesSent: 0,
    frameBytes: 0,
    framesProcessed: 0,
    framesReplaced: 0,
    framesStale: 0,
    framesUnsent: 0,
    errors: new Map(),
    events: new Map(),
    latenciesMs: [],
    firstSentMs: undefined,
    lastSentMs: undefined,
    rateMin: undefined
  }
}

export function count (counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** What `invigil simulate --json` prints. */
export interface SimulationReport {
  readonly candidates: number
  readonly seconds: number
  readonly framesSent: number
  /** Of one candidate. */
  readonly kilobytesPerSecond: number
  readonly framesProcessed: number
  readonly processedPerSecond: number
  readonly framesDropped: {
    /** Given up by the server for a newer frame of the same candidate. */
    readonly replaced: number
    /** Too old when their turn came. */
    readonly stale: number
    /** Never sent: the socket was busy. */
    readonly unsent: number
    /** Of these nothing had been heard when the run ended. */
    readonly unanswered: number
  }
  readonly errors: Readonly<Record<string, number>>
  readonly events: Readonly<Record<string, number>>
  readonly latencyMs: { readonly p50: number, readonly p95: number, readonly p99: number, readonly max: number } | null
  readonly rateMin: number | null
}

/** Sums a run of `seconds` up. */
export function report (tally: Tally, candidates: number, seconds: number): SimulationReport {
  const sorted = [...tally.latenciesMs].sort((a, b) => a - b)
  return {
    candidates,
    seconds: Math.round(seconds * 10) / 10,
    framesSent: tally.framesSent,
    kilobytesPerSecond: Math.round(tally.frameBytes / candidates / seconds / 100) / 10,
    framesProcessed: tally.framesProcessed,
    processedPerSecond: Math.round(tally.framesProcessed / seconds * 10) / 10,
    framesDropped: {
      replaced: tally.framesReplaced,
      stale: tally.framesStale,
      unsent: tally.framesUnsent,
      unanswered: Math.max(0, tally.framesSent - tally.framesProcessed - tally.framesReplaced - tally.framesStale)
    },
    errors: Object.fromEntries(tally.errors),
    events: Object.fromEntries([...tally.events].sort((a, b) => b[1] - a[1])),
    latencyMs:
      sorted.length === 0
        ? null
        : {
            p50: percentile(sorted, 0.5),
            p95: percentile(sorted, 0.95),
            p99: percentile(sorted, 0.99),
            max: percentile(sorted, 1)
          },
    rateMin: tally.rateMin ?? null
  }
}

/** Nearest rank, in tenths. */
export function percentile (sorted: readonly number[], share: number): number {
  const index = Math.max(0, Math.ceil(sorted.length * share) - 1)
  return Math.round((sorted[index] ?? NaN) * 10) / 10
}

/** The report as a table for people. */
export function table (result: SimulationReport): string {
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ') || 'none'
  const latency =
    result.latencyMs === null
      ? 'no frame was acknowledged'
      : `p50 ${result.latencyMs.p50}, p95 ${result.latencyMs.p95}, p99 ${result.latencyMs.p99}, max ${result.latencyMs.max} ms`
  return [
    ['candidates', `${result.candidates} for ${result.seconds} s`],
    ['frames sent', `${result.framesSent} (${result.kilobytesPerSecond} kB a second each)`],
    ['frames processed', `${result.framesProcessed} (${result.processedPerSecond} a second)`],
    ['frames dropped', counts({ ...result.framesDropped })],
    ['events', counts(result.events)],
    ['errors', counts(result.errors)],
    ['sent to ack', latency],
    ['slowest rate asked', result.rateMin === null ? 'none' : `${result.rateMin} frames/s`]
  ].map(([name, value]) => `${name!.padEnd(20)}${value}`).join('\n')
}
