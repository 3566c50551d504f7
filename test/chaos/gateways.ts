/** Gateway processes that a test kills, stops and starts again on the same port and data. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { freeze } from '../support/freeze.ts'

export interface GatewayProcess {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Starts the process and returns when it responds to HTTP; throws with its last output if it ends before. */
  start (): Promise<void>
  /** SIGKILL; returns when the process is gone. */
  kill (): Promise<void>
  /** SIGSTOP; returns when all threads have stopped. */
  freeze (): void
  /** SIGCONT. */
  resume (): void
  /** Kills the process and removes its folder. */
  stop (): Promise<void>
}

export interface GatewayOptions {
  /** SQLite in the process's own folder by default. */
  readonly databaseUrl?: string
  readonly redisUrl?: string
  /** A temporary folder by default, which `stop` removes. */
  readonly dataDir?: string
}

/** Compiled by `npm run build:dev`, because a run starts dozens of gateways and compiling takes longer than that. */
const PROGRAM = 'dist-dev/bench/scripted-gateway.js'
/** On a loaded machine a start takes many times the second that it takes on an idle one. */
const STARTED_MS_MAX = 90_000
const PROBE_TIMEOUT_MS = 2_000

/** Describes a gateway process and reserves its port; `start` runs it. */
export async function createGateway ({
  databaseUrl = '',
  redisUrl = '',
  dataDir
}: GatewayOptions): Promise<GatewayProcess> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'invigil-chaos-')))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JWT_SECRET: 'a secret for tests, long enough for the configuration',
    FACE_KEY: '5e'.repeat(32),
    OBJECT_MODEL: 'centernet',
    ADMIT_LOAD_MAX: '0',
    LOG_LEVEL: 'warn'
  }
  let child: ChildProcess | undefined

  async function kill (): Promise<void> {
    const present = child
    child = undefined
    if (present === undefined || present.exitCode !== null || present.signalCode !== null) return
    present.kill('SIGKILL')
    await once(present, 'exit')
  }

  return {
    url,
    async start () {
      const started = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      const endWithUs = (): void => { started.kill('SIGKILL') }
      process.once('exit', endWithUs)
      started.once('exit', () => process.off('exit', endWithUs))
      let output = ''
      for (const stream of [started.stdout, started.stderr]) {
        stream.on('data', chunk => {
          output = (output + String(chunk)).slice(-4000)
        })
      }
      const untilMs = Date.now() + STARTED_MS_MAX
      while (
        !(await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
          response => response.ok,
          () => false
        ))
      ) {
        if (started.exitCode !== null || Date.now() > untilMs) throw new Error(`the gateway did not start: ${output}`)
        await delay(50)
      }
    },
    kill,
    freeze: () => { freeze(child) },
    resume: () => { child?.kill('SIGCONT') },
    async stop () {
      await kill()
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true })
    }
  }
}
