import { refuse } from './errors.ts'

/**
 * Signs that show nothing and change how others show: controls, line and paragraph separators, marks and overrides of the direction
 * of text, the soft hyphen, the byte order mark. The joiners U+200C and U+200D stay: Bangla is written with them.
 */
const UNSEEN = /[\p{Cc}\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]+/gu
const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u

/** A person's name as it is kept: what cannot be seen is taken out, spaces are single. Refused when nothing is left. */
export function cleanName (name: string): string {
  const clean = name.normalize('NFC').replace(UNSEEN, ' ').replace(/\s+/gu, ' ').trim()
  if (!SEEN.test(clean)) throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'name', problem: 'required' }] })
  return clean
}
