/**
 * Tokens by which a device that has logged in is known again. They are no login: they only keep strangers from locking
 * it out.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Where a login comes from. */
export interface Origin {
  readonly address: string
  /** Of every device token that came with the request. */
  readonly deviceTokens: readonly string[]
  /** Browser and system, by which the owner knows the device again; null: not a browser. */
  readonly label: string | null
}

const COOKIE = 'invigil_device'
/** Only logins and renewals are asked with it. */
const COOKIE_PATH = '/api/v1/auth'
const COOKIE_SECONDS = 31_536_000
/** Accounts that one browser is known for, such as on a shared computer; the longest unused one is forgotten. */
const ACCOUNTS_PER_BROWSER_MAX = 8

/** 256 bits in base64url. */
const TOKEN = /^[\w-]{43}$/
export const DEVICE_TOKEN_LENGTH_MAX = 43

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** 256 random bits cannot be guessed, so a plain hash is enough. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** The origin of a request; `deviceToken` is the one in its body, of a client without cookies. */
export function originOf (request: FastifyRequest, deviceToken?: string): Origin {
  const tokens = [
    ...(deviceToken !== undefined && TOKEN.test(deviceToken) ? [deviceToken] : []),
    ...cookieTokens(request)
  ]
  return { address: request.ip, deviceTokens: tokens, label: deviceLabel(request.headers['user-agent'] ?? '') }
}

/** In this order: most browsers name the earlier ones as well. */
const BROWSERS = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|Chromium|CriOS|HeadlessChrome)\//],
  ['Safari', /\bVersion\/.*Safari\//]
] as const
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMacintosh\b/],
  ['Linux', /\bLinux\b/]
] as const

/** Two names instead of the whole text, which would tell people apart. */
export function deviceLabel (userAgent: string): string | null {
  const [browser, system] = [BROWSERS, SYSTEMS].map(names => names.find(([, sign]) => sign.test(userAgent))?.[0])
  return [browser, system].filter(name => name !== undefined).join(', ') || null
}

/** The tokens in the cookie: one for each account that has logged in with this browser. */
export function cookieTokens (request: FastifyRequest): readonly string[] {
  return (request.cookies[COOKIE] ?? '').split('.').filter(token => TOKEN.test(token)).slice(0, ACCOUNTS_PER_BROWSER_MAX)
}

/**
 * Gives the device its token: browsers get a cookie that no script can read. Returns the token for the JSON answer,
 * where other clients look for it; a page of this server needs none.
 */
export function issueDeviceToken (
  request: FastifyRequest,
  reply: FastifyReply,
  token: string
): { readonly deviceToken?: string } {
  const tokens = [token, ...cookieTokens(request).filter(other => other !== token)].slice(0, ACCOUNTS_PER_BROWSER_MAX)
  reply.setCookie(COOKIE, tokens.join('.'), { ...cookieOptions(request), maxAge: COOKIE_SECONDS })
  return request.headers['sec-fetch-site'] === 'same-origin' ? {} : { deviceToken: token }
}

/** How both cookies of this server are set. */
export function cookieOptions (request: FastifyRequest) {
  return {
    path: COOKIE_PATH,
    httpOnly: true,
    sameSite: 'strict',
    secure: request.protocol === 'https'
  } as const
}
