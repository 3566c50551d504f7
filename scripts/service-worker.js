/** Builds /sw.js: `web/service-worker.js` with the names of the files that a candidate's pages need. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {object} Chunk
 * @property {string} file
 * @property {string[]=} imports
 * @property {string[]=} dynamicImports
 * @property {string[]=} css
 * @property {string[]=} assets
 */

/** Pages that work without a line, the frame around them, and the style sheet that names the Bengali font. */
const PAGES = /^(index\.html|\S*noto-sans-bengali\/index\.css|src\/app\/(inside|account-menu|pages-menu)\.tsx|src\/candidate\/)/

/**
 * The files of the candidate's pages out of Vite's manifest, with all that those import at once or later. Fonts are
 * left out: they are stored when a page uses them.
 *
 * @param {Readonly<Record<string, Chunk>>} manifest
 */
export function candidateFiles (manifest) {
  const files = new Set()
  const seen = new Set()
  const collect = name => {
    const chunk = manifest[name]
    if (chunk === undefined || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...chunk.css ?? [], ...chunk.assets ?? []]) {
      if (!/\.(woff2?|ttf)$/.test(file)) files.add(`/${file}`)
    }
    for (const inner of chunk.imports ?? []) collect(inner)
    // The frame offers the pages of all roles.
    if (name.startsWith('src/candidate/') || name.startsWith('src/shared/')) {
      for (const inner of chunk.dynamicImports ?? []) collect(inner)
    }
  }
  Object.keys(manifest).filter(name => PAGES.test(name)).forEach(collect)
  return [...files].sort()
}

/** A plugin for Vite: writes sw.js beside the pages. */
export function serviceWorker () {
  return {
    name: 'service-worker',
    writeBundle ({ dir }) {
      const manifest = JSON.parse(readFileSync(join(dir, '.vite/manifest.json'), 'utf8'))
      const source = readFileSync('web/service-worker.js', 'utf8')
      const files = JSON.stringify(candidateFiles(manifest))
      const version = createHash('sha256').update(source).update(files)
        .update(readFileSync(join(dir, 'index.html'))).digest('hex').slice(0, 12)
      const built = source.replace('= __FILES__', `= ${files}`).replace('invigil-__VERSION__', `invigil-${version}`)
      writeFileSync(join(dir, 'sw.js'), built)
    }
  }
}
