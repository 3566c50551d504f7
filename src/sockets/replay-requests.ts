export interface ReplayRequestsOptions {
  /** Requests within this time are combined; the last one counts. */
  readonly gatherMs: number
  /** Shortest time from the start of one replay to the start of the next. */
  readonly everyMs: number
  /** Called at once for a request that need not wait: from now on live rows must follow the replay. */
  readonly bufferLive: () => void
  /** Replays stored events after a cursor; checks `isReplaced` between pages, for a later request. */
  readonly run: (after: string | undefined, isReplaced: () => boolean) => Promise<void>
  readonly onError: (error: unknown) => void
}

/** The replay requests of one socket. */
export interface ReplayRequests {
  request (after: string | undefined): void
  close (): void
}

/**
 * Runs one replay at a time, and one in `everyMs`; a later request replaces the waiting one and stops the running one.
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
