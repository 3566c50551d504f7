import {
  bigint, boolean, customType, doublePrecision, index, integer, pgTable, primaryKey, uniqueIndex
} from 'drizzle-orm/pg-core'
import type { Kit } from './kit-mysql.ts'
import { blobFromDriver, jsonFromDriver, storableTime } from './values.ts'

/*
 * The collation is named column by column, so that it does not matter what the operator's database defaults to; "C"
 * compares bytes, as SQLite does.
 */
const unicode = customType<{ data: string, driverData: string, config: { length: number }, configRequired: true }>({
  dataType: ({ length }) => `varchar(${length}) COLLATE "C"`
})

/** Text of an instant in UTC goes in; what comes out names its offset, which is that of the session: UTC. */
const time = customType<{ data: number, driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  toDriver: (ms) => new Date(storableTime(ms)).toISOString(),
  fromDriver: (text) => Date.parse(text.replace(' ', 'T').replace(/\+00$/, 'Z'))
})

const longText = customType<{ data: string, driverData: string }>({
  dataType: () => 'text COLLATE "C"'
})

/** Text, not `jsonb`: that sorts keys, and nothing here asks the database to look inside. */
const json = customType<{ data: unknown, driverData: string }>({
  dataType: () => 'text COLLATE "C"',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: jsonFromDriver
})

const blob = customType<{ data: Uint8Array, driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  fromDriver: blobFromDriver
})

const kit = {
  table: pgTable,
  index,
  uniqueIndex,
  primaryKey,
  id: (name: string) => unicode(name, { length: 36 }),
  text: (name: string, length: number) => unicode(name, { length }),
  time: (name: string) => time(name),
  flag: (name: string) => boolean(name),
  count: (name: string) => integer(name),
  big: (name: string) => bigint(name, { mode: 'number' }),
  real: (name: string) => doublePrecision(name),
  longText: (name: string) => longText(name),
  json: (name: string) => json(name),
  blob: (name: string) => blob(name)
} satisfies Record<keyof Kit, unknown>

/**
 * The kit for PostgreSQL under the types of MySQL's, so that queries are written once. The compiler proves nothing
 * here: the conformance suite does.
 */
export const postgresKit = kit as unknown as Kit
