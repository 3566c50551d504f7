/** A start that cannot succeed ends within seconds and says in one sentence what to do. */
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { databaseUrlOf, loadConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { startServer } from '../../src/server.ts'
import { SERVERS } from '../support/servers.ts'

async function refusal (env: Readonly<Record<string, string>>): Promise<string> {
  try {
    const config = loadConfig({
      PORT: '0',
      HOST: '127.0.0.1',
      WORKERS: '1',
      MODELS_DIR: '../shared/models',
      OBJECT_MODEL: 'centernet',
      LOG_LEVEL: 'silent',
      ...env
    })
    const server = await startServer(config, createLog(config))
    await server.close()
    return 'it started'
  } catch (error) {
    // The command prints one sentence for errors with a code or about the configuration; other errors have a stack.
    const { name, code, message } = error as Error & { readonly code?: string }
    return name === 'ConfigError' || code !== undefined ? message : `a stack: ${message}`
  }
}

const isRoot = process.getuid?.() === 0

await t.test('a data folder that is not a folder', async t => {
  const folder = t.testdir({ file: 'not a folder' })
  t.match(
    await refusal({ DATA_DIR: '/proc/x' }),
    /^The folder \/proc\/x cannot be used: nothing can be made at this place.*DATA_DIR/
  )
  t.match(await refusal({ DATA_DIR: '/proc/x/y/z' }), /^The folder \/proc\/x\/y\/z cannot be used/)
  t.match(await refusal({ DATA_DIR: join(folder, 'file') }), /a part of the path is a file/)
  t.match(await refusal({ DATA_DIR: join(folder, 'file', 'below') }), /a part of the path is a file/)
  t.match(await refusal({ DATA_DIR: '/sys/x' }), /^The folder \/sys\/x cannot be used/)
  t.match(await refusal({ DATA_DIR: join(folder, 'x'.repeat(300)) }), /the path is too long/)
  const db = await openDatabase({ url: `file:${join(folder, 'a', 'b', 'c', 'x.db')}` })
  await db.close()
})

await t.test(
  'a folder that this user may not write to',
  { skip: isRoot ? 'root may write anywhere' : false },
  async t => {
    const folder = join(t.testdir(), 'mine')
    await mkdir(folder)
    await chmod(folder, 0o500)
    t.match(await refusal({ DATA_DIR: folder }), /this user may not write there/)
  }
)

await t.test(
  'a disk that is full, or read-only',
  { skip: isRoot ? false : 'only root can mount a small disk' },
  async t => {
    // Not the test's folder, which is removed before the disk is unmounted.
    const base = await mkdtemp(join(tmpdir(), 'invigil-disk-'))
    const folder = join(base, 'disk')
    await mkdir(folder)
    if (!mounts(t, folder)) return
    // An existing database, and then a full disk.
    await (await openDatabase({ url: `file:${folder}/invigil.db` })).close()
    fill(folder)
    t.match(await refusal({ DATA_DIR: folder, JWT_SECRET: 's'.repeat(40), FACE_KEY: '5e'.repeat(32) }), /disk.*is full/)
    const fixed = join(base, 'fixed')
    await mkdir(fixed)
    if (mounts(t, fixed, 'ro')) t.match(await refusal({ DATA_DIR: join(fixed, 'new') }), /the file system is read-only/)
  }
)

await t.test('a file that is not a database', async t => {
  const folder = t.testdir()
  await writeFile(join(folder, 'invigil.db'), 'no database '.repeat(1000))
  t.match(await refusal({ DATA_DIR: folder }), /damaged or is no database.*backup/)
})

await t.test('invalid addresses', async t => {
  const DATA_DIR = t.testdir()
  t.match(await refusal({ DATA_DIR, HOST: '192.0.2.77' }), /^HOST=192\.0\.2\.77 is no address of this machine/)
  t.match(await refusal({ DATA_DIR, DATABASE_URL: 'mysql://u:p@ss word:x@127.0.0.1:port/x' }), /DATABASE_URL/)
  for (const value of ['*', '0.0.0.0/0', '10.0.0.0/33', 'proxy.example.org', '::/0', '10.0.0.1/']) {
    t.match(await refusal({ DATA_DIR, TRUST_PROXY: value }), /TRUST_PROXY must hold addresses/, value)
  }
  for (const value of ['loopback', '10.0.0.0/8, 127.0.0.1', '::1', 'fd00::/8']) {
    t.same(loadConfig({ TRUST_PROXY: value }).trustProxy, value.split(', '), value)
  }
})

for (const { name, missing, start } of SERVERS) {
  await t.test(`a ${name} that refuses the connection`, { skip: missing() }, async t => {
    const server = await start()
    t.teardown(() => server.stop())
    const DATA_DIR = t.testdir()
    t.match(
      await refusal({ DATA_DIR, DATABASE_URL: server.url.replace(/invigil$/, 'nothing') }),
      /no database of the name in DATABASE_URL/
    )
    const refused = await refusal({ DATA_DIR, DATABASE_URL: server.url.replace(/(root|invigil)@/, 'nobody:hush@') })
    t.match(refused, /refuses the user in DATABASE_URL/)
    t.notMatch(refused, /hush/)
    t.equal(databaseUrlOf({ databaseUrl: '', dataDir: 'x' }), 'file:x/invigil.db')
  })
}

/** Mounts a disk of 1 MB; false if this machine does not allow it. */
function mounts (t: Test, folder: string, option = 'rw'): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=1m,${option}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    t.comment('this machine mounts nothing: not tried')
    return false
  }
  t.teardown(() => { execFileSync('umount', ['-l', folder]) })
  return true
}

function fill (folder: string): void {
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${join(folder, 'filler')}`, 'bs=4k'], { stdio: 'ignore' })
  } catch {
    // Write until the disk is full.
  }
}
