import { defined } from '../../lib/defined.ts'
import type { ErrorCode } from '../errors.ts'
import { en } from '../i18n/en.ts'
import { translate, type Language } from '../i18n/translate.ts'

/** The error message for a peer whose message cannot be served. */
export interface Refusal {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
  /** The sequence number of the refused frame. */
  readonly seq?: number
  /** The `ref` of the refused message. */
  readonly ref?: string
}

interface RefusalOptions {
  /** A more exact text than the code's own; English, for client authors. */
  readonly message?: string
  readonly seq?: number | undefined
  readonly ref?: string | undefined
}

/** Makes the error message for a code, with the code's own text unless another is given. */
export function refusal (code: ErrorCode, { message, seq, ref }: RefusalOptions = {}): Refusal {
  return { type: 'error', code, message: message ?? en.errors[code], ...defined({ seq, ref }) }
}

/** Translates an error message; in English a more exact text stays, other languages get the code's own text. */
export function refusalText (refused: Refusal, language: Language): Refusal {
  return language === 'en' ? refused : { ...refused, message: translate(language, `errors.${refused.code}`) }
}
