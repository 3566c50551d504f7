/** What a stretch of work took. */
export interface Taken {
  /** By the clock. */
  readonly ms: number
  /** Processor time of the whole process, all threads: what remains true when other programs share the cores. */
  readonly cpuMs: number
}

/** Processor time of this process until now, all threads, in milliseconds. */
export function cpuNow (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Runs the work and says what it took; nothing else may run in this process meanwhile. */
export async function timed<T> (work: () => Promise<T>): Promise<Taken & { readonly value: T }> {
  const cpuBefore = cpuNow()
  const begunNs = process.hrtime.bigint()
  const value = await work()
  const ms = Number(process.hrtime.bigint() - begunNs) / 1e6
  return { value, ms, cpuMs: cpuNow() - cpuBefore }
}

export async function sleep (ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
