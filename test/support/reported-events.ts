import type { FastifyInstance } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { call, type LoggedIn } from './app.ts'

export interface Line {
  readonly id: string
  readonly kind: string
  readonly event: string
  readonly phase: string
  readonly incident: number
  readonly weight?: number
  readonly severity: string
  readonly detail?: Record<string, unknown>
}

export interface Told {
  readonly sessionId: string
  readonly events: readonly Line[]
  readonly stored: boolean
  readonly riskScore: number
  readonly riskLevel: string
  readonly code?: string
}

export interface Page {
  readonly events: readonly Line[]
  readonly next: string | null
}

export const report = async (app: FastifyInstance, by: LoggedIn, payload: object) =>
  await call<Told>(app, 'POST', '/events', { headers: by.headers, payload })
export const list = async (app: FastifyInstance, by: LoggedIn, query = '') =>
  await call<Page>(app, 'GET', `/events${query}`, { headers: by.headers })

export async function session (app: FastifyInstance, who: LoggedIn, examId?: string): Promise<string> {
  const { session } = await app.services.db.sessions.open({
    userId: who.user.id,
    atMs: Date.now() - 60_000,
    ...defined({ examId })
  })
  await app.services.live.start(session)
  return session.id
}
