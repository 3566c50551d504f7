import { language } from '../text/index.ts'
import { spanParts, type Unit } from './span.ts'

const words = (count: number, unit: Unit): string =>
  new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(count)

/** `1 hour 30 minutes` in the reader's language. */
export const spanWords = (ms: number): string => spanParts(ms).map(({ count, unit }) => words(count, unit)).join(' ')

/** `minutes` alone, for a list of units. */
export function unitWord (unit: Unit): string {
  const parts = new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).formatToParts(5)
  return parts.filter(({ type }) => type === 'unit').map(({ value }) => value).join('').trim()
}
