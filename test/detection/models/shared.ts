/** Test material outside the repository, in `../shared` beside it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const SHARED = join(process.cwd(), '..', 'shared')

export function shared (...path: readonly string[]): string {
  return join(SHARED, ...path)
}

/**
 * For tap's `skip`: the printed reason if the material is missing. In CI it must be there, so the test runs and fails.
 */
export function unlessShared (...path: readonly string[]): false | string {
  if (existsSync(shared(...path)) || process.env['CI'] === 'true') return false
  return `${shared(...path)} is not there`
}

/** Numbers in [-1, 1) that are the same in every run (Lehmer's generator). */
export function noise (length: number, seed = 1): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = state * 48271 % 0x7fffffff
    return state / 0x7fffffff * 2 - 1
  })
}

/** Largest difference as a share of the range of the expected values, or of their size if they are equal. */
export function difference (got: Float32Array, wanted: Float32Array): number {
  let largest = 0
  let low = Infinity
  let high = -Infinity
  for (let index = 0; index < wanted.length; index++) {
    largest = Math.max(largest, Math.abs(got[index]! - wanted[index]!))
    low = Math.min(low, wanted[index]!)
    high = Math.max(high, wanted[index]!)
  }
  return largest / (wanted.length === 1 ? Math.abs(high) : high - low)
}
