import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { freePort } from './free-port.ts'
import { freeze } from './freeze.ts'
import { copyTemplate } from './template.ts'

export interface Mariadb {
  /** `mysql://…` of an empty database. */
  readonly url: string
  /** Makes one more empty database on the same server. */
  createDatabase (name: string): Promise<string>
  /** Ends the server at once, as a power cut would. */
  kill (): Promise<void>
  /** Makes it say nothing more while its connections stay, until `resume`. */
  freeze (): void
  resume (): void
  /** Brings it back on the same port with the same data. */
  restart (): Promise<void>
  /** Ends the server and removes its folder. */
  stop (): Promise<void>
}

/**
 * Why there is no MariaDB to test with, or false. With `CI=true` a missing one is an error: nothing is skipped there.
 */
export function mariadbMissing (): string | false {
  const present =
    spawnSync('mariadbd', ['--version']).status === 0 && spawnSync('which', ['mariadb-install-db']).status === 0
  if (present) return false
  if (process.env['CI'] === 'true') throw new Error('mariadbd is not installed (Debian: mariadb-server)')
  return 'mariadbd is not installed (Debian: mariadb-server)'
}

const STARTED_MS_MAX = 60_000
const LOG_FILE_SIZE = '--innodb-log-file-size=32M'

/** Starts a MariaDB of its own in a temporary folder on a free port of 127.0.0.1. Stop it in a teardown. */
export async function startMariadb (): Promise<Mariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'invigil-mariadb-'))
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const data = join(folder, 'data')
  const version = spawnSync('mariadbd', ['--version'], { encoding: 'utf8' }).stdout.replace(/[^\w.]+/g, '-')
  await copyTemplate(`${version}-${process.getuid?.() ?? ''}`, data, async datadir => {
    const install = spawn('mariadb-install-db', [
      '--no-defaults', `--datadir=${datadir}`, '--auth-root-authentication-method=normal', '--skip-test-db',
      LOG_FILE_SIZE, ...user
    ], { stdio: 'ignore' })
    const [status] = await once(install, 'exit')
    if (status !== 0) throw new Error(`mariadb-install-db ended with ${status}`)
  })

  const port = await freePort()
  const root = { host: '127.0.0.1', port, user: 'root' }
  let server: ReturnType<typeof spawn> | undefined

  const start = async () => {
    const child = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${join(folder, 'socket')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--pid-file=${join(folder, 'pid')}`,
        '--innodb-buffer-pool-size=64M',
        LOG_FILE_SIZE,
        '--performance-schema=OFF',
        // A server far from UTC with latin1 as its default: neither may change a result.
        '--default-time-zone=+05:45',
        '--character-set-server=latin1',
        ...user
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] }
    )
    server = child
    // A test that fails in the middle must not leave a server behind.
    const endWithUs = () => { child.kill('SIGKILL') }
    process.once('exit', endWithUs)
    child.once('exit', () => process.off('exit', endWithUs))
    let log = ''
    child.stderr.on('data', chunk => { log = (log + String(chunk)).slice(-4000) })
    const untilMs = Date.now() + STARTED_MS_MAX
    for (;;) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`mariadbd did not start: ${log}`)
      try {
        await (await createConnection(root)).end()
        return
      } catch {
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  const createDatabase = async (name: string) => {
    const connection = await createConnection(root)
    await connection.query(`CREATE DATABASE \`${name}\``)
    await connection.end()
    return `mysql://root@127.0.0.1:${port}/${name}`
  }
  const stop = async () => {
    await end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }

  try {
    await start()
    return {
      url: await createDatabase('invigil'),
      createDatabase,
      kill: () => end('SIGKILL'),
      freeze: () => freeze(server),
      resume: () => {
        server?.kill('SIGCONT')
      },
      restart: start,
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}
