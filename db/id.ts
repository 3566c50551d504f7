import { v7 } from 'uuid'

/** The highest id made here or known to be stored; a new one lies above it. */
let floor = ''

/**
 * A new id: UUIDv7, above all made before it in this process and above what `raiseIdsAbove` was told. So ids rise also
 * where the clock is set back.
 */
export function newId (): string {
  const made = v7()
  // `uuid` keeps its own order inside a process; it knows nothing of what was stored before.
  floor = made > floor ? made : above(floor)
  return floor
}

/** Ids made from now on lie above this one: the highest that is stored, at a start. */
export function raiseIdsAbove (id: string): void {
  if (id > floor) floor = id
}

/** Whether it is an id as `newId` makes them. */
export function isId (text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
}

/** The next higher id: the 74 random bits are counted up, and where they are full the time is. */
function above (id: string): string {
  const digits = BigInt(`0x${id.replaceAll('-', '')}`)
  const bits = (from: bigint, count: bigint): bigint => (digits >> from) & ((1n << count) - 1n)
  // Time (48 bits), version (4), random (12), variant (2), random (62).
  const counter = ((bits(80n, 48n) << 74n) | (bits(64n, 12n) << 62n) | bits(0n, 62n)) + 1n
  const next =
    ((counter >> 74n) << 80n) |
    (7n << 76n) |
    (((counter >> 62n) & 0xfffn) << 64n) |
    (2n << 62n) |
    (counter & ((1n << 62n) - 1n))
  const hex = next.toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The last moment that an id can carry: 48 bits. */
const ID_MS_MAX = 2 ** 48 - 1

/**
 * The lowest id of a moment: as `after` it gives everything from then on.
 *
 * Ids are made before their row is committed, so a reader may pass an id that appears a little later. Whoever must miss
 * nothing reads again from a few seconds before and drops the ids already seen.
 */
export function cursorAt (atMs: number): string {
  const hex = Math.min(ID_MS_MAX, Math.max(0, Math.floor(atMs) || 0)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** When an id was made, in milliseconds since the epoch. */
export function timeOfId (id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
