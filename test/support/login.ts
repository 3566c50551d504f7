import type { FastifyInstance } from 'fastify'
import { call } from './app.ts'

export interface Login {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: { readonly id: string, readonly role: string, readonly email: string }
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly details?: {
    readonly fields?: ReadonlyArray<{ field: string, problem: string }>
    readonly [key: string]: unknown
  }
}
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
export const me = async (app: FastifyInstance, token: string) =>
  await call<Refusal>(app, 'GET', '/auth/me', { headers: bearer(token) })
