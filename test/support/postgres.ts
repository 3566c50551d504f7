import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { freePort } from './free-port.ts'
import { freeze } from './freeze.ts'
import type { Mariadb } from './mariadb.ts'
import { copyTemplate } from './template.ts'

/** The same as of a MariaDB; the url is `postgres://…`. */
export type Postgres = Mariadb

/** Debian keeps the server's programs outside PATH. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(':'),
  ...[18, 17, 16, 15, 14].map(version => `/usr/lib/postgresql/${version}/bin`)
]

function program (name: string): string | undefined {
  return FOLDERS.map(folder => join(folder, name)).find(path => existsSync(path))
}

/**
 * Why there is no PostgreSQL to test with, or false. With `CI=true` a missing one is an error: nothing is skipped
 * there.
 */
export function postgresMissing (): string | false {
  if (program('postgres') !== undefined && program('initdb') !== undefined) return false
  if (process.env['CI'] === 'true') throw new Error('postgres is not installed (Debian: postgresql)')
  return 'postgres is not installed (Debian: postgresql)'
}

const STARTED_MS_MAX = 60_000

/** PostgreSQL refuses to run as root: it then runs as the user that its package made, or as `nobody`. */
function owner (): { readonly uid: number, readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map(flag => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error('there is no user postgres or nobody to run PostgreSQL as')
}

type Owner = NonNullable<ReturnType<typeof owner>>

/** Makes the data folder of a server that trusts its clients. */
async function initialize (datadir: string, user: Owner | undefined): Promise<void> {
  const folder = dirname(datadir)
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const init = spawn(
    program('initdb')!,
    [
      '-D', datadir, '-A', 'trust', '-U', 'invigil', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8',
      // Sorts and compares as people do, which may change no result here.
      '--locale-provider=icu', '--icu-locale=en-US'
    ],
    { cwd: folder, ...user, stdio: ['ignore', 'ignore', 'pipe'] }
  )
  let log = ''
  init.stderr.on('data', chunk => { log += String(chunk) })
  const [status] = await once(init, 'exit')
  if (status !== 0) throw new Error(`initdb ended with ${status}: ${log}`)
}

/** Starts a PostgreSQL of its own in a temporary folder on a free port of 127.0.0.1. Stop it in a teardown. */
export async function startPostgres (): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'invigil-postgres-'))
  const user = owner()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, ...user }
  const version = spawnSync(program('postgres')!, ['--version'], { encoding: 'utf8' }).stdout.replace(/[^\w.]+/g, '-')
  await copyTemplate(`${version}-${user?.uid ?? process.getuid?.() ?? ''}`, data, async datadir => {
    await initialize(datadir, user)
  })

  const port = await freePort()
  const urlOf = (name: string): string => `postgres://invigil@127.0.0.1:${port}/${name}`
  let server: ChildProcess | undefined

  const start = async () => {
    const child = spawn(
      program('postgres')!,
      [
        '-D', data, '-p', String(port), '-k', folder,
        '-c', 'listen_addresses=127.0.0.1',
        '-c', 'fsync=off',
        '-c', 'shared_buffers=32MB',
        '-c', 'timezone=Asia/Kathmandu',
        '-c', 'datestyle=SQL,DMY',
        '-c', 'default_transaction_isolation=serializable'
      ],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] }
    )
    server = child
    // A test that fails in the middle must not leave a server behind.
    const endWithUs = () => { killAll(child) }
    process.once('exit', endWithUs)
    child.once('exit', () => process.off('exit', endWithUs))
    let log = ''
    child.stderr.on('data', chunk => { log = (log + String(chunk)).slice(-4000) })
    const untilMs = Date.now() + STARTED_MS_MAX
    for (;;) {
      if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`postgres did not start: ${log}`)
      try {
        await run(urlOf('postgres'), 'SELECT 1')
        return
      } catch {
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
  }
  const kill = async () => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    killAll(child)
    await once(child, 'exit')
  }
  const createDatabase = async (name: string) => {
    await run(urlOf('postgres'), `CREATE DATABASE "${name}"`)
    return urlOf(name)
  }
  const stop = async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    await start()
    return {
      url: await createDatabase('invigil'),
      createDatabase,
      kill,
      freeze: () => {
        freeze(server)
        for (const pid of childrenOf(server)) process.kill(pid, 'SIGSTOP')
      },
      resume: () => {
        for (const pid of childrenOf(server)) process.kill(pid, 'SIGCONT')
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

async function run (url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** Each connection of PostgreSQL is a process of its own, in a process group of its own. */
function childrenOf (child: ChildProcess | undefined): number[] {
  if (child?.pid === undefined) return []
  const tasks = `/proc/${child.pid}/task`
  return readdirSync(tasks).flatMap(task =>
    readFileSync(`${tasks}/${task}/children`, 'utf8').trim().split(' ').filter(pid => pid !== '').map(Number)
  )
}

/** Ends the server and its connections at once; it is stopped first, so that it starts no more of them. */
function killAll (child: ChildProcess): void {
  freeze(child)
  const children = childrenOf(child)
  child.kill('SIGKILL')
  for (const pid of children) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
