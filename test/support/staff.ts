import type { FastifyInstance, InjectOptions } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { newId, type EventRow } from '../../db/index.ts'
import type { LoggedIn } from './app.ts'

export type Body = Record<string, unknown>
export const request = async <T = Body>(
  app: FastifyInstance,
  by: LoggedIn,
  method: InjectOptions['method'],
  path: string,
  payload?: object
) => {
  const response = await app.inject({
    method: method!,
    url: `/api/v1${path}`,
    headers: by.headers,
    ...defined({ payload })
  })
  return { status: response.statusCode, body: (response.body === '' ? null : response.json()) as T }
}

/** A session with events; stopped unless `open` is set. */
export async function session (
  app: FastifyInstance,
  who: LoggedIn,
  about: {
    readonly atMs?: number
    readonly risk?: number
    readonly examId?: string
    readonly attemptId?: string
    readonly isOpen?: boolean
    readonly rows?: ReadonlyArray<Partial<EventRow>>
  } = {}
): Promise<string> {
  const { db } = app.services
  const { atMs = Date.now(), risk = 0, rows = [] } = about
  const {
    session: { id }
  } = await db.sessions.open({
    userId: who.user.id,
    atMs,
    ...defined({ examId: about.examId, attemptId: about.attemptId })
  })
  await db.events.append(
    rows.map((row, index) => ({
      id: newId(),
      sessionId: id,
      userId: who.user.id,
      kind: 'phone',
      phase: 'instant',
      incident: index + 1,
      atMs,
      durationMs: null,
      class: 'integrity',
      severity: 'high',
      weight: 4,
      detail: {},
      createdAtMs: atMs,
      ...row
    }))
  )
  if (about.isOpen !== true) await db.sessions.transition(id, ['active'], 'stopped', atMs + 1000, who.user.id, 'done')
  await db.sessions.setScores(
    id,
    { riskScore: risk, trustScore: 90, complianceScore: 95, eventCount: rows.length, seenPercent: 99.5 },
    atMs
  )
  return id
}
