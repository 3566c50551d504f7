/** What leaves this folder: the container image's build, the npm package, the lock file, compose.yaml. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import dockerignore from '@balena/dockerignore'
import { satisfies } from 'semver'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { EnvironmentSchema } from '../src/config.ts'
import { VERSION } from '../src/root.ts'
import { skipWithoutBuild } from './support/run-cli.ts'

const run = promisify(execFile)
/** npm itself under test runs in a folder that must not inherit this run's settings. */
const ENV = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] }

interface Lock { readonly packages: Readonly<Record<string, { readonly version?: string, readonly integrity?: string, readonly optional?: boolean, readonly engines?: { readonly node?: string } }>> }
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
const installed = Object.entries(lock.packages).filter(([name]) => name !== '')

function folder (t: Test): string {
  const made = mkdtempSync(path.join(tmpdir(), 'invigil-packaging-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

interface Instruction { readonly stage: string, readonly name: string, readonly args: string }

/** The instructions of the Dockerfile, each with the name of its stage. */
function readDockerfile (): Instruction[] {
  let stage = ''
  const lines = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', ' ').split('\n').filter(line => /^[A-Z]+ /.test(line))
  return lines.map(line => {
    const [, name, args] = /^([A-Z]+) +(.*)$/.exec(line)!
    if (name === 'FROM') stage = / AS (\S+)$/.exec(args!)?.[1] ?? 'final'
    return { stage, name: name!, args: args! }
  })
}

t.test('the image is built from exactly what .dockerignore lets in, and starts', async t => {
  const ignore = dockerignore.default().add(readFileSync('.dockerignore', 'utf8'))
  const [context, image] = [folder(t), folder(t)]
  for (const entry of readdirSync('.', { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name)
    if (file.startsWith('node_modules') || file.startsWith('dist') || file.startsWith('.git') || !entry.isFile() || ignore.ignores(file)) continue
    cpSync(file, path.join(context, file))
  }
  t.notOk(existsSync(path.join(context, '.env')))
  symlinkSync(path.resolve('node_modules'), path.join(context, 'node_modules'))
  const instructions = readDockerfile()
  for (const { args } of instructions.filter(({ stage, name }) => stage === 'base' && name === 'COPY')) {
    for (const file of args.split(' ').slice(0, -1)) t.ok(existsSync(path.join(context, file)), `${file} is let in`)
  }
  const steps = instructions.filter(({ stage, name }) => stage === 'build' && name === 'RUN').map(({ args }) => args)
  t.match(steps[0], /^npm ci/)
  for (const step of steps.slice(1)) await run('sh', ['-c', step], { cwd: context, env: ENV })
  for (const { args } of instructions.filter(({ stage, name }) => stage === 'final' && name === 'COPY')) {
    const [, from, source, target] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(args)!
    const found = path.join(context, source!.replace(/^\/app\//, ''))
    if (from === 'packages') symlinkSync(path.resolve('node_modules'), path.join(image, 'node_modules'))
    else cpSync(found, target === './' ? path.join(image, path.basename(found)) : path.join(image, target!), { recursive: true })
  }
  const command = JSON.parse(instructions.find(({ name }) => name === 'CMD')!.args) as string[]
  t.equal(command.at(-1), 'serve')
  const { stdout } = await run(command[0]!, [...command.slice(1, -1), '--version'], { cwd: image, env: ENV })
  t.equal(stdout.trim(), VERSION)
  t.ok(existsSync(path.join(image, 'dist/web/index.html')), 'with the pages')
  t.ok(readdirSync(path.join(image, 'dist/db/migrations')).length > 0, 'and the migrations')
  t.same(readdirSync(path.join(image, 'dist')).sort(), ['db', 'detection', 'src', 'web'].concat(existsSync(path.join(image, 'dist/.tsbuildinfo')) ? ['.tsbuildinfo'] : []).sort(), 'and nothing else')
})

t.test('npm pack gives a package that runs where it is installed', { skip: skipWithoutBuild }, async t => {
  const place = folder(t)
  await run('node', ['scripts/package.js', '--pack-destination', place], { env: { ...ENV, npm_config_cache: path.join(place, 'cache') } })
  t.notOk(existsSync('npm-shrinkwrap.json'), 'nothing is left here')
  const [archive] = readdirSync(place).filter(name => name.endsWith('.tgz'))
  t.equal(archive, `invigil-${VERSION}.tgz`)
  const modules = path.join(place, 'node_modules')
  mkdirSync(modules)
  await run('tar', ['-xzf', path.join(place, archive!), '-C', modules])
  cpSync(path.join(modules, 'package'), path.join(modules, 'invigil'), { recursive: true })
  for (const name of readdirSync('node_modules')) symlinkSync(path.resolve('node_modules', name), path.join(modules, name))
  const packed = path.join(modules, 'invigil')
  const files = readdirSync(packed, { recursive: true, encoding: 'utf8' }).filter(file => statSync(path.join(packed, file)).isFile())
  t.ok(files.length < 700, `${files.length} files`)
  for (const file of files) t.match(file, /^(dist\/(src|detection|db|web)\/|docs\/|README|LICENSE|package\.json$|npm-shrinkwrap\.json$)/, file)
  t.same(files.filter(file => file.includes('.env') || file.endsWith('.map')), [])

  const { bin } = JSON.parse(readFileSync(path.join(packed, 'package.json'), 'utf8')) as { readonly bin: { readonly invigil: string } }
  const main = path.join(packed, bin.invigil)
  t.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const invigil = async (...args: readonly string[]) => await run('node', [main, ...args], { cwd: place, env: { ...ENV, MODELS_DIR: path.resolve('../shared/models') } })
  t.equal((await invigil('--version')).stdout.trim(), VERSION)
  await invigil('user', 'add', '--role', 'teacher', '--password', 'three small words', 'teacher@example.org')
  t.match((await invigil('user', 'list')).stdout, 'teacher@example.org', 'the migrations are there')
})

t.test('every package of the lock file has its hash, and runs on the oldest Node that is named', async t => {
  // Not in the registry that the lock was made with: `npm run lock:complete` fills them in where it can.
  const platforms = /^node_modules\/@napi-rs\/webcodecs-(darwin|linux-arm|win32)/
  t.same(installed.filter(([name, { integrity }]) => integrity === undefined && !platforms.test(name)).map(([name]) => name), [])
  t.same(installed.filter(([, { engines }]) => !satisfies('20.20.0', engines?.node ?? '*')).map(([name]) => name), [])
})

t.test('compose passes every variable of the environment table to the gateway', async t => {
  const { services } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as { readonly services: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>> }
  const dockerfile = readDockerfile().filter(({ stage, name }) => stage === 'final' && name === 'ENV').map(({ args }) => args).join(' ')
  // Said by the image, because they belong to the container: inside it they cannot be chosen.
  const fixed = ['PORT', 'HOST', 'DATA_DIR', 'MODELS_DIR']
  for (const name of fixed) t.match(dockerfile, `${name}=`)
  for (const service of ['gateway', 'gateway-2']) {
    const { environment } = services[service]!
    t.same(Object.keys(environment).sort(), Object.keys(EnvironmentSchema.properties).filter(name => !fixed.includes(name)).sort(), service)
    for (const [name, value] of Object.entries(environment)) {
      t.ok(name === 'DATABASE_URL' ? value.includes('MYSQL_PASSWORD') : value.startsWith(`\${${name}:`), `${name} comes from .env`)
    }
  }
})
