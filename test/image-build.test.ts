/** The container image, as far as it can be built without a container. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import dockerignore from '@balena/dockerignore'
import t, { type Test } from 'tap'
import { VERSION } from '../src/package-info.ts'
import { readDockerfile } from './support/dockerfile.ts'

const run = promisify(execFile)
/** The build in a folder of its own must not inherit this run's settings. */
const ENV = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] }

// Compiling everything takes half a minute, and many times that on a busy machine.
t.setTimeout(900_000)

function folder (t: Test): string {
  const made = mkdtempSync(path.join(tmpdir(), 'invigil-packaging-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

t.test('the image is built from exactly the files that .dockerignore allows, and starts', async t => {
  const ignore = dockerignore.default().add(readFileSync('.dockerignore', 'utf8'))
  const [context, image] = [folder(t), folder(t)]
  for (const entry of readdirSync('.', { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name)
    if (
      file.startsWith('node_modules') ||
      file.startsWith('dist') ||
      file.startsWith('.git') ||
      !entry.isFile() ||
      ignore.ignores(file)
    ) { continue }
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
    else {
      cpSync(found, target === './' ? path.join(image, path.basename(found)) : path.join(image, target!), {
        recursive: true
      })
    }
  }
  const command = JSON.parse(instructions.find(({ name }) => name === 'CMD')!.args) as string[]
  t.equal(command.at(-1), 'serve')
  const { stdout } = await run(command[0]!, [...command.slice(1, -1), '--version'], { cwd: image, env: ENV })
  t.equal(stdout.trim(), VERSION)
  t.ok(existsSync(path.join(image, 'dist/web/index.html')), 'with the pages')
  t.ok(readdirSync(path.join(image, 'dist/db/migrations')).length > 0, 'and the migrations')
  t.same(
    readdirSync(path.join(image, 'dist')).sort(),
    ['db', 'detection', 'lib', 'src', 'web']
      .concat(existsSync(path.join(image, 'dist/.tsbuildinfo')) ? ['.tsbuildinfo'] : [])
      .sort(),
    'and nothing else'
  )
})
