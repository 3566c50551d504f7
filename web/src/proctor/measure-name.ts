import { en, type Key } from './text.en.ts'
import { t } from './text.ts'

/** The words of a measured value's name; one without words is split into its parts: `tiltShare` is "tilt share". */
export function measureName (name: string): string {
  const key = `measure.${name}`
  return key in en ? t(key as Key) : name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
