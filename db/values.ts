import { DatabaseError } from './errors.ts'

/** JSON text as stored; a value that a driver has parsed already passes through. */
export function jsonFromDriver (value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value
}

/** Bytes of their own, not a view into a driver's buffer. */
export function blobFromDriver (value: unknown): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  if (value instanceof Uint8Array) return new Uint8Array(value)
  throw new TypeError('a blob column gave no bytes')
}

/** MySQL's `datetime` goes from the year 1000 to the end of the year 9999. */
const TIME_MS_MIN = Date.UTC(1000, 0, 1)
const TIME_MS_MAX = Date.UTC(10_000, 0, 1) - 1

/** A time in whole milliseconds, the same on every engine; refused where one of them could not store it. */
export function storableTime (ms: number): number {
  const whole = Math.trunc(ms)
  if (!(whole >= TIME_MS_MIN && whole <= TIME_MS_MAX)) throw new DatabaseError('invalid', 'TIME_OUT_OF_RANGE')
  return whole
}
