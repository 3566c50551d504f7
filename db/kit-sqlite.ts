import { customType, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Kit } from './kit-mysql.ts'
import { blobFromDriver, jsonFromDriver, storableTime } from './values.ts'

const time = customType<{ data: number, driverData: number }>({
  dataType: () => 'integer',
  // A fraction would be kept as such here and lost on MySQL.
  toDriver: storableTime,
  fromDriver: (ms) => Number(ms)
})

const json = customType<{ data: unknown, driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: jsonFromDriver
})

const blob = customType<{ data: Uint8Array, driverData: Uint8Array }>({
  dataType: () => 'blob',
  toDriver: (bytes) => bytes,
  fromDriver: blobFromDriver
})

const kit = {
  table: sqliteTable,
  index,
  uniqueIndex,
  primaryKey,
  id: (name: string) => text(name),
  text: (name: string) => text(name),
  time: (name: string) => time(name),
  flag: (name: string) => integer(name, { mode: 'boolean' }),
  count: (name: string) => integer(name),
  big: (name: string) => integer(name),
  real: (name: string) => real(name),
  longText: (name: string) => text(name),
  json: (name: string) => json(name),
  blob: (name: string) => blob(name)
} satisfies Record<keyof Kit, unknown>

/**
 * The kit for SQLite under the types of MySQL's, so that queries are written once. The compiler proves nothing here:
 * the conformance suite does.
 */
export const sqliteKit = kit as unknown as Kit
