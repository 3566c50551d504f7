import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './free-port.ts'
import { freeze } from './freeze.ts'

export interface RedisServer {
  readonly url: string
  /** Ends it at once; what it knew is gone, as nothing is written. */
  kill (): Promise<void>
  /** Makes it say nothing more while its connections stay, until `resume`. */
  freeze (): void
  resume (): void
  /** Brings it back, empty, on the same port. */
  restart (): Promise<void>
  stop (): Promise<void>
}

/** Why there is no Redis to test with, or false. With `CI=true` a missing one is an error: nothing is skipped there. */
export function redisMissing (): string | false {
  if (spawnSync('redis-server', ['--version']).status === 0) return false
  if (process.env['CI'] === 'true') throw new Error('redis-server is not installed (Debian: redis-server)')
  return 'redis-server is not installed (Debian: redis-server)'
}

const STARTED_MS_MAX = 20_000

/** Starts a Redis of its own on a free port of 127.0.0.1, in memory only. Stop it in a teardown. */
export async function startRedis (): Promise<RedisServer> {
  const port = await freePort()
  let server: ChildProcess | undefined

  const start = async (): Promise<void> => {
    const child = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      { stdio: 'ignore' }
    )
    server = child
    // A test that fails in the middle must not leave a server behind.
    const endWithUs = (): void => { child.kill('SIGKILL') }
    process.once('exit', endWithUs)
    child.once('exit', () => process.off('exit', endWithUs))
    for (const untilMs = Date.now() + STARTED_MS_MAX; !await listens(port);) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error('redis-server did not start')
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const kill = async (): Promise<void> => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    freeze: () => freeze(server),
    resume: () => { server?.kill('SIGCONT') },
    restart: start,
    stop: kill
  }
}

async function listens (port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
