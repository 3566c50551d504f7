import { makeText } from '../../text/index.ts'
import { bn } from './text.bn.ts'
import { en, type Key } from './text.en.ts'

export const t = makeText({ en, bn })

/** The numbers of a rule that have words. */
export type NumberName = Extract<Key, `number.${string}`> extends `number.${infer Name}` ? Name : never
