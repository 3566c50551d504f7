/** The time that a piece of work took. */
export interface Taken {
  /** Wall-clock time. */
  readonly ms: number
  /** Processor time of all threads of the process. Other programs on the same cores hardly change it. */
  readonly cpuMs: number
}

/** Processor time of this process until now, all threads, in milliseconds. */
export function cpuNow (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Runs the work and measures it. Nothing else may run in this process meanwhile. */
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
