import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { databaseUrlOf, loadConfig } from '../../src/config.ts'
import { JWT_SECRET_FILE } from '../../src/secrets/jwt-secret.ts'
import { createLog } from '../../src/log.ts'
import { startServer } from '../../src/server.ts'

const MODELS_DIR = '../shared/models'

/** A configuration with the test's own folders, and a log that the test can read. */
function setUp (t: Test, env: Readonly<Record<string, string>> = {}) {
  const config = loadConfig({
    PORT: '0',
    HOST: '127.0.0.1',
    WORKERS: '1',
    DATA_DIR: join(t.testdir(), 'data'),
    MODELS_DIR,
    OBJECT_MODEL: 'centernet',
    ...env
  })
  const lines: string[] = []
  return {
    config,
    lines,
    log: createLog(config, {
      write: line => {
        lines.push((JSON.parse(line) as { msg: string }).msg)
      }
    })
  }
}

t.test(
  'the server starts with an empty folder, prints its address, and shuts down in order',
  { timeout: 90_000 },
  async t => {
    const { config, lines, log } = setUp(t)
    const listeners = (): number[] =>
      ['SIGINT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE'].map(signal => process.listenerCount(signal))
    const before = listeners()
    const server = await startServer(config, log)
    t.teardown(server.close)
    t.same(listeners().map((count, at) => count - before[at]!), [1, 0, 0, 0, 0], 'a fault in native code ends the process')
    t.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    t.match(await (await fetch(`${server.url}/health/ready`)).json(), { status: 'ready', workers: { ready: 1 } })
    const said = lines.join('\n')
    for (const line of [
      /^address +http/m,
      /^database +SQLite/m,
      /^workers +1 of 1/m,
      /^detectors +.*objects: centernet/m,
      /^log in +.*invigil -- user add --role admin/m
    ]) { t.match(said, line) }
    t.ok(said.split('\n').length < 12, 'in a few lines')
    const secret = join(config.dataDir, JWT_SECRET_FILE)
    t.equal(statSync(secret).mode & 0o777, 0o600, 'the secret is readable by its owner only')
    t.notOk(said.includes(readFileSync(secret, 'utf8').trim()))
    t.ok(existsSync(databaseUrlOf(config).slice('file:'.length)))
    await server.close()
    await t.rejects(fetch(`${server.url}/health/live`))
  }
)

t.test('a client that never finishes its request does not delay the shutdown', { timeout: 90_000 }, async t => {
  const { config, lines, log } = setUp(t)
  const server = await startServer(config, log)
  t.teardown(server.close)
  const peer = connect(Number(new URL(server.url).port), '127.0.0.1')
  t.teardown(() => { peer.destroy() })
  peer.on('error', () => {})
  peer.write(
    'POST /api/v1/auth/login/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{'
  )
  t.match(await (await fetch(`${server.url}/health/live`)).json(), { status: 'ok' })
  const ended = once(peer, 'close')
  const startedMs = performance.now()
  await server.close()
  await ended
  t.ok(performance.now() - startedMs < 8000, 'within the time that an orderly end has')
  t.notOk(lines.some(line => line.includes('shutdown failed')))
})

t.test('an occupied port and an unreachable database stop the start with a message that says what to do', { timeout: 90_000 }, async t => {
  const occupied = createServer().listen(0, '127.0.0.1')
  await once(occupied, 'listening')
  t.teardown(() => { occupied.close() })
  const onPort = setUp(t, { PORT: String((occupied.address() as AddressInfo).port) })
  await t.rejects(startServer(onPort.config, onPort.log), { code: 'EADDRINUSE', message: /taken.*PORT/ })
  const noDatabase = setUp(t, { DATABASE_URL: 'mysql://someone:hush@127.0.0.1:1/none' })
  await t.rejects(startServer(noDatabase.config, noDatabase.log), { message: /DATABASE_URL/ })
  t.notMatch(noDatabase.lines.join(), /hush/)

  const inUse = setUp(t)
  const exclusive = await openDatabase({ url: databaseUrlOf(inUse.config), exclusive: true })
  t.teardown(() => exclusive.close())
  await t.rejects(startServer(inUse.config, inUse.log), { code: 'unavailable', message: /Another server.*DATA_DIR/ })
})
