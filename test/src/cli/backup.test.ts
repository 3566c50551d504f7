import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { runCli, skipWithoutBuild } from '../../support/run-cli.ts'

/** The commands of docs/deployment.md, as an operator copies them. */
const documented = (what: 'backup' | 'restore'): string => {
  const found = new RegExp(`<!-- tested: ${what} -->\\n\`\`\`sh\\n([^]*?)\`\`\``).exec(
    readFileSync('docs/deployment.md', 'utf8')
  )?.[1]
  if (found === undefined) throw new Error(`docs/deployment.md names no commands for: ${what}`)
  return found
}

/** A folder with the command `invigil`, as `npm install --global` makes it. */
function workplace (folder: string) {
  mkdirSync(join(folder, 'bin'))
  writeFileSync(
    join(folder, 'bin', 'invigil'),
    `#!/bin/sh\nexec "${process.execPath}" "${resolve('dist/src/cli/main.js')}" "$@"\n`,
    { mode: 0o755 }
  )
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    DATA_DIR: 'data',
    DATABASE_URL: '',
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`
  }
  return (script: string) => spawnSync('sh', ['-ec', script], { cwd: folder, env, encoding: 'utf8' })
}

const KEYS = ['face.key', 'jwt.secret', 'media.key']

t.test(
  'the documented commands back up a database in use with its keys, and restore it',
  { skip: skipWithoutBuild, timeout: 240_000 },
  async t => {
    const folder = t.testdir()
    const data = join(folder, 'data')
    const url = `file:${join(data, 'invigil.db')}`
    const sh = workplace(folder)
    const live = await openDatabase({ url, exclusive: true })
    for (const name of KEYS) writeFileSync(join(data, name), `${name} 1\n`)
    const ann = await live.users.create({ email: 'ann@example.org', name: 'Ann', role: 'admin', createdAtMs: 1 })

    const made = sh(documented('backup'))
    t.equal(made.status, 0, made.stderr)
    const [day] = readdirSync(join(folder, 'backup'))
    const copy = join(folder, 'backup', day!)
    t.same(readdirSync(copy).sort(), ['face.key', 'invigil.db', 'jwt.secret', 'media.key'])
    t.equal(statSync(copy).mode & 0o777, 0o700)
    for (const name of readdirSync(copy)) t.equal(statSync(join(copy, name)).mode & 0o777, 0o600, name)
    t.match(sh(documented('backup')), { status: 1, stderr: /is there already/ }, 'a second one does not overwrite it')
    t.equal((await live.users.byId(ann.id))?.name, 'Ann', 'the server went on')

    // Lose everything.
    await live.users.create({ email: 'later@example.org', name: 'Later', role: 'student', createdAtMs: 2 })
    await live.close()
    for (const name of KEYS) writeFileSync(join(data, name), 'lost\n')
    const restored = sh(documented('restore'))
    t.equal(restored.status, 0, restored.stderr)
    const back = await openDatabase({ url, exclusive: true })
    t.teardown(() => back.close())
    t.match(await back.users.byEmail('ann@example.org'), { id: ann.id, role: 'admin' })
    t.equal(await back.users.byEmail('later@example.org'), undefined, 'what came after it is not in it')
    for (const name of KEYS) t.equal(readFileSync(join(data, name), 'utf8'), `${name} 1\n`)
    for (const name of readdirSync(data)) t.equal(statSync(join(data, name)).mode & 0o077, 0, name)
  })

t.test('a backup without a database file, and of a database server', { skip: skipWithoutBuild, timeout: 120_000 }, async t => {
  const folder = t.testdir({ data: { 'face.key': 'x\n' } })
  const into = join(folder, 'backup')
  t.match(await runCli(['backup', into], { env: { DATA_DIR: join(folder, 'none'), DATABASE_URL: '' } }), {
    code: 1,
    stdout: '',
    stderr: /no database at/
  })
  const server = await runCli(['backup', into], {
    env: { DATA_DIR: join(folder, 'data'), DATABASE_URL: 'mysql://a:b@127.0.0.1:1/c' }
  })
  t.match(server, { code: 0, stderr: /dump it with the tools/ })
  t.same(readdirSync(into), ['face.key'])
})
