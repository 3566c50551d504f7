import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import newman, { type NewmanRunSummary } from 'newman'
import t, { type Test } from 'tap'
import { openDatabase, type Database } from '../../db/index.ts'
import { analysis, build, PASSWORD, person } from '../support/app.ts'
import { mariadbMissing, startMariadb } from '../support/mariadb.ts'
import { startServer } from '../support/server.ts'

interface Item {
  readonly name: string
  readonly item?: readonly Item[]
  readonly event?: ReadonlyArray<{ readonly listen: string, readonly script: { readonly exec: readonly string[] } }>
  readonly request?: { readonly method: string, readonly url: { readonly path: readonly string[] } }
}

const COLLECTION = 'postman/Invigil.postman_collection.json'
const ENVIRONMENT = 'postman/Invigil.postman_environment.json'

const collection = JSON.parse(await readFile(COLLECTION, 'utf8')) as { readonly item: readonly Item[] }
const requests = collection.item.flatMap(folder => folder.item ?? [])

/** Converts `/exam/start/{{userId}}` and `/sessions/0000…` to the path of the route. */
const shape = (parts: readonly string[]): string =>
  '/' + parts.map(part => (/^(:|{{|[0-9a-f]{8}-)/.test(part) ? ':id' : part)).join('/')

t.test('the collection has a request for every REST route and no other requests', async t => {
  const app = await build(t)
  const routes = app.accessTable
    .filter(({ method, url, websocket }) => url.startsWith('/api/v1') && method !== 'HEAD' && !websocket)
    .map(({ method, url }) => `${method} ${shape(url.split('/').slice(1))}`)
  const requested = requests.map(({ request }) => `${request!.method} ${shape(request!.url.path)}`)
  t.same([...new Set(requested)].sort(), [...new Set(routes)].sort())
  for (const { name, event } of requests) {
    t.ok(
      event?.some(({ listen, script }) => listen === 'test' && script.exec.join().includes('pm.test')),
      `${name} tests its answer`
    )
  }
})

/** Runs the whole collection against the test's own server on that database. */
async function runCollection (t: Test, db: Database): Promise<void> {
  const app = await build(t, {
    db,
    pool: { analyzeStill: async () => analysis({ faces: [], persons: 0 }) }
  })
  const admin = await person(app, 'admin')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const variables = {
    baseUrl: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    adminEmail: admin.user.email,
    adminPassword: PASSWORD
  }
  const summary = await new Promise<NewmanRunSummary>((resolve, reject) => {
    newman.run({
      collection: COLLECTION,
      environment: ENVIRONMENT,
      envVar: Object.entries(variables).map(([key, value]) => ({ key, value })),
      reporters: []
    }, (error, done) => error === null ? resolve(done) : reject(error))
  })
  t.same(summary.run.failures.map(({ source, error }) => `${source?.name}: ${error.message}`), [])
  t.equal(summary.run.stats.requests.total, requests.length)
}

// On SQLite it runs against the started server below.
t.test('the collection runs from its first request to its last on MariaDB', { skip: mariadbMissing() }, async t => {
  const mariadb = await startMariadb()
  t.teardown(() => mariadb.stop())
  const db = await openDatabase({ url: mariadb.url })
  t.teardown(() => db.close())
  await runCollection(t, db)
})

t.test('npm run postman passes against a started server with its real models', async t => {
  const server = await startServer()
  t.teardown(server.stop)
  await server.invigil('user', 'add', '--role', 'admin', '--password', PASSWORD, 'admin@example.org')
  const child = spawn(process.execPath, ['postman/run.js'], {
    env: { ...server.env, BASE_URL: server.url, ADMIN_EMAIL: 'admin@example.org', ADMIN_PASSWORD: PASSWORD },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let said = ''
  child.stdout.on('data', chunk => { said += String(chunk) })
  child.stderr.on('data', chunk => { said += String(chunk) })
  const [code] = await once(child, 'close') as [number]
  t.equal(code, 0, said.slice(-2000))
})
