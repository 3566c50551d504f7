/**
 * Texts that databases do not keep alike: SQLite cuts at U+0000, and half of a surrogate pair becomes U+FFFD in UTF-8.
 * What holds such a text is refused where it comes in, so that nothing is stored that reads otherwise than it was sent.
 */

/** Deeper than any body that a schema takes. */
const DEPTH_MAX = 64
/** Above the longest text that a schema takes for storing. */
const CHECKED_CHARS_MAX = 1_000_000

/**
 * The path of the first text in `value` that cannot be stored as it is; undefined: there is none. Keys count as texts.
 */
export function unstorable (value: unknown, path = '', depth = 0): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || depth > DEPTH_MAX) return undefined
  for (const [key, part] of Object.entries(value)) {
    const inside = path === '' ? key : `${path}.${key}`
    if (!isStorable(key)) return path === '' ? 'body' : path
    const found = unstorable(part, inside, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function isStorable (text: string): boolean {
  // So long is only a picture in base64, which its decoder reads.
  return text.length > CHECKED_CHARS_MAX || !/[\0\p{Surrogate}]/u.test(text)
}
