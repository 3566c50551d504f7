import { readFileSync } from 'node:fs'
import t from 'tap'
import { DOCUMENTS, DRAWING, withTables } from '../scripts/docs.ts'

for (const file of DOCUMENTS) {
  t.test(`the tables in ${file} say what the code says (npm run docs)`, async t => {
    const text = readFileSync(file, 'utf8')
    t.match(text, '<!-- table:')
    t.equal(withTables(text), text)
  })
}

t.test('the drawing of limits shows what the tables say (npm run docs)', async t => {
  t.equal(DRAWING.content(), readFileSync(DRAWING.file, 'utf8'))
})
