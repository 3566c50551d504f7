import { detailHash, firstHash, nextHash, toHex, type ChainLine, type JsonObject } from './chain.ts'
import { isCanonical, parse, readText } from './read.ts'

/**
 * `entry`: its hash does not follow from it and from the one before. `detail`: the detail is not the one that was
 * hashed. `gone`: an entry is missing before it. `head`: the log does not end where the report says.
 */
export type LogProblem = 'unreadable' | 'entry' | 'detail' | 'gone' | 'head'

const LINE_FEED = 0x0a

/** Checks `events.jsonl` line by line; against what the report says of it, where that can be trusted. */
export async function checkLog (
  bytes: Uint8Array,
  report: Readonly<Record<string, unknown>> | undefined,
  blame: (code: LogProblem, entry?: number) => void
): Promise<{ readonly entries: number, readonly withoutDetail: number }> {
  const lines = linesOf(bytes)
  // Each line ends with a line feed.
  if (lines.pop() !== '') blame('unreadable')
  const sessionId = (report?.['session'] as JsonObject | undefined)?.['id']
  const chain = report?.['chain'] as JsonObject | undefined
  let withoutDetail = 0
  /**
   * What the next line may follow: the hash that was computed, and the one that is written. Where they differ, the line
   * is named, and the next line shows which of the two was changed. Undefined: anything.
   */
  let before: Uint8Array[] | undefined = typeof sessionId === 'string' ? [await firstHash(sessionId)] : undefined
  let n = 0
  for (const line of lines) {
    n++
    const found = line === undefined ? undefined : readLine(line)
    if (found === undefined) {
      blame('unreadable', n)
      before = undefined
      continue
    }
    const { entry, hash, detail, salt } = found
    const computed = await Promise.all((before ?? []).map(async hash => await nextHash(hash, entry)))
    const isFitting = computed.some(computed => toHex(computed) === hash)
    if (entry.n > n) blame('gone', n)
    else if (before !== undefined && !isFitting) blame('entry', n)
    before = isFitting ? [fromHex(hash)] : [...computed, fromHex(hash)]
    n = Math.max(n, entry.n)
    if (detail === undefined) {
      if (entry.detailSha256 !== null) withoutDetail++
    } else if (await detailHash(salt ?? '', detail) !== entry.detailSha256) {
      blame('detail', n)
    }
  }
  if (chain !== undefined) {
    if (n < Number(chain['entries'])) blame('gone', n + 1)
    else if (before !== undefined && !before.some(hash => toHex(hash) === chain['head'])) blame('head')
  }
  return { entries: lines.length, withoutDetail }
}

/** One text a line, undefined where it is not UTF-8, and what stands behind the last line feed. */
function linesOf (bytes: Uint8Array): Array<string | undefined> {
  const lines: Array<string | undefined> = []
  let start = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, start)) {
    lines.push(readText(bytes.subarray(start, at)))
    start = at + 1
  }
  return [...lines, readText(bytes.subarray(start))]
}

/** Undefined where the line is not in canonical form, or has other members than it may have. */
function readLine (line: string): ChainLine | undefined {
  const value = parse(line) as ChainLine | undefined
  if (value === undefined || !isCanonical(value, line) || !/^[0-9a-f]{64}$/.test(value.hash)) return undefined
  const members = Object.keys(value).sort().join()
  const isWhole = members === 'entry,hash' || (members === 'detail,entry,hash,salt' && typeof value.salt === 'string')
  return isWhole && Number.isInteger(value.entry?.n) && 'detailSha256' in value.entry ? value : undefined
}

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], digits => Number.parseInt(digits, 16))
