import { makeText } from '../../text/index.ts'
import { bn } from './text.bn.ts'
import { en } from './text.en.ts'

export const t = makeText({ en, bn })
