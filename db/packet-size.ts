import { DatabaseError } from './errors.ts'

/** The statement that failed, as drizzle's error names it. */
interface FailedStatement {
  readonly query: string
  readonly params: unknown[]
}

/**
 * Whether the statement that failed with `error` has more bytes than one packet of the server. `format` puts the values
 * into the text, as the driver sends it.
 *
 * MySQL refuses such a statement and closes the connection. A client that is still writing then often gets a reset
 * connection instead of the refusal, but the statement was not carried out.
 */
export function isLargerThanPacket (
  error: unknown,
  packetBytesMax: number,
  format: (query: string, params: unknown[]) => string
): boolean {
  const statement = statementOf(error)
  return statement !== undefined && Buffer.byteLength(format(statement.query, statement.params)) >= packetBytesMax
}

function statementOf (error: unknown): FailedStatement | undefined {
  const driverError = error instanceof DatabaseError ? error.driverError() : error
  for (let inner = driverError, depth = 0; inner instanceof Error && depth < 8; inner = inner.cause, depth++) {
    if ('query' in inner && typeof inner.query === 'string' && 'params' in inner && Array.isArray(inner.params)) {
      return { query: inner.query, params: inner.params }
    }
  }
  return undefined
}
