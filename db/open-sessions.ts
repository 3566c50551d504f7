import { defined } from '../lib/defined.ts'
import { allRows } from './page.ts'
import type { Sessions, SessionWithUser } from './types.ts'

const PAGE_ROWS = 500

/** All open sessions, newest first, read in pages; `overseerId` limits them to those of that teacher. */
export function openSessions (
  db: { readonly sessions: Pick<Sessions, 'list'> },
  overseerId?: string
): AsyncGenerator<SessionWithUser> {
  return allRows(PAGE_ROWS, (limit, before) =>
    db.sessions.list({ state: 'open', limit, ...defined({ overseerId, before }) })
  )
}
