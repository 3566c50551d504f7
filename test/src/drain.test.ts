import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { createDrain } from '../../src/drain.ts'
import { LIMITS } from '../../src/limits.ts'
import { Connections, type Member } from '../../src/live/connections.ts'
import { freePort } from '../support/free-port.ts'
import { connect, JPEG, type Client } from '../support/gateway.ts'
import { program } from '../support/program.ts'

interface Server {
  readonly child: ChildProcess
  readonly url: string
  readonly databaseUrl: string
  readonly exited: Promise<unknown[]>
  post(path: string, body: object, token?: string): Promise<{ status: number, body: Record<string, unknown> }>
  ready(): Promise<{ status: number, body: Record<string, unknown> }>
}

/** The server as its command starts it, in its own process. */
async function start (t: Test, env: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const databaseUrl = `file:${join(t.testdir(), 'invigil.db')}`
  const child = spawn(process.execPath, [...program('src/cli/main'), 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      WORKERS: '1',
      DATABASE_URL: databaseUrl,
      MODELS_DIR: '../shared/models',
      OBJECT_MODEL: 'centernet',
      LOG_LEVEL: 'error',
      ...env
    }
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const exited = once(child, 'exit')
  const answer = async (response: Response) => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>
  })
  const ready: Server['ready'] = async () => await answer(await fetch(`${url}/health/ready`))
  for (let isUp = false; !isUp && child.exitCode === null;) {
    isUp = await ready().then(
      ({ status }) => status === 200,
      () => false
    )
    if (!isUp) await delay(100)
  }
  return {
    child,
    url,
    databaseUrl,
    exited,
    ready,
    post: async (path, body, token = '') =>
      await answer(
        await fetch(`${url}/api/v1${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) },
          body: JSON.stringify(body)
        })
      )
  }
}

interface Candidate {
  readonly userId: string
  readonly token: string
}

async function signUp ({ post }: Server, name: string): Promise<Candidate> {
  const { body } = await post('/auth/signup', {
    email: `${name}@example.org`,
    name,
    password: 'a long enough password'
  })
  return { userId: (body['user'] as { id: string }).id, token: body['accessToken'] as string }
}

/** Starts a session and opens its socket. */
async function enter (t: Test, server: Server, { userId, token }: Candidate): Promise<Client> {
  await server.post(`/exam/start/${userId}`, {}, token)
  const client = await connect(t, `${server.url.replace('http', 'ws')}/ws/${userId}?token=${token}`)
  await client.next('rate')
  return client
}

t.test(
  'after SIGTERM running sessions go on for a while, new ones are refused, and all events are stored',
  { timeout: 300_000 },
  async t => {
    const server = await start(t, { DRAIN_SECONDS: '3' })
    const [anna, ben, late] = [await signUp(server, 'anna'), await signUp(server, 'ben'), await signUp(server, 'late')]
    const clients = [await enter(t, server, anna), await enter(t, server, ben)]
    const atMs = performance.now()
    server.child.kill('SIGTERM')
    let ready = await server.ready()
    while (ready.status === 200) ready = await server.ready()
    t.match(ready, { status: 503, body: { code: 'INVIGIL_ERR_DRAINING', draining: true, admitting: false } })
    t.match(await server.post(`/exam/start/${late.userId}`, {}, late.token), {
      status: 503,
      body: { code: 'INVIGIL_ERR_DRAINING', details: { retryAfterSeconds: Number } }
    })
    t.equal((await server.post(`/exam/start/${anna.userId}`, {}, anna.token)).status, 200, 'who is in goes on')
    clients[0]!.send(JPEG)
    t.match(await clients[0]!.next('ack'), { seq: 1 })
    clients[0]!.send({ type: 'event', event: 'paste', at: Date.now() })
    for (const client of clients) t.match(await client.closed, { code: 1001 })
    const passedMs = performance.now() - atMs
    t.ok(passedMs >= 3000 && passedMs < 20_000, `closed after ${Math.round(passedMs)} ms`)
    t.same(await server.exited, [0, null])
    const db = await openDatabase({ url: server.databaseUrl })
    t.teardown(() => db.close())
    const session = await db.sessions.openByUser(anna.userId)
    const events = await db.events.listBySession(session!.id, { limit: 10 })
    // On a slow machine the rule about missing frames may report as well.
    t.match(events.filter(({ kind }) => kind !== 'no_frames'), [{ kind: 'paste' }])
    t.match(
      session,
      { state: 'active', riskScore: 2, eventCount: events.length },
      'its scores as well, and it is open for the next gateway'
    )
  }
)

t.test(
  'a second SIGTERM shuts down at once and in order; Ctrl-C does so immediately',
  { timeout: 300_000 },
  async t => {
    for (const second of ['SIGTERM', 'SIGINT'] as const) {
      const server = await start(t, { DRAIN_SECONDS: '3600' })
      const client = await enter(t, server, await signUp(server, second.toLowerCase()))
      server.child.kill('SIGTERM')
      while ((await server.ready()).status === 200);
      server.child.kill(second)
      t.match(await client.closed, { code: 1001 }, second)
      t.same(await server.exited, [0, null], second)
    }
  }
)

t.test('without DRAIN_SECONDS the shutdown begins at once', t => {
  const steps: string[] = []
  const drain = createDrain({
    drainMs: 0,
    admission: { drain: () => steps.push('drain') },
    sockets: {
      size: 1,
      closeAll: async () => {
        steps.push('close')
      }
    },
    log: { info: () => {} },
    end: () => {
      steps.push('end')
    }
  })
  drain.signal()
  drain.signal()
  t.same(steps, ['end'])
  t.end()
})

t.test('sockets are closed one after another, and a server that ends for another reason ends once', async t => {
  const steps: string[] = []
  const options = {
    admission: {
      drain: () => {
        steps.push('drain')
      }
    },
    sockets: {
      size: 1,
      closeAll: async () => {
        steps.push('close')
      }
    },
    log: { info: () => {} }
  }
  await new Promise<void>(resolve => createDrain({ ...options, drainMs: 20, end: resolve }).signal())
  t.same(steps, ['drain', 'close'])
  const drain = createDrain({
    ...options,
    drainMs: 20,
    end: () => {
      steps.push('end')
    }
  })
  drain.signal()
  drain.cancel()
  await delay(40)
  drain.signal()
  t.same(steps, ['drain', 'close', 'drain'])
})

t.test('a thousand sockets are closed evenly over the drain time', async t => {
  const sockets = new Connections(LIMITS, { error: () => {}, warn: () => {} })
  const closedMs: number[] = []
  const startedMs = performance.now()
  for (let count = 0; count < 1000; count++) {
    sockets.add({
      connection: {
        isOpen: true,
        beat: () => {},
        excuse: () => {},
        close: () => {
          closedMs.push(performance.now() - startedMs)
        }
      }
    } as unknown as Member)
  }
  await sockets.closeAll(1001, 400)
  t.equal(closedMs.length, 1000)
  t.ok(
    closedMs[500]! >= 150 && closedMs.at(-1)! >= 370,
    `half after ${Math.round(closedMs[500]!)} ms, all after ${Math.round(closedMs.at(-1)!)} ms`
  )
})
