import { defineConfig } from 'drizzle-kit'

const dialect = process.env['DIALECT']
if (dialect !== 'sqlite' && dialect !== 'mysql') throw new Error('DIALECT must be sqlite or mysql; npm run db:generate runs both')

/** `npm run db:generate` compares these tables with the last migration and writes the next one. */
export default defineConfig({
  dialect,
  schema: `./db/schema-${dialect}.ts`,
  out: `./db/migrations/${dialect}`
})
