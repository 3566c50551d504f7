import { makeText } from '../../text/index.ts'
import { bn } from './text.bn.ts'
import { en } from './text.en.ts'

/** The words of a running exam, some of which other pages use too: its first load holds no others. */
export const t = makeText({ en, bn })
