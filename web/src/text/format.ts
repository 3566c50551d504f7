/** Numbers, times and dates as the reader's language writes them. */
import { language } from './index.ts'

const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()

/** One format a language and a set of options: making one costs more than using it. */
function cached<Format extends Intl.DateTimeFormat | Intl.NumberFormat> (name: string, make: () => Format): Format {
  const key = `${language()} ${name}`
  const format = formats.get(key) ?? make()
  formats.set(key, format)
  return format as Format
}

type Time = string | number | Date

/** `10:41:03` */
export const clockTime = (at: Time): string =>
  cached('clock', () => new Intl.DateTimeFormat(language(), { timeStyle: 'medium' })).format(new Date(at))

/** `Nov 27, 2026, 10:41 AM` */
export const dateTime = (at: Time): string =>
  cached('dateTime', () => new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }))
    .format(new Date(at))

/** `Nov 27, 2026` */
export const date = (at: Time): string =>
  cached('date', () => new Intl.DateTimeFormat(language(), { dateStyle: 'medium' })).format(new Date(at))

/** `1,234.5`: at most `digits` behind the point. */
export const number = (value: number, digits = 0): string =>
  cached(`number ${digits}`, () => new Intl.NumberFormat(language(), { maximumFractionDigits: digits })).format(value)

/** `0:41:12` or `41:12`; never negative. */
export function duration (ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number) => cached('two', () => new Intl.NumberFormat(language(), { minimumIntegerDigits: 2 }))
    .format(value)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return `${hours > 0 ? `${number(hours)}:${two(minutes)}` : number(minutes)}:${two(seconds % 60)}`
}
