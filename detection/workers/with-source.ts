import type { Pool } from './pool-types.ts'

/** The pool for the stills and sound of one source. */
export function withSource (
  pool: Pick<Pool, 'analyzeStill' | 'listen'>,
  source: string
): Pick<Pool, 'analyzeStill' | 'listen'> {
  return {
    analyzeStill: async (bytes, options) => await pool.analyzeStill(bytes, { ...options, source }),
    listen: async job => await pool.listen({ ...job, source })
  }
}
