import type { Database } from '../db/index.ts'
import type { Pool } from '../detection/pool.ts'
import type { Live } from './gateway/live.ts'

/** What the routes stand on; tests hand in fakes. The one who made them closes them. */
export interface Services {
  readonly db: Database
  readonly pool: Pool
  readonly live: Live
}
