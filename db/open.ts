import { desc } from 'drizzle-orm'
import { dirname } from 'node:path'
import { createAcknowledgements } from './acknowledgements.ts'
import { createAnswers } from './answers.ts'
import { createAttempts } from './attempts.ts'
import { createAudit } from './audit.ts'
import { openMysql } from './dialect-mysql.ts'
import { openPostgres } from './dialect-postgres.ts'
import { openSqlite } from './dialect-sqlite.ts'
import { urgent, type Dialect } from './dialect.ts'
import { createErasure } from './erasure.ts'
import { toDatabaseError } from './errors.ts'
import { createConsents } from './consents.ts'
import { createCorrections } from './corrections.ts'
import { createDevices } from './devices.ts'
import { createAnalyses } from './analyses.ts'
import { createEvidence } from './evidence.ts'
import { createEvents } from './events.ts'
import { createExams } from './exams.ts'
import { createFaceEnrollments } from './face-enrollments.ts'
import { FolderError, makeFolder } from './folder.ts'
import { createGrades } from './grades.ts'
import { isId, raiseIdsAbove } from './id.ts'
import { createInvitations } from './invitations.ts'
import { createMediaKeyRows } from './media-keys.ts'
import { createMessages } from './messages.ts'
import { migrateMysql, migratePostgres, migrateSqliteFile, migrateSqliteMemory } from './migrate.ts'
import { removeOldDeletions } from './old-deletions.ts'
import { pathOf } from './path.ts'
import { acquirePlace } from './place.ts'
import { createQuotas } from './quotas.ts'
import { createQuestions } from './questions.ts'
import { createLegalHolds } from './legal-holds.ts'
import { createRetention } from './retention.ts'
import { createRecordings } from './recordings.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import { createAppeals } from './review-decisions.ts'
import { createReviews } from './reviews.ts'
import { refold } from './search.ts'
import type { ServerOptions } from './server-calls.ts'
import { createSessions } from './sessions.ts'
import { createSignedReports } from './signed-reports.ts'
import { createSettings } from './settings.ts'
import { createStatistics } from './statistics.ts'
import { createStoryboards } from './storyboards.ts'
import type { Database } from './types.ts'
import { createUsers } from './users.ts'
import { createWebhooks } from './webhooks.ts'

export interface OpenOptions {
  /**
   * `file:…`, `file::memory:`, `mysql://…`, `mariadb://…`, `postgres://…` or `postgresql://…`; `file:data/invigil.db`
   * when absent.
   */
  readonly url?: string
  /** Connections to a database server, 10 when absent. */
  readonly poolSize?: number
  /**
   * For servers: nobody else may have an SQLite file open with this until it is closed or its process ends. What they
   * keep in memory of sessions would differ. A database server is for several.
   */
  readonly exclusive?: boolean
  /** How long a database server may take; the defaults suit a gateway, tests bring shorter ones. */
  readonly server?: ServerOptions
}

/**
 * Opens the database, makes its folder if need be, and brings its tables up to date.
 *
 * Throws a `DatabaseError`, or an `Error` that says what is wrong with the url.
 */
export async function openDatabase ({
  url = 'file:data/invigil.db',
  poolSize = 10,
  exclusive = false,
  server = {}
}: OpenOptions = {}): Promise<Database> {
  if (url.startsWith('file:')) return await openFile(url, exclusive)
  if (/^(mysql|mariadb):\/\//.test(url)) {
    const { pool, dialect } = openMysql(url.replace(/^mariadb:/, 'mysql:'), poolSize, server)
    return await openServer(dialect, () => migrateMysql(pool))
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { pool, dialect } = openPostgres(url, poolSize, server)
    return await openServer(dialect, () => migratePostgres(pool))
  }
  // The url may hold a password: its scheme is all that is said.
  throw new Error(
    `DATABASE_URL begins with ${JSON.stringify(url.split(':', 1)[0])}; it must be file:, mysql://, mariadb:// or postgres://`
  )
}

async function openFile (url: string, exclusive: boolean): Promise<Database> {
  try {
    if (!url.includes(':memory:')) {
      await makeFolder(dirname(pathOf(url)))
      const leave = exclusive ? await acquirePlace(`${url.split('?', 1)[0]}.server`) : undefined
      try {
        await migrateSqliteFile(url, `${url.split('?', 1)[0]}.lock`)
        const { dialect } = openSqlite(url)
        await removeOldDeletions(url, dialect, exclusive)
        await refold(dialect)
        await raiseIdsAboveStored(dialect)
        const db = createDatabase(dialect)
        return leave === undefined ? db : { ...db, close: async () => { await db.close().finally(leave) } }
      } catch (error) {
        await leave?.()
        throw error
      }
    }
    const { client, dialect } = openSqlite(url)
    await migrateSqliteMemory(client)
    await refold(dialect)
    return createDatabase(dialect)
  } catch (error) {
    if (error instanceof FolderError) throw error
    throw toDatabaseError(error)
  }
}

async function openServer (dialect: Dialect, migrate: () => Promise<void>): Promise<Database> {
  try {
    await migrate()
    await refold(dialect)
    await raiseIdsAboveStored(dialect)
  } catch (error) {
    await dialect.close()
    throw toDatabaseError(error)
  }
  return createDatabase(dialect)
}

/** The row that a probe writes. */
const PROBE_KEY = 'probe'

/** Makes new ids larger than the stored ones even if the clock was set back: ids serve as cursors. */
async function raiseIdsAboveStored (dialect: Dialect): Promise<void> {
  const { events, sessions, auditLog, messages, reviewNotes } = dialect.schema
  for (const table of [events, sessions, auditLog, messages, reviewNotes]) {
    const [last] = await dialect.read(
      async db => await db.select({ id: table.id }).from(table).orderBy(desc(table.id)).limit(1)
    )
    if (last !== undefined && isId(last.id)) raiseIdsAbove(last.id)
  }
}

function createDatabase (dialect: Dialect): Database {
  const forExams = urgent(dialect)
  return {
    dialect: dialect.name,
    users: createUsers(dialect),
    refreshTokens: createRefreshTokens(dialect),
    devices: createDevices(dialect),
    faceEnrollments: createFaceEnrollments(dialect),
    invitations: createInvitations(dialect),
    sessions: createSessions(forExams),
    events: createEvents(forExams),
    messages: createMessages(forExams),
    acknowledgements: createAcknowledgements(forExams),
    mediaKeys: createMediaKeyRows(dialect),
    recordings: createRecordings(dialect),
    storyboards: createStoryboards(dialect),
    analyses: createAnalyses(dialect),
    reviews: createReviews(dialect),
    appeals: createAppeals(dialect),
    evidence: createEvidence(dialect),
    consents: createConsents(dialect),
    signedReports: createSignedReports(dialect),
    audit: createAudit(dialect),
    settings: createSettings(dialect),
    erasure: createErasure(dialect),
    exams: createExams(dialect),
    questions: createQuestions(dialect),
    attempts: createAttempts(forExams),
    answers: createAnswers(forExams),
    grades: createGrades(dialect),
    corrections: createCorrections(dialect),
    statistics: createStatistics(dialect),
    quotas: createQuotas(dialect),
    webhooks: createWebhooks(dialect),
    retention: createRetention(dialect),
    holds: createLegalHolds(dialect),
    ping: dialect.ping,
    probe: async () => {
      const { settings } = dialect.schema
      const value = String(Date.now())
      await dialect.write(db => dialect.upsert(db, settings, [{ key: PROBE_KEY, value }], [settings.key], { value }))
    },
    health: dialect.health,
    onUncertain: dialect.onUncertain,
    close: dialect.close
  }
}
