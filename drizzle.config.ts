import { defineConfig } from 'drizzle-kit'

/** What drizzle-kit calls each dialect. */
const NAMES = { sqlite: 'sqlite', mysql: 'mysql', postgres: 'postgresql' } as const

const dialect = process.env['DIALECT']
if (dialect !== 'sqlite' && dialect !== 'mysql' && dialect !== 'postgres') {
  throw new Error('DIALECT must be sqlite, mysql or postgres; npm run db:generate runs all three')
}

/** `npm run db:generate` compares these tables with the last migration and writes the next one. */
export default defineConfig({
  dialect: NAMES[dialect],
  schema: `./db/schema-${dialect}.ts`,
  out: `./db/migrations/${dialect}`
})
