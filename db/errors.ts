/**
 * `unique`: a row with this key is already there. `missing`: the row it must point to is not. `unavailable`: the
 * database is gone, full or too busy: try again later. `unknown`: the rest.
 */
export type DatabaseErrorCode = 'unique' | 'missing' | 'unavailable' | 'unknown'

/**
 * What every query function throws.
 *
 * Its message names the engine's error code and never a value: the driver's own error holds e-mail addresses and hashes,
 * so it is kept out of enumeration and out of `cause`, which loggers print.
 */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode
  /** The engine's own code, such as `ER_DUP_ENTRY` or `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly engineCode: string
  readonly #driverError: unknown

  constructor (code: DatabaseErrorCode, engineCode: string, driverError?: unknown) {
    super(`Database error: ${code} (${engineCode})`)
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
