import type { ByteRange } from '../storage/storage.ts'

/**
 * The one range that a `Range` header asks of `bytes` bytes; undefined: everything is to be sent (no header, several
 * ranges, or a form that is not known: RFC 9110 lets a server ignore these). `outside`: no byte of it exists.
 */
export function readRange (header: string | undefined, bytes: number): ByteRange | 'outside' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [, first = '', last = ''] = match
  if (first === '') {
    const count = Number(last)
    return count === 0 || bytes === 0 ? 'outside' : { start: Math.max(0, bytes - count), end: bytes - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  return start >= bytes ? 'outside' : { start, end: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) }
}
