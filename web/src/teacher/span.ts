/** Lengths of time as a count and a unit. */
export const UNIT_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

export type Unit = keyof typeof UNIT_MS

const DESCENDING = ['day', 'hour', 'minute', 'second'] as const

export interface Span {
  readonly count: number
  readonly unit: Unit
}

/** In the greatest of the units of which it is a whole number; a part of a second stays a fraction. */
export function toSpan (ms: number, units: readonly Unit[] = DESCENDING): Span {
  const offered = DESCENDING.filter(unit => units.includes(unit))
  const unit = offered.find(unit => ms >= UNIT_MS[unit] && ms % UNIT_MS[unit] === 0) ?? offered.at(-1) ?? 'second'
  return { count: ms / UNIT_MS[unit], unit }
}

export const toMs = ({ count, unit }: Span): number => Math.round(count * UNIT_MS[unit])

/** `1 hour`, `30 minutes`: what a reader says one after the other, zero counts left out. */
export function spanParts (ms: number): Span[] {
  let left = Math.max(0, ms)
  const parts: Span[] = []
  for (const unit of ['day', 'hour', 'minute'] as const) {
    const count = Math.floor(left / UNIT_MS[unit])
    if (count > 0) parts.push({ count, unit })
    left -= count * UNIT_MS[unit]
  }
  if (left > 0 || parts.length === 0) parts.push({ count: Math.round(left / 100) / 10, unit: 'second' })
  return parts
}
