/** What a first visit loads, compressed as it is sent, measured on the built pages. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'

interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
}

const ROOT = 'dist/web'
const MANIFEST = join(ROOT, '.vite/manifest.json')
const KB = 1000
/** The frame for everyone who is logged in, with a candidate's list of exams. */
const INSIDE = 'src/app/inside.tsx'

/** Script that must be there before a page works, in bytes of brotli: the named chunks and all that they import. */
function scriptBytes (manifest: Readonly<Record<string, Chunk>>, names: readonly string[]): number {
  const files = new Set<string>()
  const collect = (name: string): void => {
    const { file, imports = [] } = manifest[name]!
    if (files.has(file)) return
    files.add(file)
    imports.forEach(collect)
  }
  names.forEach(collect)
  return [...files].reduce((sum, file) => sum + brotliCompressSync(readFileSync(join(ROOT, file))).length, 0)
}

const skip = existsSync(MANIFEST) || process.env['CI'] === 'true' ? false : 'the pages are not built: npm run build'

t.test('a first visit stays within its budget', { skip }, async t => {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Readonly<Record<string, Chunk>>
  const cases = [
    { page: 'login', names: ['index.html'], max: 115 * KB },
    { page: 'the exams', names: ['index.html', INSIDE], max: 135 * KB },
    { page: 'a running exam', names: ['index.html', INSIDE, 'src/candidate/attempt-room.tsx'], max: 160 * KB },
    { page: 'practice', names: ['index.html', INSIDE, 'src/candidate/practice.tsx'], max: 160 * KB },
    { page: 'the console', names: ['index.html', INSIDE, 'src/proctor/console.tsx'], max: 350 * KB }
  ]
  for (const { page, names, max } of cases) {
    const bytes = scriptBytes(manifest, names)
    t.ok(bytes <= max, `${page}: ${bytes} of ${max} bytes`)
  }
})

t.test('a first visit needs few round trips, and everything is compressed by the build', { skip }, async t => {
  const page = readFileSync(join(ROOT, 'index.html'), 'utf8')
  const files = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file]) => file!)
  t.ok(files.length > 0 && files.length <= 6, `${files.length} files, which a browser asks for at once`)
  const texts = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(name => /\.(js|css|html)$/.test(name))
  for (const name of texts) {
    const file = join(ROOT, name)
    const bytes = readFileSync(file)
    const isSame = brotliDecompressSync(readFileSync(`${file}.br`)).equals(bytes) &&
      gunzipSync(readFileSync(`${file}.gz`)).equals(bytes)
    if (!isSame) t.fail(`${name} is compressed as it was before`)
  }
  t.ok(texts.length > 50, `${texts.length} files are compressed`)
})
