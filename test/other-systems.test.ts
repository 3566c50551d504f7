import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { EVENT_KINDS } from '../detection/types.ts'
import { build } from './support/app.ts'

const TEXT = readFileSync('docs/from-other-systems.md', 'utf8')
const SOURCES = '../shared/sources'
const missing = existsSync(SOURCES) ? false : 'the documents of the other systems are not here'
if (missing !== false && process.env['CI'] === 'true') throw new Error(missing)

t.test('every endpoint and event name of the other systems is listed', { skip: missing }, async t => {
  for (const file of readdirSync(SOURCES)) {
    const source = readFileSync(`${SOURCES}/${file}`, 'utf8')
    const endpoints = [...source.matchAll(/`?(?:GET|POST|PUT|PATCH|DELETE)`?(?: \||) `?(\/[^\s`]*)/g)].map(
      match => match[1]!
    )
    const sockets = [...source.matchAll(/ws:\/\/localhost:\d+([^\s`?]+)/g)].map(match => match[1]!)
    const events = [...source.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)]
      .map(match => match[1]!)
      .filter(name => /FACE|AWAY|SWITCH|FRAME|IMAGE/.test(name))
    for (const name of new Set([...endpoints, ...sockets, ...events])) t.ok(TEXT.includes(name), `${file}: ${name}`)
  }
})

t.test('every listed route and kind of Invigil exists', async t => {
  const app = await build(t)
  const routes = new Set(app.accessTable.flatMap(({ method, url }) => method.split(',').map(verb => `${verb} ${url}`)))
  const cells = TEXT.split('\n').filter(line => line.startsWith('| ')).map(line => line.split(' | ')[1] ?? '')
  for (const [, method, path] of cells.join(' ').matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`?]*)/g)) {
    t.ok(routes.has(`${method} ${path}`) || routes.has(`${method} /api/v1${path}`), `${method} ${path}`)
  }
  const names = [...TEXT.slice(TEXT.indexOf('## Names of events')).matchAll(/`([a-z]+_[a-z_]+)`/g)].map(
    match => match[1]!
  )
  for (const kind of new Set(names)) if (kind !== 'x_') t.ok((EVENT_KINDS as readonly string[]).includes(kind), kind)
})
