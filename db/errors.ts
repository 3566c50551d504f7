/**
 * `unique`: a row with this key is already there. `missing`: the row it must point to is not. `unavailable`: the
 * database is gone, full or too busy: try again later. `invalid`: a value that no column takes, such as a time beyond
 * the year 9999. `unknown`: the rest.
 */
export type DatabaseErrorCode = 'unique' | 'missing' | 'unavailable' | 'invalid' | 'unknown'

/** The `engineCode` of a write that was sent and got no answer: it may be done or not. */
export const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN'

/**
 * What every query function throws.
 *
 * Its message names the engine's error code and never a value: the driver's own error holds e-mail addresses and
 * hashes, so it is kept out of enumeration and out of `cause`, which loggers print.
 */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode
  /** The engine's own code, such as `ER_DUP_ENTRY`, `SQLITE_CONSTRAINT_UNIQUE`, or PostgreSQL's `23505`. */
  readonly engineCode: string
  readonly #driverError: unknown

  /** `words` replace the general message where more can be said; they hold no value either. */
  constructor (code: DatabaseErrorCode, engineCode: string, driverError?: unknown, words?: string) {
    super(words ?? `Database error: ${code} (${engineCode})`)
    this.name = 'DatabaseError'
    this.code = code
    this.engineCode = engineCode
    this.#driverError = driverError
  }

  /** The driver's error with its bound values: for a debugger, never for a log. */
  driverError (): unknown {
    return this.#driverError
  }
}

const UNIQUE = new Set(['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'])

const MISSING = new Set(['ER_NO_REFERENCED_ROW', 'ER_NO_REFERENCED_ROW_2', 'SQLITE_CONSTRAINT_FOREIGNKEY', '23503'])

const INVALID = new Set([
  'ER_DATA_TOO_LONG',
  'ER_WARN_DATA_OUT_OF_RANGE',
  'ER_DATA_OUT_OF_RANGE',
  'ER_TRUNCATED_WRONG_VALUE',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_WRONG_VALUE',
  'SQLITE_MISMATCH',
  // Too long a text, a number or a time out of range, a character that no text column takes (U+0000), not a number.
  '22001',
  '22003',
  '22008',
  '22021',
  '22P02'
])

/** Another writer was in the way: the same statement or transaction may succeed a moment later. */
const CONTENDED = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_BUSY_RECOVERY',
  'SQLITE_LOCKED',
  // A serialization failure, a deadlock, a lock that was not free in time.
  '40001',
  '40P01',
  '55P03'
])

const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOENT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'CONNECTION_LOST',
  'CONNECT_TIMEOUT',
  'POOL_CLOSED',
  'POOL_ENQUEUELIMIT',
  'CLIENT_CLOSED',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'SQLITE_IOERR',
  'SQLITE_FULL',
  'SQLITE_CANTOPEN',
  'SQLITE_READONLY',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  // A server that has become a copy of another takes no writes.
  '25006',
  ...CONTENDED
])

/** No connection, no room (disk, memory, connections), ended by an operator (a statement, the server), no file. */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58'])

/** Errors of PostgreSQL's driver that have only words. */
const PG_MESSAGES: Readonly<Record<string, string>> = {
  'Connection terminated': 'CONNECTION_LOST',
  'Connection terminated unexpectedly': 'CONNECTION_LOST',
  'Client has encountered a connection error and is not queryable': 'CONNECTION_LOST',
  'Client was closed and is not queryable': 'CONNECTION_LOST',
  'Connection terminated due to connection timeout': 'CONNECT_TIMEOUT',
  'timeout expired': 'CONNECT_TIMEOUT',
  'timeout exceeded when trying to connect': 'CONNECT_TIMEOUT',
  'Query read timeout': 'CONNECT_TIMEOUT',
  'Cannot use a pool after calling end on the pool': 'POOL_CLOSED'
}

/** Whether this is a code of the SQL standard, which PostgreSQL's server sends: five characters, a digit first. */
export function isSqlState (engineCode: string): boolean {
  return /^\d[0-9A-Z]{4}$/.test(engineCode)
}

/** What MySQL says of a statement that is larger than `max_allowed_packet`. */
export const PACKET_TOO_LARGE = 'ER_NET_PACKET_TOO_LARGE'

/** Whether the database refused a statement because of its size. */
export function isPacketTooLarge (error: unknown): boolean {
  return error instanceof Error && toDatabaseError(error).engineCode === PACKET_TOO_LARGE
}

/** Whether another writer was in the way. */
export function isContended (error: unknown): boolean {
  return error instanceof DatabaseError && CONTENDED.has(error.engineCode)
}

/** Any failure of a query as a `DatabaseError`; one that is one already stays as it is. */
export function toDatabaseError (error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  for (let inner = error, depth = 0; inner instanceof Error && depth < 8; inner = inner.cause, depth++) {
    if (inner instanceof DatabaseError) return inner
    const engineCode = codeOf(inner)
    if (engineCode === undefined) continue
    if (UNIQUE.has(engineCode)) return new DatabaseError('unique', engineCode, error)
    if (MISSING.has(engineCode)) return new DatabaseError('missing', engineCode, error)
    // libsql tells apart kinds of one code by a suffix: SQLITE_IOERR_WRITE.
    const family = engineCode.startsWith('SQLITE_') ? engineCode.split('_', 2).join('_') : engineCode
    if (INVALID.has(engineCode)) return new DatabaseError('invalid', engineCode, error)
    const isRefusal = isSqlState(engineCode) && UNAVAILABLE_CLASSES.has(engineCode.slice(0, 2))
    if (UNAVAILABLE.has(engineCode) || UNAVAILABLE.has(family) || isRefusal) {
      return new DatabaseError('unavailable', engineCode, error)
    }
    // mysql2 marks with `fatal` that the connection is lost, whatever the code.
    if ('fatal' in inner && inner.fatal === true && !engineCode.startsWith('ER_')) {
      return new DatabaseError('unavailable', engineCode, error)
    }
    return new DatabaseError('unknown', engineCode, error)
  }
  return new DatabaseError('unknown', error instanceof Error ? error.name : typeof error, error)
}

function codeOf (error: Error): string | undefined {
  if ('extendedCode' in error && typeof error.extendedCode === 'string' && error.extendedCode !== '') {
    return error.extendedCode
  }
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code
  // What libsql says, without a code, when it cannot open the file.
  if (error.message.startsWith('ConnectionFailed')) return 'SQLITE_CANTOPEN'
  if ('fatal' in error && error.fatal === true) return 'PROTOCOL_CONNECTION_LOST'
  if (error.message === 'Pool is closed.') return 'POOL_CLOSED'
  if (error.message === 'Queue limit reached.') return 'POOL_ENQUEUELIMIT'
  return PG_MESSAGES[error.message]
}
