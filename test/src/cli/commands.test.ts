import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { runCli, skipWithoutBuild } from '../../support/run-cli.ts'

t.test('user add, list and role work on the database of the environment', { skip: skipWithoutBuild }, async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-cli-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const env = { DATA_DIR: folder, DATABASE_URL: '' }
  const added = await runCli(['user', 'add', 'Ann@Example.org', '--role', 'admin', '--name', 'Ann'], { env })
  t.equal(added.code, 0, added.stderr)
  const [ann] = added.lines<{ id: string, password?: string }>()
  t.match(
    ann,
    { email: 'ann@example.org', name: 'Ann', role: 'admin', disabled: false, password: /^[\w-]{24}$/ },
    'a made password is printed once'
  )

  const piped = await runCli(['user', 'add', 'ben@example.org', '--password-stdin'], { env, input: 'correct horse\n' })
  t.match(piped.lines()[0], { email: 'ben@example.org', role: 'student' })
  t.notMatch(piped.stdout, /password|correct/)

  t.match(await runCli(['user', 'add', 'ben@example.org', '--password-stdin'], { env, input: 'correct horse' }), {
    code: 1,
    stdout: '',
    stderr: /already/
  })
  t.match(await runCli(['user', 'add', 'cy@example.org', '--password-stdin'], { env, input: 'short' }), {
    code: 1,
    stderr: /at least 8/
  })
  t.match(await runCli(['user', 'add', 'cy@example.org', '--password-stdin'], { env, input: 'Password1' }), {
    code: 1,
    stderr: /common/
  })
  t.match(await runCli(['user', 'add', 'noaddress'], { env }), { code: 1, stderr: /no|not an e-mail/ })
  t.match(await runCli(['user', 'role', 'ben@example.org', 'emperor'], { env }), {
    code: 1,
    stderr: /student, teacher, admin/
  })
  t.match(await runCli(['user', 'role', 'unknown@example.org', 'teacher'], { env }), { code: 1, stderr: /no account/ })

  t.match((await runCli(['user', 'role', 'ben@example.org', 'teacher'], { env })).lines()[0], {
    email: 'ben@example.org',
    role: 'teacher'
  })
  const list = (await runCli(['user', 'list'], { env })).lines<{ email: string, role: string }>()
  t.same(list.map(user => [user.email, user.role]), [['ben@example.org', 'teacher'], ['ann@example.org', 'admin']])
  t.equal((await runCli(['user', 'list', '--role', 'admin'], { env })).lines().length, 1)
})

t.test('a wrong option exits with 1 and prints nothing on stdout', { skip: skipWithoutBuild }, async t => {
  for (const args of [
    ['analyze'],
    ['analyze', '--fps', '0', 'a.mp4'],
    ['simulate', '--candidates', '0', 'a.mp4'],
    ['user', 'add'],
    ['fly']
  ]) {
    const run = await runCli(args)
    t.equal(run.code, 1, args.join(' '))
    t.equal(run.stdout, '')
    t.match(run.stderr, /error:/)
  }
})

t.test('a bad setting exits with 1 and is named', { skip: skipWithoutBuild }, async t => {
  const run = await runCli(['analyze', 'package.json'], { env: { WORKERS: 'many', LOG_LEVEL: 'loud' } })
  t.match(run, { code: 1, stdout: '', stderr: /WORKERS[^]*LOG_LEVEL/ })
})
