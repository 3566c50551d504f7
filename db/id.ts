import { v7 } from 'uuid'

/** A new id: UUIDv7, rising within this process even inside one millisecond. */
export function newId (): string {
  return v7()
}

/**
 * The lowest id of a moment: as `after` it gives everything from then on.
 *
 * Ids are made before their row is committed, so a reader may pass an id that appears a little later. Whoever must miss
 * nothing reads again from a few seconds before and drops the ids already seen.
 */
export function cursorAt (atMs: number): string {
  const hex = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** When an id was made, in milliseconds since the epoch. */
export function timeOfId (id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
