/**
 * Starts up to `ahead` jobs at once and yields their values in the order of the jobs.
 *
 * The source is asked for the next job only when there is room, so it may read files lazily.
 */
export async function * inOrder<T> (jobs: AsyncIterable<() => Promise<T>>, ahead: number): AsyncGenerator<T> {
  const running: Array<Promise<T>> = []
  try {
    for await (const job of jobs) {
      const value = job()
      // Awaited in its turn; until then a rejection must not count as unhandled.
      value.catch(() => {})
      running.push(value)
      if (running.length >= ahead) yield await running.shift()!
    }
    while (running.length > 0) yield await running.shift()!
  } finally {
    // The consumer left early: a worker that is ended in the middle of an inference takes the process with it.
    await Promise.allSettled(running)
  }
}
