import { language } from '../text/index.ts'
import { number } from '../text/format.ts'
import type { MeasureWords } from './logic/incidents.ts'
import { en, type Key } from './text.en.ts'
import { t } from './text.ts'

const textOr = (key: string, otherwise: string): string => key in en ? t(key as Key) : otherwise

/** The measures of an incident in the reader's language. */
export const measureWords: MeasureWords = {
  /** A name without words is split into its parts: `tiltShare` is "tilt share". */
  nameOf: name => textOr(
    `measure.${name}`, textOr(`value.${name}`, name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`))
  ),
  /** The detector writes `why` in English only; its numbers stand beside it. */
  textOf: (text, name) => name === 'why' && language() !== 'en' ? undefined : textOr(`value.${text}`, text),
  numberOf: number,
  secondsOf: seconds => t('measureSeconds', { seconds })
}
