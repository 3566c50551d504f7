import { refuse } from './errors.ts'

/** Line breaks, tabs and other controls, line and paragraph separators: each stands where a reader sees a gap. */
const GAPS = /[\p{Cc}\p{Z}]+/gu

/**
 * Characters without a width: soft hyphen, zero-width space, byte order mark, word joiner, marks and overrides of the
 * direction of text, fillers that show as nothing. They are removed and leave no gap. Variation selectors stay: they
 * choose how an emoji shows.
 */
const INVISIBLE =
  /(?:\u034F|\u17B4|\u17B5|[\u00AD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB])+/gu

/**
 * The joiners U+200C and U+200D change how these scripts and emoji are drawn, so they stay after one of their
 * characters. After any other character a joiner shows nothing.
 */
const LONE_JOINERS = new RegExp(
  `(?<![${[
    'Arab',
    'Beng',
    'Deva',
    'Gujr',
    'Guru',
    'Khmr',
    'Knda',
    'Mlym',
    'Mong',
    'Mymr',
    'Nkoo',
    'Orya',
    'Sinh',
    'Syrc',
    'Taml',
    'Telu',
    'Tibt'
  ]
    .map(script => `\\p{Script=${script}}`)
    .join('')}\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])[\\u200C\\u200D]+`,
  'gu'
)

const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * A person's name, a title or a heading as it is stored: NFC, invisible characters removed, single spaces. Throws a
 * refusal that names `field` when nothing visible is left.
 */
export function cleanName (name: string, field = 'name'): string {
  const clean = cleanLine(name)
  if (!VISIBLE.test(clean)) throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field, problem: 'required' }] })
  return clean
}

/** As `cleanName`, of a text that may be empty. */
export function cleanLine (text: string): string {
  return text.normalize('NFC').replace(INVISIBLE, '').replace(LONE_JOINERS, '').replace(GAPS, ' ').trim()
}
