import { getTableColumns, sql, type SQL } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { Schema } from './schema.ts'
import type { SessionScores } from './types.ts'

/**
 * The columns of a session's row as `Session` has them. The columns of trust and compliance hold a number in every row,
 * as they did before there was coverage; a flag beside them says whether the numbers may be given.
 */
export function sessionColumns ({ schema: { sessions } }: Dialect) {
  const { openFor, isEnoughSeen, ...own } = getTableColumns(sessions)
  return {
    ...own,
    trustScore: visibleScore(sessions, sessions.trustScore),
    complianceScore: visibleScore(sessions, sessions.complianceScore)
  }
}

/** What `scores` are as columns. */
export function scoreColumns ({ trustScore, complianceScore, ...others }: SessionScores) {
  const isEnoughSeen = trustScore !== null && complianceScore !== null
  return { ...others, isEnoughSeen, ...(isEnoughSeen && { trustScore, complianceScore }) }
}

/** A score of a session, null where not enough was seen. */
export function visibleScore (sessions: Schema['sessions'], score: Schema['sessions']['trustScore']): SQL<number | null> {
  return sql<number | null>`case when ${sessions.isEnoughSeen} then ${score} end`.mapWith((value: unknown) =>
    value === null ? null : Number(value)
  )
}
