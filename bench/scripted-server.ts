import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openDatabase } from '../db/index.ts'
import { hashPassword } from '../src/accounts/password-hash.ts'
import { freePort } from '../test/support/free-port.ts'
import { sleep } from './clock.ts'
import { answer } from './server.ts'

/** The work of the server's process since its start. */
export interface Usage {
  /** Processor time of all threads. */
  readonly cpuMs: number
  readonly rssMb: number
}

export interface ScriptedGateway {
  readonly url: string
  usage (): Promise<Usage>
  stop (): Promise<void>
}

interface Account {
  readonly email: string
  readonly name: string
  readonly role: 'student' | 'teacher'
  readonly password: string
}

/**
 * Starts `scripted-gateway` in a process of its own, with its data in `folder`, on SQLite there unless `env` has a
 * DATABASE_URL, and with one more account if there is an `account`.
 */
export async function startScriptedGateway (
  folder: string,
  account?: Account,
  env: Readonly<Record<string, string>> = {}
): Promise<ScriptedGateway> {
  const databaseUrl = env['DATABASE_URL'] ?? `file:${join(folder, 'invigil.db')}`
  if (account !== undefined) {
    const { password, ...user } = account
    const db = await openDatabase({ url: databaseUrl, exclusive: true })
    await db.users.create({ ...user, passwordHash: await hashPassword(password), createdAtMs: Date.now() })
    await db.close()
  }
  const port = await freePort()
  const child = fork(new URL('./scripted-gateway.js', import.meta.url), {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: folder,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'silent',
      ADMIT_LOAD_MAX: '0',
      ...env
    },
    stdio: 'inherit'
  })
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/health/live`).then(({ ok }) => ok, () => false))) await sleep(100)
  return {
    url,
    async usage () {
      child.send('usage')
      return await answer<Usage>(child)
    },
    async stop () {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
}
