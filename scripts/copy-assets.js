// Puts beside the compiled code what TypeScript does not copy: the SQL migrations.
import { cpSync } from 'node:fs'

cpSync('db/migrations', 'dist/db/migrations', { recursive: true })
