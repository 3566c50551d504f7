/**
 * Who is logged in, and requests that renew the access token when it has run out.
 *
 * The refresh token lies in a cookie that no script can read (docs: `X-Invigil-Session`), so all tabs share one login.
 * The access token of a tab survives a reload in `sessionStorage`; `localStorage` tells other tabs who is logged in.
 */
import { ApiError, errorOf } from './errors.ts'
import { language, t } from '../text/index.ts'

export type Role = 'student' | 'teacher' | 'admin'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  /** A face is enrolled: face login works, and sessions are compared with it. */
  readonly hasFace: boolean
}

/** A movement that a face login asks for. */
export type Step = 'turn_left' | 'turn_right' | 'look_up' | 'blink' | 'open_mouth'

export interface Challenge {
  readonly nonce: string
  readonly steps: readonly Step[]
}

export interface Frame {
  readonly picture: Blob
  /** Since the recording began. */
  readonly atMs: number
}

/** What a login or a renewal answers. */
interface LoginAnswer {
  readonly accessToken: string
  /** Seconds that the access token lives, counted from its receipt: the device's clock may be wrong. */
  readonly expiresIn: number
  readonly user: User
}

interface Login extends LoginAnswer {
  /** By the device's clock, which tells the age of the token after a reload. */
  readonly receivedAtMs: number
}

const STORE = 'invigil.login'
/** The id of the account that this browser is logged in to, for the other tabs. */
const SHARED = 'invigil.account'
/** Set while the server has not yet heard of a logout: the cookie would still open the account. */
const ENDING = 'invigil.ending'
let login: Login | undefined = read()
/** When the token arrived, by the monotonic clock; unknown after a reload. */
let receivedMs: number | undefined
let renewal: Promise<boolean> | undefined

function read (): Login | undefined {
  const text = sessionStorage.getItem(STORE)
  return text === null ? undefined : JSON.parse(text) as Login
}

/** The server has ended the login of this page; its owner did not. */
let isEnded = false
export const hasLoginEnded = (): boolean => isEnded

const listeners = new Set<() => void>()

/** Calls `listener` after every login, renewal and logout. Returns how to stop it. */
export function onLoginChange (listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function store (next: Login | undefined): void {
  login = next
  if (next === undefined) {
    sessionStorage.removeItem(STORE)
    localStorage.removeItem(SHARED)
  } else {
    sessionStorage.setItem(STORE, JSON.stringify(next))
    localStorage.setItem(SHARED, next.user.id)
  }
  for (const listener of listeners) listener()
}

function keep (answer: LoginAnswer): void {
  localStorage.removeItem(ENDING)
  isEnded = false
  receivedMs = performance.now()
  store({ ...answer, receivedAtMs: Date.now() })
}

/**
 * How long the access token is still good. The greater age counts: one clock may stand still while the computer sleeps,
 * the other may be set.
 */
function lifeLeftMs ({ expiresIn, receivedAtMs }: Login): number {
  const byClockMs = Date.now() - receivedAtMs
  const ageMs = receivedMs === undefined ? byClockMs : Math.max(performance.now() - receivedMs, byClockMs)
  // A clock that was set back tells nothing.
  return ageMs < 0 && receivedMs === undefined ? 0 : expiresIn * 1000 - ageMs
}

/** Another tab has logged in or out: this one follows. */
addEventListener('storage', ({ key, newValue }) => {
  if (key !== SHARED || newValue === (login?.user.id ?? null)) return
  if (newValue === null) store(undefined)
  else renew().catch(() => {})
})

/**
 * Takes over the login of another tab, or of the last visit. Call it before the first page is shown. It does not wait
 * long for a server that does not answer: `isServerAway` says so then.
 */
export async function restoreLogin (): Promise<void> {
  if (localStorage.getItem(ENDING) !== null) await endLogin().catch(() => {})
  if (login !== undefined || localStorage.getItem(SHARED) === null) return
  const first = renew().then(() => setAway(false), () => waitForServer(RETRY_FIRST_MS))
  // A server that takes the connection and does not answer must not leave the window empty.
  await Promise.race([first, new Promise(resolve => setTimeout(resolve, SHOWN_AFTER_MS))])
  if (login === undefined && renewal !== undefined) setAway(true)
}

const SHOWN_AFTER_MS = 3_000
const RETRY_FIRST_MS = 1_000
const RETRY_LAST_MS = 15_000
let isAway = false

/** This browser is logged in, but the server could not be asked yet; it is asked again by itself. */
export const isServerAway = (): boolean => isAway

function setAway (next: boolean): void {
  if (isAway === next) return
  isAway = next
  for (const listener of listeners) listener()
}

function waitForServer (delayMs: number): void {
  setAway(true)
  const again = (): void => {
    clearTimeout(timer)
    removeEventListener('online', again)
    // Another tab has logged out meanwhile, or this one has logged in.
    if (login !== undefined || localStorage.getItem(SHARED) === null) return setAway(false)
    renew().then(() => setAway(false), () => waitForServer(Math.min(RETRY_LAST_MS, delayMs * 2)))
  }
  const timer = setTimeout(again, delayMs)
  addEventListener('online', again)
}

/** This browser has a login, as far as the page can tell before it asks the server. */
export const isLoggedInHere = (): boolean => login !== undefined || localStorage.getItem(SHARED) !== null

export const currentUser = (): User | undefined => login?.user

/** A renewal without an answer by then is tried again, so that a dead network does not hold all requests up. */
const RENEWAL_MS_MAX = 15_000
/** Renewed so long before its end; of a token that lives shortly, in its last third. */
const RENEW_BEFORE_MS = 60_000

/**
 * A token good for opening a socket now, renewed first when it is about to run out, or in any case with `renewed`.
 * Undefined: nobody is logged in. Rejects while it cannot be renewed for another reason: try again later.
 */
export async function freshToken ({ renewed = false } = {}): Promise<string | undefined> {
  if (login === undefined) return undefined
  // Not `<`: what a page of an older version stored has no times.
  if (renewed || !(lifeLeftMs(login) > Math.min(RENEW_BEFORE_MS, login.expiresIn * 1000 / 3))) await renew()
  return login?.accessToken
}

/** A request with the access token and the reader's language; a token that has run out is renewed once. */
export async function authorizedFetch (request: Request): Promise<Response> {
  // A body can be read once, and the second try needs it again.
  const again = request.clone()
  let response = await fetch(authorized(request))
  if (response.status === 401 && login !== undefined && (await renew())) response = await fetch(authorized(again))
  if (!response.ok) throw await errorOf(response, t('noConnection'))
  return response
}

function authorized (request: Request): Request {
  request.headers.set('accept-language', language())
  request.headers.set('x-invigil-session', 'cookie')
  if (login !== undefined) request.headers.set('authorization', `Bearer ${login.accessToken}`)
  return request
}

/** Calls the API where the typed client cannot: forms. Throws `ApiError` for every answer that is not 2xx. */
export async function request<T> (
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {}
): Promise<T> {
  const response = await authorizedFetch(requestOf(method, path, body, headers))
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function requestOf (
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): Request {
  const isForm = body instanceof FormData
  return new Request(`/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && !isForm && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) })
  })
}

/**
 * One renewal at a time. False: the login is over. Only 401 and 403 end it: whatever else went wrong is thrown and may
 * be over at the next try, so the login is kept.
 */
function renew (): Promise<boolean> {
  renewal ??= (async () => {
    const request = authorized(requestOf('POST', '/auth/refresh', {}))
    const response = await fetch(request, { signal: AbortSignal.timeout(RENEWAL_MS_MAX) })
    if (response.ok) keep(await response.json() as LoginAnswer)
    else if (response.status === 401 || response.status === 403) {
      isEnded = login !== undefined
      store(undefined)
    } else throw await errorOf(response, t('noConnection'))
    return response.ok
  })().finally(() => { renewal = undefined })
  return renewal
}

export async function logIn (email: string, password: string): Promise<User> {
  keep(await request<LoginAnswer>('POST', '/auth/login/password', { email, password }))
  return login!.user
}

export async function faceChallenge (email: string): Promise<Challenge> {
  return await request<Challenge>('POST', '/auth/login/face/challenge', { email })
}

export async function logInByFace (email: string, nonce: string, frames: readonly Frame[]): Promise<User> {
  const form = new FormData()
  form.set('email', email)
  form.set('nonce', nonce)
  for (const { picture, atMs } of frames) {
    form.append('frames', picture, 'frame.jpg')
    form.append('atMs', String(atMs))
  }
  keep(await request<LoginAnswer>('POST', '/auth/login/face', form))
  return login!.user
}

/** Enrols the face in a picture for the one who is logged in. */
export async function enrolFace (picture: Blob): Promise<void> {
  const form = new FormData()
  form.set('face', picture, 'face.jpg')
  await request('PUT', '/auth/me/face', form)
  if (login !== undefined) store({ ...login, user: { ...login.user, hasFace: true } })
}

export interface SignUp {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly face?: File | undefined
  readonly invitation?: string | undefined
}

/** Creates an account and logs it in. */
export async function signUp (fields: SignUp): Promise<User> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value)
  keep(await request<LoginAnswer>('POST', '/auth/signup', form))
  return login!.user
}

/** Sets a new password. Every other login ends; this one goes on with new tokens. */
export async function changePassword (currentPassword: string, newPassword: string): Promise<void> {
  keep(await request<LoginAnswer>('PUT', '/auth/me/password', { currentPassword, newPassword }))
}

/** What the account is now, after it was changed here. */
export function updateUser (changes: Partial<User>): void {
  if (login !== undefined) store({ ...login, user: { ...login.user, ...changes } })
}

/** Ends the logins on every device, this one included. */
export async function logOutEverywhere (): Promise<void> {
  await request('POST', '/auth/logout', { everywhere: true })
  store(undefined)
}

/** Logs out here at once. While the server cannot be reached, the cookie stays; it ends as soon as the line is back. */
export async function logOut (): Promise<void> {
  localStorage.setItem(ENDING, '1')
  try {
    await endLogin()
  } finally {
    store(undefined)
  }
}

/** Ends the login of this browser at the server. A refusal means that it has ended already. */
async function endLogin (): Promise<void> {
  await request('POST', '/auth/logout', {}).catch(error => {
    if (!(error instanceof ApiError) || ![401, 403].includes(error.status)) throw error
  })
  localStorage.removeItem(ENDING)
}

addEventListener('online', () => { if (localStorage.getItem(ENDING) !== null) endLogin().catch(() => {}) })
