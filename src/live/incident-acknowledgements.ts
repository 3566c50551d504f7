/** What staff say of incidents: seen, flagged for review, or not relevant. It changes no score. */
import type { AcknowledgementState, Database, SessionWithUser } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { Bus } from '../feed/bus.ts'
import { acknowledgementView, type AcknowledgementView } from '../protocol/thread.ts'
import { aboutOf, bySession, type Author } from './threads.ts'

export interface IncidentAcknowledgements {
  /** `eventId` is the event that starts the incident; a later acknowledgement replaces an earlier one. */
  set(
    session: SessionWithUser,
    author: Author,
    incident: { readonly eventId: string, readonly state: AcknowledgementState, readonly note?: string | undefined }
  ): Promise<AcknowledgementView>
  /** All of these sessions, by session, in the order of events. */
  list (sessionIds: readonly string[]): Promise<ReadonlyMap<string, readonly AcknowledgementView[]>>
}

export interface IncidentAcknowledgementsOptions {
  readonly db: Database
  readonly bus: Pick<Bus, 'publish'>
  readonly now: () => number
}

const PAGE_ROWS = 500

export function createIncidentAcknowledgements (
  { db, bus, now }: IncidentAcknowledgementsOptions
): IncidentAcknowledgements {
  return {
    async set (session, author, { eventId, state, note }) {
      const row = { eventId, sessionId: session.id, state, note: note ?? null, by: author.id, atMs: now() }
      if (!await db.acknowledgements.set(row)) throw refuse('INVIGIL_ERR_INCIDENT_UNKNOWN')
      await db.audit.append({
        actorId: author.id,
        action: 'session.acknowledge',
        targetType: 'session',
        targetId: session.id,
        detail: { eventId, state, ...(note !== undefined && { text: note }) },
        atMs: row.atMs
      })
      const view = acknowledgementView({ ...row, byName: author.name })
      bus.publish({ ...(await aboutOf(db, session)), kind: 'acknowledgements', data: [view] })
      return view
    },
    async list (sessionIds) {
      const found: AcknowledgementView[] = []
      for (let after: string | undefined; ;) {
        const page = await db.acknowledgements.list(sessionIds, {
          limit: PAGE_ROWS,
          ...(after !== undefined && { after })
        })
        found.push(...page.map(acknowledgementView))
        if (page.length < PAGE_ROWS) return bySession(found)
        after = page.at(-1)!.eventId
      }
    }
  }
}
