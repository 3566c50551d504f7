import { refuse } from '../errors.ts'

/**
 * The text of an uploaded file: UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it. Throws the number of
 * the first line with bytes that are neither: guessing an encoding turns letters into others without a word.
 */
export function decodeText (bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    const read = new TextDecoder(encoding).decode(bytes)
    const line = read.slice(0, Math.max(0, read.indexOf('\ufffd'))).split('\n').length
    throw refuse('INVIGIL_ERR_ENCODING', { values: { line }, details: { line } })
  }
}
