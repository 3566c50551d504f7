/**
 * Links by which a person sets a new password without an admin ever seeing it. Nothing of them is stored: a link names
 * the version of the account's credentials, which the new password raises, so it works once.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface PasswordLink {
  readonly userId: string
  readonly credentialVersion: number
  readonly expiresAtMs: number
}

/** Keeps these signatures apart from those of access tokens, which have the same secret. */
const PURPOSE = 'password-link'

const signatureOf = (payload: string, secret: string): string =>
  createHmac('sha256', secret).update(`${PURPOSE}:${payload}`).digest('base64url')

export function signPasswordLink ({ userId, credentialVersion, expiresAtMs }: PasswordLink, secret: string): string {
  const payload = Buffer.from(`${userId}.${credentialVersion}.${expiresAtMs}`).toString('base64url')
  return `${payload}.${signatureOf(payload, secret)}`
}

/** What the token says; undefined: it is not ours, or it has expired. */
export function readPasswordLink (token: string, secret: string, nowMs: number): PasswordLink | undefined {
  const [payload = '', signature = ''] = token.split('.')
  const [given, own] = [Buffer.from(signature), Buffer.from(signatureOf(payload, secret))]
  if (given.length !== own.length || !timingSafeEqual(given, own)) return undefined
  const [userId = '', version, expires] = Buffer.from(payload, 'base64url').toString().split('.')
  const link = { userId, credentialVersion: Number(version), expiresAtMs: Number(expires) }
  return link.expiresAtMs > nowMs ? link : undefined
}
