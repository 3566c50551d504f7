/** Which candidates the console shows: by where they are, by what is wrong now, and by name. */
import { gradeOf } from './attention.ts'
import { placeOf, unseenFindings, type Candidate, type Place } from './room.ts'

/** `notable` includes what is serious; `technical`: not seen, or without a connection. */
export type Marked = 'serious' | 'notable' | 'any' | 'technical'

export interface Filter {
  /** Undefined, here and below: all. */
  readonly place: Place | undefined
  readonly marked: Marked | undefined
  /** A part of the name; empty: all. */
  readonly words: string
}

export const PLACES: readonly Place[] = ['present', 'reconnecting', 'missing', 'paused', 'ended']
export const MARKS: readonly Marked[] = ['serious', 'notable', 'any', 'technical']

export const isFiltering = ({ place, marked, words }: Filter): boolean =>
  place !== undefined || marked !== undefined || words.trim() !== ''

export function matches (candidate: Candidate, { place, marked, words }: Filter, nowMs: number): boolean {
  const folded = words.trim().toLocaleLowerCase()
  if (!candidate.session.name.toLocaleLowerCase().includes(folded)) return false
  const isAt = placeOf(candidate, nowMs)
  if (place !== undefined && isAt !== place) return false
  if (marked === undefined) return true
  const grades = unseenFindings(candidate, nowMs).map(gradeOf)
  switch (marked) {
    case 'serious': return grades.includes('serious')
    case 'notable': return grades.includes('serious') || grades.includes('notable')
    case 'any': return grades.some(grade => grade !== 'blind')
    case 'technical': return isAt === 'reconnecting' || isAt === 'missing' || grades.includes('blind')
  }
}

/** A value of the address, if it is one of these. */
export const oneOf = <T extends string> (values: readonly T[], value: string | null): T | undefined =>
  values.find(one => one === value)
