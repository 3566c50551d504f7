import type { ErrorCode } from '../errors.ts'
import { en } from '../i18n/en.ts'
import { translate, type Language } from '../i18n/translate.ts'

/** A message that cannot be served; the peer is told the code and the text. */
export interface Refusal {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
  /** The sequence number of the frame that it answers. */
  readonly seq?: number
  /** The caller's own mark on the message that it answers. */
  readonly ref?: string
}

interface RefusalOptions {
  /** More exact words than the code's own; English, for whoever writes a client. */
  readonly message?: string
  readonly seq?: number | undefined
  readonly ref?: string | undefined
}

/** Makes the refusal of that code, with the code's text unless a better one is given. */
export function refusal (code: ErrorCode, { message, seq, ref }: RefusalOptions = {}): Refusal {
  return {
    type: 'error',
    code,
    message: message ?? en.errors[code],
    ...(seq === undefined ? {} : { seq }),
    ...(ref === undefined ? {} : { ref })
  }
}

/** The refusal in the reader's language; more exact words stay as they are in English and give way in others. */
export function refusalText (refused: Refusal, language: Language): Refusal {
  return language === 'en' ? refused : { ...refused, message: translate(language, `errors.${refused.code}`) }
}
