import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate` compares these tables with the last migration and writes the next one. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './db/schema-sqlite.ts',
  out: './db/migrations/sqlite'
})
