/**
 * Short-lived links to media. A player loads a link without an access token, so the link carries who asked for it and
 * until when it is good, signed. It is good in that person's hands only: a request proves who it is by a cookie that
 * was set with the link, or by an access token (`src/plugins/media.ts`).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const LINK_MS = 5 * 60_000
/** For a clock of another gateway that runs behind. */
const EARLY_MS = 60_000

export interface MediaLink {
  /** Such as `recordings`: which part of the server knows the media. */
  readonly kind: string
  readonly id: string
  readonly viewerId: string
  readonly expiresAtMs: number
}

const sign = (key: Uint8Array, words: readonly (string | number)[]): string =>
  createHmac('sha256', key).update(JSON.stringify(words)).digest('base64url')

function isEqual (a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The method is bound in: a link that reads never does anything else. HEAD counts as GET. */
const wordsOf = ({ kind, id, viewerId, expiresAtMs }: MediaLink) => ['GET', kind, id, viewerId, expiresAtMs] as const

/** The path and query of a link. */
export function linkOf (key: Uint8Array, link: MediaLink): string {
  const query = new URLSearchParams({
    v: link.viewerId,
    e: String(link.expiresAtMs),
    s: sign(key, wordsOf(link))
  })
  return `/media/${link.kind}/${link.id}?${query}`
}

/** Whether a link that came in is one of ours and not over. */
export function checkLink (
  key: Uint8Array, link: MediaLink, signature: string, nowMs: number
): 'good' | 'changed' | 'expired' {
  if (!isEqual(sign(key, wordsOf(link)), signature)) return 'changed'
  return nowMs < link.expiresAtMs && link.expiresAtMs <= nowMs + LINK_MS + EARLY_MS ? 'good' : 'expired'
}

/** Proves to the media route that this browser is the viewer's: `viewerId.expiry.signature`. */
export function viewerCookie (key: Uint8Array, viewerId: string, expiresAtMs: number): string {
  return `${viewerId}.${expiresAtMs}.${sign(key, ['viewer', viewerId, expiresAtMs])}`
}

/** Whose browser that cookie belongs to; undefined for one that is not ours or over. */
export function viewerOf (key: Uint8Array, cookie: string, nowMs: number): string | undefined {
  const [viewerId = '', expiry = '', signature = ''] = cookie.split('.')
  const expiresAtMs = Number(expiry)
  return nowMs < expiresAtMs && isEqual(sign(key, ['viewer', viewerId, expiresAtMs]), signature) ? viewerId : undefined
}
