import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate` compares these tables with the last migration and writes the next one. */
export default defineConfig({
  dialect: 'mysql',
  schema: './db/schema-mysql.ts',
  out: './db/migrations/mysql'
})
