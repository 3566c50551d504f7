import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { API_TYPES, apiTypes } from '../../scripts/api-types.ts'
import { OPERATION_IDS } from '../../src/plugins/operation-ids.ts'
import { build } from '../support/app.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<string, { readonly description?: string, readonly content?: Readonly<Record<string, unknown>> }>
  >
  readonly security?: ReadonlyArray<Record<string, unknown>>
}
interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>
}
interface Document {
  readonly tags: ReadonlyArray<{ readonly name: string }>
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** Whether it contains an example at any depth. */
const hasExample = (part: unknown): boolean => /"examples?":/.test(JSON.stringify(part))

t.test('every route has a summary, a known tag, an example and its refusals', async t => {
  const app = await build(t)
  const document = (await app.inject('/docs/json')).json() as Document
  const tags = new Set(document.tags.map(({ name }) => name))
  const described = new Set<string>()
  const names = new Set<string>()
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const route = `${method.toUpperCase()} ${path}`
      described.add(route.replaceAll(/\{(\w+)\}/g, ':$1').replace(/\/$/, ''))
      t.match(operation.operationId, /^[a-z][A-Za-z]+$/, `${route} has a name: add it to src/plugins/operation-ids.ts`)
      t.notOk(names.has(operation.operationId ?? ''), `${route} has a name of its own`)
      names.add(operation.operationId ?? '')
      t.ok(Array.isArray(operation.security), `${route} says whether it wants a token`)
      t.ok((operation.summary ?? '').length > 5, `${route} has a summary`)
      t.ok(
        operation.tags?.every(tag => tags.has(tag)) === true && operation.tags.length === 1,
        `${route} has a known tag`
      )
      // The example is in the JSON schema; the form describes the file.
      const bodies = Object.values(operation.requestBody?.content ?? {})
      const isEmpty = bodies.every(({ schema }) => Object.keys(schema.properties ?? {}).length === 0)
      t.ok(isEmpty || bodies.some(hasExample), `${route} shows what to send`)
      const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
      t.ok(good.length > 0, `${route} says what it answers`)
      const refused = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400)
      const statuses = refused.map(([status]) => status)
      const wanted =
        operation.security?.length === 0 ? ['400', '429', '500'] : ['400', '401', '403', '429', '500', '503']
      t.same(
        wanted.filter(status => !statuses.includes(status)),
        [],
        `${route} names its refusals`
      )
      for (const [status, { description, content }] of refused) {
        t.ok(/INVIGIL_ERR_/.test(`${description} ${JSON.stringify(content)}`), `${route} ${status} names its codes`)
      }
    }
  }
  const routes = app.accessTable
    .filter(({ method, url, websocket }) => url.startsWith('/api/v1') && method !== 'HEAD' && !websocket)
    .map(({ method, url }) => `${method} ${url}`)
  t.same(
    routes.filter(route => !described.has(route)),
    [],
    'every route is described'
  )
  t.same(
    Object.values(OPERATION_IDS).filter(name => !names.has(name)),
    [],
    'no name is left over'
  )
})

t.test('Redocly finds no error and no warning in the document', { timeout: 120_000 }, async t => {
  const app = await build(t)
  const file = join(t.testdir(), 'openapi.json')
  await writeFile(file, (await app.inject('/docs/json')).body)
  const run = promisify(execFile)
  const env = { ...process.env, NODE_OPTIONS: '', REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const { stdout } = await run(
    process.execPath,
    ['node_modules/@redocly/cli/bin/cli.js', 'lint', file, '--extends=recommended', '--format=json'],
    { env, maxBuffer: 64 * 1024 * 1024 }
  ).catch((error: { readonly stdout: string }) => error)
  const { problems, totals } = JSON.parse(stdout) as {
    problems: ReadonlyArray<{ ruleId: string, message: string }>
    totals: { errors: number, warnings: number }
  }
  t.same(
    problems.slice(0, 10).map(({ ruleId, message }) => `${ruleId}: ${message}`),
    []
  )
  t.match(totals, { errors: 0, warnings: 0 })
})

t.test('the types of the web application say what the API document says (npm run api:types)', async t => {
  const app = await build(t)
  t.equal(readFileSync(API_TYPES, 'utf8'), await apiTypes((await app.inject('/docs/json')).json()))
})
