import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { ConfigError } from '../../../src/config.ts'
import { JWT_SECRET_FILE, openJwtSecret } from '../../../src/secrets/jwt-secret.ts'

t.test('without JWT_SECRET one secret file is created completely, readable by its owner only', async t => {
  const dataDir = join(t.testdir(), 'new', 'data')
  const secrets = await Promise.all(Array.from({ length: 8 }, () => openJwtSecret({ jwtSecret: '', dataDir })))
  t.equal(new Set(secrets).size, 1, 'processes that start together agree')
  t.ok(secrets[0]!.length >= 43)
  t.equal((await stat(join(dataDir, JWT_SECRET_FILE))).mode & 0o777, 0o600)
  t.same(await readdir(dataDir), [JWT_SECRET_FILE], 'no draft is left')
  t.equal((await readFile(join(dataDir, JWT_SECRET_FILE), 'utf8')).trim(), secrets[0])
  t.equal(await openJwtSecret({ jwtSecret: '', dataDir }), secrets[0], 'a restart has the same')
})

t.test('JWT_SECRET is used as it is, and no file is created', async t => {
  const dataDir = t.testdir()
  t.equal(await openJwtSecret({ jwtSecret: 'x'.repeat(32), dataDir }), 'x'.repeat(32))
  t.same(await readdir(dataDir), [])
})

t.test('a secret file that is truncated, empty or not text stops the start with a message that says what to do', async t => {
  const dataDir = t.testdir()
  for (const text of [
    '',
    '\n',
    'short',
    'x'.repeat(31),
    `${'x'.repeat(40)}\u0000`,
    'two words '.repeat(5),
    Buffer.alloc(64)
  ]) {
    await writeFile(join(dataDir, JWT_SECRET_FILE), text)
    const error = await openJwtSecret({ jwtSecret: '', dataDir }).catch((error: unknown) => error)
    t.type(error, ConfigError)
    t.match((error as Error).message, /jwt\.secret.*put the right file back, or remove it/)
    if (text.length > 10) t.notOk((error as Error).message.includes(String(text)), 'its content is not told')
  }
})

t.test('a data folder that is not writable, or is a file, is reported', async t => {
  const folder = t.testdir({ file: 'x', 'jwt.secret': {} })
  await t.rejects(openJwtSecret({ jwtSecret: '', dataDir: join(folder, 'file') }), {
    name: 'FolderError',
    message: /DATA_DIR/
  })
  await t.rejects(
    openJwtSecret({ jwtSecret: '', dataDir: folder }),
    { name: 'ConfigError', message: /EISDIR/ },
    'a folder of that name'
  )
  const locked = join(folder, 'locked')
  await mkdir(locked)
  await chmod(locked, 0o500)
  if (process.getuid?.() !== 0) {
    await t.rejects(openJwtSecret({ jwtSecret: '', dataDir: locked }), { name: 'ConfigError', message: /EACCES/ })
  }
})
