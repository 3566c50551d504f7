import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import newman, { type NewmanRunSummary } from 'newman'
import t from 'tap'
import { analysis, build, PASSWORD, person } from '../support/app.ts'

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

/** `/exam/start/{{userId}}` and `/sessions/0000…` as the route names them. */
const shape = (parts: readonly string[]): string => '/' + parts.map(part => /^(:|{{|[0-9a-f]{8}-)/.test(part) ? ':id' : part).join('/')

t.test('every REST route is in the collection, and every request is one of a route', async t => {
  const app = await build(t)
  const routes = app.accessTable
    .filter(({ method, url, websocket }) => url.startsWith('/api/v1') && method !== 'HEAD' && !websocket)
    .map(({ method, url }) => `${method} ${shape(url.split('/').slice(1))}`)
  const asked = requests.map(({ request }) => `${request!.method} ${shape(request!.url.path)}`)
  t.same([...new Set(asked)].sort(), [...new Set(routes)].sort())
  for (const { name, event } of requests) t.ok(event?.some(({ listen, script }) => listen === 'test' && script.exec.join().includes('pm.test')), `${name} tests its answer`)
})

t.test('the collection runs from its first request to its last', async t => {
  const app = await build(t, {
    pool: { analyzeStill: async () => analysis({ faces: [], persons: 0 }) }
  })
  const admin = await person(app, 'admin')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const variables = { baseUrl: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, adminEmail: admin.user.email, adminPassword: PASSWORD }
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
})
