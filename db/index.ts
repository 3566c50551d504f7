export { openDatabase, type OpenOptions } from './open.ts'
export { DatabaseError, type DatabaseErrorCode } from './errors.ts'
export { cursorAt, newId, timeOfId } from './id.ts'
export type * from './types.ts'
