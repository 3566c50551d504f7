/** The REST side of the server: who is logged in, and one `request` that renews the access token when it has run out. */
import type { Challenge, Frame } from './face-challenge.ts'
import { language } from './text/index.ts'

export type Role = 'student' | 'teacher' | 'admin'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  /** A face is enrolled: face login works, and sessions are compared with it. */
  readonly hasFace: boolean
}

interface Login {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: User
}

/** A refusal by the server; `message` is already in the reader's language and says what to do. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  /** Set where the same request may do after that time. */
  readonly retryAfterSeconds: number | undefined

  constructor (status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

const STORE = 'invigil.login'
let login: Login | undefined = read()
let renewal: Promise<boolean> | undefined

function read (): Login | undefined {
  const text = sessionStorage.getItem(STORE)
  return text === null ? undefined : JSON.parse(text) as Login
}

function keep (next: Login | undefined): void {
  login = next
  if (next === undefined) sessionStorage.removeItem(STORE)
  else sessionStorage.setItem(STORE, JSON.stringify(next))
}

export const currentUser = (): User | undefined => login?.user

/** A token good for opening a socket now; renewed first when it is about to run out. */
export async function freshToken (): Promise<string | undefined> {
  if (login === undefined) return undefined
  const [, body = ''] = login.accessToken.split('.')
  const { exp = 0 } = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: number }
  if (exp * 1000 - Date.now() < 60_000) await renew()
  return login?.accessToken
}

/** Calls the API. Throws `ApiError` for every answer that is not 2xx. */
export async function request<T> (method: string, path: string, body?: unknown): Promise<T> {
  let response = await send(method, path, body)
  if (response.status === 401 && login !== undefined && await renew()) response = await send(method, path, body)
  const text = await response.text()
  const value: unknown = text === '' ? undefined : JSON.parse(text)
  if (response.ok) return value as T
  const { code = 'UNKNOWN', message = response.statusText, details } = (value ?? {}) as { code?: string, message?: string, details?: { retryAfterSeconds?: number } }
  throw new ApiError(response.status, code, message, details?.retryAfterSeconds)
}

function send (method: string, path: string, body: unknown): Promise<Response> {
  const form = body instanceof FormData
  return fetch(`/api/v1${path}`, {
    method,
    headers: {
      'accept-language': language(),
      ...(login === undefined ? {} : { authorization: `Bearer ${login.accessToken}` }),
      ...(body === undefined || form ? {} : { 'content-type': 'application/json' })
    },
    ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) })
  })
}

/** One renewal at a time: two at once would use the same refresh token twice, which revokes it. */
function renew (): Promise<boolean> {
  renewal ??= (async () => {
    const response = await send('POST', '/auth/refresh', { refreshToken: login?.refreshToken })
    if (!response.ok) keep(undefined)
    else keep({ ...login!, ...await response.json() as Partial<Login> })
    return response.ok
  })().finally(() => { renewal = undefined })
  return renewal
}

export async function logIn (email: string, password: string): Promise<User> {
  keep(await request<Login>('POST', '/auth/login/password', { email, password }))
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
  keep(await request<Login>('POST', '/auth/login/face', form))
  return login!.user
}

/** Enrols the face in a picture for the one who is logged in. */
export async function enrolFace (picture: Blob): Promise<void> {
  const form = new FormData()
  form.set('face', picture, 'face.jpg')
  await request('PUT', '/auth/me/face', form)
  if (login !== undefined) keep({ ...login, user: { ...login.user, hasFace: true } })
}

export async function signUp (name: string, email: string, password: string, face: File | undefined): Promise<User> {
  const form = new FormData()
  form.set('name', name)
  form.set('email', email)
  form.set('password', password)
  if (face !== undefined) form.set('face', face)
  keep(await request<Login>('POST', '/auth/signup', form))
  return login!.user
}

export async function logOut (): Promise<void> {
  try {
    if (login !== undefined) await request('POST', '/auth/logout', { refreshToken: login.refreshToken })
  } finally {
    keep(undefined)
  }
}
