/** The value below which `share` of the values lie (nearest rank); NaN of none. */
export function quantile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

export function mean (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Two decimals: a hundredth of a millisecond is below what repeats. */
export function round (value: number): number {
  return Math.round(value * 100) / 100
}

/** Processor time of this process, all threads, since `before`, in milliseconds. */
export function cpuMs (before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
