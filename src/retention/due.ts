/** What the next days will delete. */
import { FILES_OF, type Database, type DueSession, type FileClass } from '../../db/index.ts'
import type { RetentionDefaults } from '../config.ts'
import { scheduleOf } from './scopes.ts'

/** Rows of each class and scope that are read; more are counted as "at least". */
const ROWS_MAX = 1000
const SHOWN_MAX = 100

export interface DueItem {
  readonly class: FileClass | 'records'
  /** Files of the session that are due; 1 for `records`. */
  readonly count: number
  readonly session: DueSession
  readonly isHeld: boolean
}

export interface Due {
  /** By the moment they are due; at most 100. */
  readonly items: readonly DueItem[]
  readonly sessions: number
  /** There are more than were counted. */
  readonly isMore: boolean
}

/** The sessions of which something is due until then, the earliest first. */
export async function dueUntil (db: Database, defaults: RetentionDefaults, untilMs: number): Promise<Due> {
  const [{ scopes }, held] = await Promise.all([scheduleOf(db, defaults, untilMs), db.holds.heldIds()])
  const items = new Map<string, DueItem>()
  let isMore = false
  const add = (name: DueItem['class'], session: DueSession): void => {
    const key = `${name} ${session.id}`
    const present = items.get(key)
    items.set(key, {
      class: name,
      session: present !== undefined && present.session.dueAtMs < session.dueAtMs ? present.session : session,
      count: (present?.count ?? 0) + 1,
      isHeld: held.has(session.id)
    })
  }
  for (const scope of scopes) {
    for (const name of ['recording', 'dismissed', 'confirmed'] as const) {
      for (const kind of FILES_OF[name]) {
        const files = await db.retention.files(name, kind, scope, { limit: ROWS_MAX })
        isMore ||= files.length === ROWS_MAX
        for (const { session } of files) add(name, session)
      }
    }
    const sessions = await db.retention.sessions(scope, { limit: ROWS_MAX })
    isMore ||= sessions.length === ROWS_MAX
    for (const session of sessions) add('records', session)
  }
  const all = [...items.values()].sort((a, b) => a.session.dueAtMs - b.session.dueAtMs)
  return { items: all.slice(0, SHOWN_MAX), sessions: new Set(all.map(({ session }) => session.id)).size, isMore }
}
