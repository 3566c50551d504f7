/** Calls a started server's API as a client would; throws for every refusal. */
import { PASSWORD } from './sign-up.ts'

export type Json = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any
export type Ask = (method: string, path: string, body?: object) => Promise<Json>

export const asking = (url: string, token?: string): Ask => async (method, path, body) => {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' })
    },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? {} : JSON.parse(text) as Json
}

/** The same for the account with this address and `PASSWORD`, which logs in again when its token has expired. */
export async function askingAs (url: string, email: string): Promise<Ask> {
  const logIn = async (): Promise<Ask> => {
    const login = await asking(url)('POST', '/auth/login/password', { email, password: PASSWORD })
    return asking(url, login['accessToken'] as string)
  }
  let ask = await logIn()
  return async (method, path, body) => {
    try {
      return await ask(method, path, body)
    } catch (error) {
      if (!String(error).includes('INVIGIL_ERR_TOKEN_EXPIRED')) throw error
      ask = await logIn()
      return await ask(method, path, body)
    }
  }
}
