/** How deep a JSON body may nest. The deepest one that the API knows, a file with an exam, has six levels. */
export const DEPTH_MAX = 16
/** Values of a JSON body, where the route names no other bound. The largest list that a route takes has 500 entries. */
export const ELEMENTS_MAX = 5000

export interface JsonBounds {
  readonly depthMax: number
  readonly elementsMax: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Says which bound the JSON text in `bytes` breaks, before anything parses it. One pass over the bytes, which ends at
 * the first value too many: a parser would first build millions of values out of a few megabytes of brackets. The text
 * need not be valid; the parser says that later.
 */
export function brokenBound (
  bytes: Uint8Array,
  { depthMax, elementsMax }: JsonBounds
): 'depth' | 'elements' | undefined {
  let depth = 0
  let elements = 1
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
        break
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > depthMax) return 'depth'
        if (++elements > elementsMax) return 'elements'
        break
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--
        break
      case COMMA:
        if (++elements > elementsMax) return 'elements'
    }
  }
  return undefined
}
