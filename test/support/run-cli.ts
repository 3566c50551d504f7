/** Runs the compiled command line as a user would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'

const MAIN = path.resolve('dist/src/cli/main.js')

/** The reason to skip where nothing was compiled; in CI that is a failure. */
export const skipWithoutBuild: false | string =
  existsSync(MAIN) || process.env['CI'] === 'true' ? false : 'not compiled: npm run build'

export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Each line of stdout, parsed; throws when one is not JSON. */
  lines<T> (): T[]
}

export async function runCli (
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>, readonly input?: string } = {}
): Promise<CliRun> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, NODE_OPTIONS: '', ...options.env } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
  // A command that reads nothing may end before it is written to.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const [code] = await once(child, 'close') as [number | null]
  return {
    code,
    stdout,
    stderr,
    lines: <T> () => stdout.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as T)
  }
}

/** Starts a command and closes its stdout after the first output; resolves with the exit code. */
export async function runCliUnread (
  args: readonly string[],
  env: Readonly<Record<string, string>>
): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  child.stdout.once('data', () => {
    child.stdout.destroy()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}
