/**
 * The log of a signed report: each line holds an entry and a hash over that entry and the hash before it. Personal
 * detail is covered by a salted hash, so that a line still fits after its detail was left out.
 *
 * It runs in Node and in browsers.
 */
import canonicalize from 'canonicalize'

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject { readonly [key: string]: Json }

export interface LogEntry {
  readonly atMs: number
  /** Such as `event`, `review` or `decision`. */
  readonly type: string
  readonly data: JsonObject
  /** What only staff read, such as measured values. */
  readonly detail?: JsonObject
}

/** One line of `events.jsonl`. */
export interface ChainLine {
  readonly entry: {
    /** From 1. */
    readonly n: number
    readonly atMs: number
    readonly type: string
    readonly data: JsonObject
    /** Null: the entry has no detail. */
    readonly detailSha256: string | null
  }
  readonly hash: string
  /** Both absent: the detail was left out. */
  readonly detail?: JsonObject
  readonly salt?: string
}

const encoder = new TextEncoder()

export const toBytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

/** The form of RFC 8785: equal values have equal texts. */
export function canonical (value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('this value has no JSON form')
  return text
}

export async function sha256 (...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole))
}

/** The hash before the first line. */
export const firstHash = async (sessionId: string): Promise<Uint8Array> =>
  await sha256(toBytes('invigil-log-v1'), toBytes(sessionId))

export const nextHash = async (before: Uint8Array, entry: ChainLine['entry']): Promise<Uint8Array> =>
  await sha256(Uint8Array.of(1), before, await sha256(Uint8Array.of(0), toBytes(canonical(entry))))

/** `salt`: hexadecimal digits. */
export const detailHash = async (salt: string, detail: JsonObject): Promise<string> =>
  toHex(await sha256(toBytes(salt), toBytes(canonical(detail))))

/** The lines of these entries, and the last hash. */
export async function chainOf (
  sessionId: string, entries: readonly LogEntry[], newSalt: () => string
): Promise<{ readonly lines: readonly ChainLine[], readonly head: string }> {
  const lines: ChainLine[] = []
  let hash = await firstHash(sessionId)
  for (const [index, { atMs, type, data, detail }] of entries.entries()) {
    const secret = detail === undefined ? undefined : { detail, salt: newSalt() }
    const detailSha256 = secret === undefined ? null : await detailHash(secret.salt, secret.detail)
    const entry = { n: index + 1, atMs, type, data, detailSha256 }
    hash = await nextHash(hash, entry)
    lines.push({ entry, hash: toHex(hash), ...secret })
  }
  return { lines, head: toHex(hash) }
}
