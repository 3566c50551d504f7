import { defined } from '../../../lib/defined.ts'
import type { Session } from '../../../db/index.ts'
import type { Phase, Severity } from '../../../detection/types.ts'
import { refuse } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import { PAGE_EVENT_KINDS, type PageEvent } from '../../protocol/messages.ts'
import { isKnown, kindOf, type Report } from '../../protocol/event-report.ts'
import { clampTime } from '../../live/session/arrival-clock.ts'

/** One reported event that has passed its schema. */
export interface ReportedEvent {
  readonly kind: string
  readonly atMs?: number
  readonly phase?: Phase
  readonly durationMs?: number
  readonly severity?: Severity
  readonly description?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * What a candidate may report of the own session: what pages see, and own kinds. Throws on anything else. Times are
 * believed as over the socket: moved into the last `clockBehindMs`, and what lasted lies within it.
 */
export function parsePageReports (
  reported: readonly ReportedEvent[],
  nowMs: number,
  limits: Limits
): Array<PageEvent | Report> {
  return reported.map(({ kind: name, atMs = nowMs, phase = 'instant', durationMs, description, detail = {} }) => {
    const kind = parseKind(name)
    const described = { ...detail, ...defined({ description }) }
    const pageKind = PAGE_EVENT_KINDS.find(page => page === kind)
    if (pageKind !== undefined) {
      if (durationMs !== undefined) throw invalidField('durationMs')
      return { type: 'event', kind: pageKind, phase, atMs, detail: described }
    }
    // What the server sees for itself it does not believe of a page.
    if (isKnown(kind)) throw refuse('INVIGIL_ERR_EVENT_UNKNOWN', { details: { kind, kinds: PAGE_EVENT_KINDS } })
    if (phase !== 'instant') throw invalidField('phase')
    const startMs = clampTime(Math.min(atMs, nowMs - (durationMs ?? 0)), nowMs, { ...limits, clockAheadMs: 0 })
    const lastedMs = durationMs === undefined ? undefined : Math.min(durationMs, nowMs - startMs)
    return { kind, atMs: startMs, ...defined({ durationMs: lastedMs }), detail: { ...described, source: 'page' } }
  })
}

/**
 * What staff or another system reports of a session: any kind, at a time within the session. Starts and ends are for
 * the judge.
 */
export function parseStaffReports (
  reported: readonly ReportedEvent[],
  by: string,
  { startedAtMs, endedAtMs }: Pick<Session, 'startedAtMs' | 'endedAtMs'>,
  nowMs: number
): Array<PageEvent | Report> {
  const untilMs = endedAtMs ?? nowMs
  return reported.map(
    ({ kind: name, atMs: saidMs = untilMs, phase = 'instant', durationMs, severity, description, detail = {} }) => {
      const kind = parseKind(name)
      const described = { ...detail, ...defined({ description }), source: 'staff', by }
      if (phase !== 'instant') {
        const pageKind = PAGE_EVENT_KINDS.find(page => page === kind)
        if (pageKind === undefined) throw invalidField('phase')
        return { type: 'event', kind: pageKind, phase, atMs: saidMs, detail: described }
      }
      if (kind === 'suspicious_activity' && description === undefined) {
        throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'description', problem: 'required' }] })
      }
      const atMs = Math.min(untilMs, Math.max(startedAtMs, saidMs))
      return {
        kind,
        atMs,
        ...(durationMs !== undefined && { durationMs: Math.min(durationMs, untilMs - atMs) }),
        ...defined({ severity }),
        detail: described
      }
    }
  )
}

function parseKind (name: string): string {
  const kind = kindOf(name)
  if (kind === undefined) throw invalidField('kind', 'pattern')
  return kind
}

function invalidField (field: string, problem: 'unknown' | 'pattern' = 'unknown'): Error {
  return refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field, problem }] })
}
