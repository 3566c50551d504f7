import type { Database } from '../db/index.ts'
import type { Pool } from '../detection/workers/pool.ts'
import type { LiveGateway } from './live/live-gateway.ts'
import type { MediaServices } from './storage/media-services.ts'

/** What the routes and sockets stand on; tests hand in their own. The one who made them closes them. */
export interface Services {
  readonly db: Database
  readonly pool: Pool
  readonly live: LiveGateway
  readonly media: MediaServices
}
