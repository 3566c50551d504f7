import {
  bigint, boolean, customType, double, index, int, mysqlTable, primaryKey, uniqueIndex
} from 'drizzle-orm/mysql-core'
import { blobFromDriver, jsonFromDriver, storableTime } from './values.ts'

/*
 * Character sets are named column by column, so that it does not matter what the operator's database defaults to; the
 * binary collation compares like SQLite does (é is not e). Not ascii for ids: comparing such a column with other text
 * that somebody put into a url is an error (ER_CANT_AGGREGATE_2COLLATIONS).
 */
const unicode = customType<{ data: string, driverData: string, config: { length: number }, configRequired: true }>({
  dataType: ({ length }) => `varchar(${length}) character set utf8mb4 collate utf8mb4_bin`
})

/** `datetime` knows no zone: text in UTC goes in and comes out, whatever zone process and server are in. */
const time = customType<{ data: number, driverData: string }>({
  dataType: () => 'datetime(3)',
  toDriver: (ms) => new Date(storableTime(ms)).toISOString().replace('T', ' ').replace('Z', ''),
  fromDriver: (text) => Date.parse(`${text.replace(' ', 'T')}Z`)
})

/** Up to 16 MB. */
const longText = customType<{ data: string, driverData: string }>({
  dataType: () => 'mediumtext character set utf8mb4 collate utf8mb4_bin'
})

/**
 * Text, not `json`: MySQL parses and reorders a `json` column where MariaDB returns its text, and nothing here asks the
 * database to look inside.
 */
const json = customType<{ data: unknown, driverData: string }>({
  dataType: () => 'mediumtext character set utf8mb4 collate utf8mb4_bin',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: jsonFromDriver
})

const blob = customType<{ data: Uint8Array, driverData: Buffer }>({
  dataType: () => 'mediumblob',
  toDriver: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  fromDriver: blobFromDriver
})

/** Makers of tables, columns and indexes for MySQL and MariaDB; the SQLite kit has the same keys. */
export const mysqlKit = {
  table: mysqlTable,
  index,
  uniqueIndex,
  primaryKey,
  /** A UUID. */
  id: (name: string) => unicode(name, { length: 36 }),
  /** `length` in characters. */
  text: (name: string, length: number) => unicode(name, { length }),
  /** Milliseconds since the epoch. */
  time: (name: string) => time(name),
  flag: (name: string) => boolean(name),
  count: (name: string) => int(name),
  /** Up to 2^53. */
  big: (name: string) => bigint(name, { mode: 'number' }),
  real: (name: string) => double(name),
  longText: (name: string) => longText(name),
  /** Of an object or a list; a bare `null` would become NULL. */
  json: (name: string) => json(name),
  blob: (name: string) => blob(name)
}

/** What `defineSchema` builds with. */
export type Kit = typeof mysqlKit
