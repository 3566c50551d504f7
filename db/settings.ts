import { asc, eq } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import type { Json, Settings } from './types.ts'

/** The queries on settings. */
export function createSettings (dialect: Dialect): Settings {
  const { settings } = dialect.schema
  const get = async (key: string): Promise<Json | undefined> => {
    const rows = await dialect.read(async db => await db.select().from(settings).where(eq(settings.key, key)).limit(1))
    return rows[0] === undefined ? undefined : JSON.parse(rows[0].value) as Json
  }
  return {
    get,
    all: async () => {
      const rows = await dialect.read(async db => await db.select().from(settings).orderBy(asc(settings.key)))
      return Object.fromEntries(rows.map(row => [row.key, JSON.parse(row.value) as Json]))
    },
    set: async (key, value) => {
      const setting = { key, value: JSON.stringify(value) }
      await dialect.write(db => dialect.upsert(db, settings, [setting], [settings.key], { value: setting.value }))
    },
    setOnce: async (key, value) => {
      try {
        await dialect.write(async db => { await db.insert(settings).values({ key, value: JSON.stringify(value) }) })
        return value
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== 'unique') throw error
        const stored = await get(key)
        return stored === undefined ? value : stored
      }
    },
    delete: async key =>
      dialect.affected(await dialect.write(async db => await db.delete(settings).where(eq(settings.key, key)))) > 0
  }
}
