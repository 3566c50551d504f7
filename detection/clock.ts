/**
 * Milliseconds of a clock that nobody sets and that all threads of the process share; `performance.now()` begins anew
 * in each.
 */
export function monotonicMs (): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1_000_000
}
