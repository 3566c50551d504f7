import type { Database } from './types.ts'

export interface OpenOptions {
  /** `file:…`, `file::memory:`, `mysql://…` or `mariadb://…`; `file:data/invigil.db` when absent. */
  readonly url?: string
  /** Connections to MySQL, 10 when absent. */
  readonly poolSize?: number
}

/** Opens the database, makes its folder if need be, and brings its tables up to date. */
export async function openDatabase (options: OpenOptions = {}): Promise<Database> {
  throw new Error(`not yet: ${options.url}`)
}
