import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The project's folder: this file lies in `src/`, or compiled in `dist/src/`. */
const ROOT = new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url)

/** Where the build puts the pages. */
export const WEB_ROOT = fileURLToPath(new URL('dist/web', ROOT))

export const VERSION = (JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { readonly version: string })
  .version
