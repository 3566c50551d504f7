/** The database servers that tests start for themselves. */
import { mariadbMissing, startMariadb, type Mariadb } from './mariadb.ts'
import { postgresMissing, startPostgres } from './postgres.ts'

export interface ServerKind {
  readonly name: string
  /** Why it cannot be started here, or false. */
  readonly missing: () => string | false
  readonly start: () => Promise<Mariadb>
}

export const SERVERS: readonly ServerKind[] = [
  { name: 'MariaDB', missing: mariadbMissing, start: startMariadb },
  { name: 'PostgreSQL', missing: postgresMissing, start: startPostgres }
]
