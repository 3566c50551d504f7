import { makeText } from '../text/index.ts'
import { bn } from './text.bn.ts'
import { en } from './text.en.ts'

/** The candidate's own words. */
export const t = makeText({ en, bn })
