import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { freePort } from '../../support/free-port.ts'
import { runCli, skipWithoutBuild } from '../../support/run-cli.ts'
import { until } from '../../support/until.ts'

const modes = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map(name => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)])
  )

/** A data folder that other users may enter, like a Docker volume or a systemd StateDirectory. */
function openFolder (folder: string): string {
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  chmodSync(dataDir, 0o755)
  return dataDir
}

t.test('files that commands create are readable by their user only, with any umask', { skip: skipWithoutBuild }, async t => {
  const dataDir = openFolder(t.testdir())
  const before = process.umask(0o022)
  t.teardown(() => {
    process.umask(before)
  })
  t.match(await runCli(['user', 'add', 'ann@example.org'], { env: { DATA_DIR: dataDir, DATABASE_URL: '' } }), {
    code: 0,
    stderr: ''
  })
  const found = modes(dataDir)
  t.ok('invigil.db' in found)
  for (const [name, mode] of Object.entries(found)) t.equal(mode, '600', name)
})

t.test(
  'commands and the server remove other users\' access to files of an older version',
  { skip: skipWithoutBuild, timeout: 240_000 },
  async t => {
    const dataDir = openFolder(t.testdir())
    const url = `file:${join(dataDir, 'invigil.db')}`
    const widen = async (): Promise<void> => {
      await (await openDatabase({ url })).close()
      for (const name of ['invigil.db-wal', 'invigil.db-shm', 'face.key', 'jwt.secret']) {
        // Not truncated: this process may still have one mapped.
        if (!existsSync(join(dataDir, name))) {
          writeFileSync(join(dataDir, name), name.startsWith('invigil') ? '' : `${'5e'.repeat(32)}\n`)
        }
      }
      for (const name of readdirSync(dataDir)) chmodSync(join(dataDir, name), 0o644)
    }
    await widen()
    t.match(await runCli(['user', 'list'], { env: { DATA_DIR: dataDir, DATABASE_URL: '' } }), { code: 0 })
    for (const [name, mode] of Object.entries(modes(dataDir))) t.equal(mode, '600', `${name}, by a command`)

    await widen()
    // The files exist once the server listens; loading the models may take much longer.
    const port = await freePort()
    const server = spawn(process.execPath, ['dist/src/cli/main.js', 'serve'], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        DATA_DIR: dataDir,
        DATABASE_URL: '',
        HOST: '127.0.0.1',
        PORT: String(port),
        WORKERS: '1',
        OBJECT_MODEL: 'centernet'
      },
      stdio: 'ignore'
    })
    t.teardown(async () => {
      server.kill('SIGKILL')
      await once(server, 'exit')
    })
    await until(
      async () =>
        await fetch(`http://127.0.0.1:${port}/health/live`).then(
          answer => answer.ok,
          () => false
        ),
      170_000
    )
    const found = modes(dataDir)
    t.ok('invigil.db-wal' in found, 'while it runs')
    for (const [name, mode] of Object.entries(found)) t.equal(mode, '600', `${name}, by the server`)
  }
)
