/** The value below which `share` of the values lie (nearest rank); NaN of none. */
export function quantile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

export function mean (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Rounds to two decimals; a hundredth of a millisecond is below the noise of a measurement. */
export function round (value: number): number {
  return Math.round(value * 100) / 100
}

/**
 * Jain's index of fairness of shares: 1 when all are equal, 1 / n when one has everything; NaN of none.
 * Jain, Chiu, Hawe: A Quantitative Measure of Fairness (DEC-TR-301, 1984).
 */
export function jain (shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0)
  return sum * sum / (shares.length * shares.reduce((total, share) => total + share * share, 0))
}
