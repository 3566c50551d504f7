import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { DOCUMENTS, DRAWING, withTables } from '../scripts/docs.ts'

for (const file of DOCUMENTS) {
  t.test(`the tables in ${file} are up to date (npm run docs)`, async t => {
    const text = readFileSync(file, 'utf8')
    t.match(text, '<!-- table:')
    t.equal(withTables(text), text)
  })
}

t.test('the drawing of limits is up to date (npm run docs)', async t => {
  t.equal(DRAWING.content(), readFileSync(DRAWING.file, 'utf8'))
})

t.test('every source file that a document names exists', async t => {
  const folders = ['bench', 'db', 'detection', 'docs', 'ops', 'scripts', 'src', 'test', 'web']
  const files = [...readdirSync('.'), ...folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => `${folder}/${file}`))]
  for (const document of files.filter(file => file.endsWith('.md'))) {
    const names = readFileSync(document, 'utf8').matchAll(/`([\w./-]+\.(?:ts|js))`/g)
    const missing = [...names].map(([, name]) => name!.replace(/^(\.\.?\/)+/, '')).filter(name =>
      // Capitals are placeholders, as in `src/routes/NAME/index.ts`.
      !/\b(NAME|ROLE)\b/.test(name) && !files.some(file => `/${file}`.endsWith(`/${name}`)))
    t.same(missing, [], document)
  }
})
