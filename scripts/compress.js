/** Puts a .br and a .gz beside each text file of the built pages: the server sends those (`src/plugins/web.ts`). */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** Fonts and pictures are compressed already. */
const TEXT = /\.(js|css|html|svg)$/

/** A plugin for Vite. */
export function compress () {
  return {
    name: 'compress',
    writeBundle: {
      // After the service worker is written.
      order: 'post',
      sequential: true,
      async handler ({ dir }) {
        const names = await readdir(dir, { recursive: true })
        await Promise.all(names.filter(name => TEXT.test(name)).map(async name => {
          const file = join(dir, name)
          const bytes = await readFile(file)
          const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
          await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }))
          await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
        }))
      }
    }
  }
}
