/** What a password must be, and the one form in which it is hashed. */
import { dictionary } from '@zxcvbn-ts/language-common'
import { refuse } from '../errors.ts'

/** Characters of a password that an account may have; the upper one bounds the work. */
export const PASSWORD_LENGTH = { min: 8, max: 200 } as const

/**
 * UTF-8 bytes of the normalized password: 200 characters of any script, but not 200 of the ligatures that expand to a
 * sentence.
 */
const BYTES_MAX = 1024

/** Control characters, and halves of a surrogate pair, which no keyboard types and UTF-8 cannot carry. */
const UNUSABLE = /[\p{Cc}\p{Cs}]/u
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const NOT_ALPHANUMERIC = /[^\p{L}\p{M}\p{N}]+/gu

/**
 * The form of a password that is hashed: NFKC, as NIST SP 800-63B asks for, so that the same letters typed on another
 * keyboard (composed or not, full width) are the same password. Letter case and blanks count.
 */
export function normalizePassword (password: string): string {
  return password.normalize('NFKC')
}

/** The list holds lower case only; a capital or a blank does not make a common password rare. */
let commonPasswords: ReadonlySet<string> | undefined
function isCommon (password: string): boolean {
  commonPasswords ??= new Set(dictionary['passwords-common'].map(fold))
  const folded = fold(password)
  return commonPasswords.has(folded) || commonPasswords.has(folded.replaceAll(/\s/gu, '')) || isSequence(folded)
}

function fold (text: string): string {
  return normalizePassword(text).trim().toLowerCase()
}

/** One character again and again, or characters in the order of their code: aaaaaaaa, 98765432, abcdefgh, ১২৩৪৫৬৭৮. */
function isSequence (text: string): boolean {
  const points = Array.from(text, sign => sign.codePointAt(0)!)
  const steps = new Set(points.slice(1).map((point, index) => point - points[index]!))
  const [step] = steps
  return steps.size === 1 && step !== undefined && Math.abs(step) <= 1
}

/** Without blanks, marks and case: rahim.uddin is Rahim Uddin. */
function bare (text: string): string {
  return fold(text).replaceAll(NOT_ALPHANUMERIC, '')
}

export interface PasswordOwnerNames {
  readonly email: string
  readonly name?: string | undefined
}

/** Throws a coded refusal, which says what to do, unless the new password of that account is good enough. */
export function checkNewPassword (password: string, { email, name = '' }: PasswordOwnerNames): void {
  const normal = normalizePassword(password)
  if (UNUSABLE.test(password)) throw refuse('INVIGIL_ERR_PASSWORD_CHARACTERS')
  const counted = [...normal.replaceAll(INVISIBLE, '').trim()].length
  if (counted < PASSWORD_LENGTH.min) {
    throw refuse('INVIGIL_ERR_PASSWORD_SHORT', { values: { min: PASSWORD_LENGTH.min } })
  }
  if ([...password].length > PASSWORD_LENGTH.max || Buffer.byteLength(normal) > BYTES_MAX) {
    throw refuse('INVIGIL_ERR_PASSWORD_LONG', { values: { max: PASSWORD_LENGTH.max } })
  }
  if (isCommon(normal)) throw refuse('INVIGIL_ERR_PASSWORD_COMMON')
  const [local = ''] = email.split('@', 1)
  const own = [email, local, name].map(bare).filter(text => text !== '')
  if (own.includes(bare(normal))) throw refuse('INVIGIL_ERR_PASSWORD_PERSONAL')
}

/** The codes that `checkNewPassword` refuses with. */
export const PASSWORD_CODES = [
  'INVIGIL_ERR_PASSWORD_SHORT',
  'INVIGIL_ERR_PASSWORD_LONG',
  'INVIGIL_ERR_PASSWORD_CHARACTERS',
  'INVIGIL_ERR_PASSWORD_COMMON',
  'INVIGIL_ERR_PASSWORD_PERSONAL'
] as const
