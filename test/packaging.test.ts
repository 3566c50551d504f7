/** Files for others: the npm package, the lock file, compose.yaml. */
import { execFile } from 'node:child_process'
import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { subset } from 'semver'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { EnvironmentSchema } from '../src/config.ts'
import { VERSION } from '../src/package-info.ts'
import { readDockerfile } from './support/dockerfile.ts'
import { skipWithoutBuild } from './support/run-cli.ts'

const run = promisify(execFile)
/** npm itself under test runs in a folder that must not inherit this run's settings. */
const ENV = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] }

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string
        readonly integrity?: string
        readonly optional?: boolean
        readonly engines?: { readonly node?: string }
      }
    >
  >
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
const { engines: ENGINES } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly engines: { readonly node: string }
}
const installed = Object.entries(lock.packages).filter(([name]) => name !== '')

function folder (t: Test): string {
  const made = mkdtempSync(path.join(tmpdir(), 'invigil-packaging-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

t.test('npm pack gives a package that runs where it is installed', { skip: skipWithoutBuild }, async t => {
  const place = folder(t)
  await run('node', ['scripts/package.js', '--pack-destination', place], {
    env: { ...ENV, npm_config_cache: path.join(place, 'cache') }
  })
  t.notOk(existsSync('npm-shrinkwrap.json'), 'nothing is left here')
  const [archive] = readdirSync(place).filter(name => name.endsWith('.tgz'))
  t.equal(archive, `invigil-${VERSION}.tgz`)
  const modules = path.join(place, 'node_modules')
  mkdirSync(modules)
  await run('tar', ['-xzf', path.join(place, archive!), '-C', modules])
  cpSync(path.join(modules, 'package'), path.join(modules, 'invigil'), { recursive: true })
  for (const name of readdirSync('node_modules')) {
    symlinkSync(path.resolve('node_modules', name), path.join(modules, name))
  }
  const packed = path.join(modules, 'invigil')
  const files = readdirSync(packed, { recursive: true, encoding: 'utf8' }).filter(file =>
    statSync(path.join(packed, file)).isFile()
  )
  // The scripts and styles of the pages are there compressed in two ways as well.
  const plain = files.filter(file => !/\.(br|gz)$/.test(file))
  t.ok(plain.length < 1200, `${plain.length} files`)
  for (const file of files) {
    t.match(file, /^(dist\/(src|detection|db|lib|web)\/|docs\/|README|LICENSE|package\.json$|npm-shrinkwrap\.json$)/, file)
  }
  t.same(
    files.filter(file => file.includes('.env') || file.endsWith('.map')),
    []
  )

  const { bin } = JSON.parse(readFileSync(path.join(packed, 'package.json'), 'utf8')) as {
    readonly bin: { readonly invigil: string }
  }
  const main = path.join(packed, bin.invigil)
  t.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const invigil = async (...args: readonly string[]) =>
    await run('node', [main, ...args], { cwd: place, env: { ...ENV, MODELS_DIR: path.resolve('../shared/models') } })
  t.equal((await invigil('--version')).stdout.trim(), VERSION)
  await invigil('user', 'add', '--role', 'teacher', '--password', 'three small words', 'teacher@example.org')
  t.match((await invigil('user', 'list')).stdout, 'teacher@example.org', 'the migrations are there')
})

t.test('every package of the lock file has its hash, and runs on every Node that package.json names', async t => {
  // The registry of the lock file has no hashes for these; `npm run lock:complete` adds them from one that has.
  const platforms = /^node_modules\/@napi-rs\/webcodecs-(darwin|linux-arm|win32)/
  t.same(
    installed.filter(([name, { integrity }]) => integrity === undefined && !platforms.test(name)).map(([name]) => name),
    []
  )
  t.same(
    installed.filter(([, { engines }]) => !subset(ENGINES.node, engines?.node ?? '*')).map(([name]) => name),
    []
  )
})

t.test('compose passes every variable of the environment table to the gateway', async t => {
  const { services } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>>
  }
  const dockerfile = readDockerfile()
    .filter(({ stage, name }) => stage === 'final' && name === 'ENV')
    .map(({ args }) => args)
    .join(' ')
  // Set by the image: they belong to the container and cannot be chosen.
  const fixed = ['PORT', 'HOST', 'DATA_DIR', 'MODELS_DIR']
  for (const name of fixed) t.match(dockerfile, `${name}=`)
  for (const service of ['gateway', 'gateway-2']) {
    const { environment } = services[service]!
    t.same(
      Object.keys(environment).sort(),
      Object.keys(EnvironmentSchema.properties)
        .filter(name => !fixed.includes(name))
        .sort(),
      service
    )
    for (const [name, value] of Object.entries(environment)) {
      t.ok(
        name === 'DATABASE_URL' ? value.includes('MYSQL_PASSWORD') : value.startsWith(`\${${name}:`),
        `${name} comes from .env`
      )
    }
  }
})
