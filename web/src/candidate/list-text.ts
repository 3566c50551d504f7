import { makeText } from '../text/index.ts'
import { bn } from './list-text.bn.ts'
import { en } from './list-text.en.ts'

/** The words of the first page, which other pages use too. */
export const listText = makeText({ en, bn })
