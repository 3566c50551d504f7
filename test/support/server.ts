/** Starts the compiled server as an operator would, on a free port and an empty folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'

export interface StartedServer {
  readonly url: string
  /** The environment the server runs with: for commands that work on the same database. */
  readonly env: NodeJS.ProcessEnv
  /** Runs a command of the same build on the same database; resolves with what it printed. */
  invigil (...args: string[]): Promise<string>
  /** Ends the process and starts it anew on the same port and data; `whileDown` runs between. */
  restart (whileDown?: () => Promise<void>): Promise<void>
  /** The same with a kill -9, as a power cut would. */
  crash (): Promise<void>
  stop (): Promise<void>
}

const MAIN = path.resolve('dist/src/cli/main.js')
/** The same server without models, which sees a face in every picture: for what detection has no part in. */
const SCRIPTED = path.resolve('dist-dev/bench/scripted-gateway.js')
const READY_WITHIN_MS = 60_000

interface ServerOptions {
  readonly hasModels?: boolean
}

export async function startServer (
  overrides: Readonly<Record<string, string>> = {},
  { hasModels = true }: ServerOptions = {}
): Promise<StartedServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    HOST: '127.0.0.1',
    PORT: String(port),
    // Its secrets lie there, as those of an operator who sets none.
    DATA_DIR: folder,
    DATABASE_URL: `file:${path.join(folder, 'invigil.db')}`,
    LOG_LEVEL: 'warn',
    // The machine of a test may be busy.
    ADMIT_LOAD_MAX: '0',
    ...overrides
  }
  const command = hasModels ? [MAIN, 'serve'] : [SCRIPTED]
  let child = await serve(command, url, env)
  const end = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    url,
    env,
    invigil: async (...args) => await output(args, env),
    async restart (whileDown) {
      await end()
      await whileDown?.()
      child = await serve(command, url, env)
    },
    async crash () {
      await end('SIGKILL')
      child = await serve(command, url, env)
    },
    async stop () {
      await end()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Starts the process and waits until it is ready. */
async function serve (command: readonly string[], url: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  const onData = (chunk: Buffer): void => { printed = (printed + String(chunk)).slice(-10_000) }
  child.stdout.on('data', onData)
  child.stderr.on('data', onData)
  const deadline = Date.now() + READY_WITHIN_MS
  while (!await fetch(`${url}/health/ready`).then(answer => answer.ok, () => false)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the server did not become ready:\n${printed}`)
    }
    await delay(100)
  }
  return child
}

async function output (args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', chunk => { text += String(chunk) })
  const [code] = await once(child, 'close') as [number]
  if (code !== 0) throw new Error(`invigil ${args.join(' ')} ended with ${code}`)
  return text
}
