export interface ReplayRequestsOptions {
  /** Requests that come within this of each other are answered together, by the last one. */
  readonly gatherMs: number
  /** From the start of one replay to the start of the next. */
  readonly everyMs: number
  /** Called at once with a request that does not have to wait: what comes from now on belongs behind the replay. */
  readonly bufferLive: () => void
  /**
   * Replays what is stored above `after`; `isReplaced` tells between pages that a later request has taken its place.
   */
  readonly run: (after: string | undefined, isReplaced: () => boolean) => Promise<void>
  readonly onError: (error: unknown) => void
}

/** The requests for replays of one socket. */
export interface ReplayRequests {
  request (after: string | undefined): void
  close (): void
}

/**
 * Runs one replay at a time and one in `everyMs`; a later request replaces the one that waits, and ends the one that
 * runs.
 */
export function createReplayRequests ({
  gatherMs,
  everyMs,
  bufferLive,
  run,
  onError
}: ReplayRequestsOptions): ReplayRequests {
  let waiting: { readonly after: string | undefined } | undefined
  let timer: NodeJS.Timeout | undefined
  let isRunning = false
  let isClosed = false
  let startedMs = -Infinity

  function schedule (): void {
    if (waiting === undefined || isRunning || isClosed || timer !== undefined) return
    const waitMs = Math.max(gatherMs, startedMs + everyMs - performance.now())
    if (waitMs <= gatherMs) bufferLive()
    timer = setTimeout(() => {
      timer = undefined
      start().catch(onError)
    }, waitMs)
  }

  async function start (): Promise<void> {
    const request = waiting
    if (request === undefined || isClosed) return
    waiting = undefined
    isRunning = true
    startedMs = performance.now()
    try {
      await run(request.after, () => waiting !== undefined || isClosed)
    } finally {
      isRunning = false
      schedule()
    }
  }

  return {
    request (after) {
      waiting = { after }
      schedule()
    },
    close () {
      isClosed = true
      clearTimeout(timer)
    }
  }
}
