import { fork, type ChildProcess } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newId, openDatabase } from '../db/index.ts'
import { defined } from '../lib/defined.ts'
import type { PoolStats } from '../detection/workers/pool.ts'
import { sealFace } from '../src/faces/seal.ts'
import type { Counters } from '../src/counters.ts'

/** An account with a token that outlasts the bench; a candidate's also has an open session. */
export interface Seat {
  readonly userId: string
  readonly token: string
}

/** The server's figures: times since the last `reset`, counts since its start. */
export interface ServerReading {
  /** Delay of the event loop, which includes the monitor's period of 1 ms. */
  readonly loopMs: { readonly p50: number, readonly p99: number, readonly max: number }
  /** Processor time of all threads, in cores. */
  readonly cores: number
  /** Share of the time in which the main thread was busy; at 1 it is full. */
  readonly loopShare: number
  readonly rssMb: number
  /** Heap of the main thread, and its memory outside the heap. */
  readonly heapMb: number
  readonly frames: Counters['frames']
  readonly sound: Counters['sound']
  /** Sockets that the server closed, by close code. */
  readonly closes: Readonly<Record<string, number>>
  readonly pool: PoolStats
}

export interface BenchServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  /** Id of its process. */
  readonly pid: number
  readonly candidates: readonly Seat[]
  /** Admins, who may watch all candidates. */
  readonly staff: readonly Seat[]
  /** Starts the measured time. */
  reset (): Promise<ServerReading>
  read (): Promise<ServerReading>
  close (): Promise<void>
}

export interface BenchServerOptions {
  readonly modelsDir: string
  readonly candidates: number
  /** The sessions of the first so many are of an exam that is recorded in full, the others of one that is not. */
  readonly recorded?: number
  /** Number of admins with a token; 0 by default. */
  readonly staff?: number
  /** One database and one secret for several servers that work together. By default each server has its own. */
  readonly shared?: { readonly databaseUrl: string, readonly secret: string }
  /** Enrolled faces, assigned to the candidates in turn; without them faces are not compared. */
  readonly faces?: readonly Float32Array[]
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>
  /** Further arguments of its Node process, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[]
}

const READY_MS = 180_000
const TOKEN_SECONDS = 86_400

/**
 * Starts a server in its own process, on its own SQLite file unless a database is given. The accounts and sessions of
 * the candidates exist already, so no candidate has to sign up.
 */
export async function startBenchServer ({
  modelsDir,
  candidates: count,
  recorded = 0,
  staff: staffCount = 0,
  shared,
  faces = [],
  env = {},
  execArgv = []
}: BenchServerOptions): Promise<BenchServer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'invigil-bench-'))
  const secret = shared?.secret ?? randomBytes(32).toString('hex')
  const databaseUrl = shared?.databaseUrl ?? `file:${path.join(dataDir, 'invigil.db')}`
  const faceKey = shared === undefined ? randomBytes(32) : createHash('sha256').update(secret).digest()
  let child: ChildProcess | undefined
  const close = async (): Promise<void> => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const { candidates, staff } = await seat(databaseUrl, { count, recorded, staffCount, faces, faceKey, secret })
    child = fork(new URL(`./server-child${path.extname(import.meta.url)}`, import.meta.url), {
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: dataDir,
        DATABASE_URL: databaseUrl,
        MODELS_DIR: modelsDir,
        LOG_LEVEL: 'warn',
        JWT_SECRET: secret,
        FACE_KEY: faceKey.toString('hex'),
        ...env
      },
      execArgv: [...process.execArgv, ...execArgv],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    const server = child
    const { url } = await answer<{ readonly url: string }>(server)
    const request = async (command: 'reset' | 'read'): Promise<ServerReading> => {
      server.send(command)
      return await answer<ServerReading>(server)
    }
    return {
      url,
      pid: server.pid!,
      candidates,
      staff,
      reset: async () => await request('reset'),
      read: async () => await request('read'),
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface Seating {
  readonly count: number
  readonly recorded: number
  readonly staffCount: number
  readonly faces: readonly Float32Array[]
  readonly faceKey: Buffer
  readonly secret: string
}

/** Fills the database before the server opens it: accounts, faces, logins and open sessions. */
async function seat (
  url: string,
  { count, recorded, staffCount, faces, faceKey, secret }: Seating
): Promise<{ readonly candidates: Seat[], readonly staff: Seat[] }> {
  const db = await openDatabase({ url })
  const nowMs = Date.now()
  const addExam = async (recording: 'full' | 'none'): Promise<string | undefined> =>
    recorded === 0
      ? undefined
      : (await db.exams.create({ ownerId: newId(), title: recording, policy: { recording }, atMs: nowMs })).id
  const exams = { recorded: await addExam('full'), other: await addExam('none') }
  let seated = 0
  const enter = async (role: 'student' | 'admin', face?: Float32Array): Promise<Seat> => {
    const id = newId()
    await db.users.create({
      id,
      email: `bench-${id}@invigil.example`,
      name: `The ${role}`,
      role,
      createdAtMs: nowMs,
      ...(face !== undefined && { faceEmbedding: sealFace(faceKey, id, face) })
    })
    const login = createHash('sha256').update(id).digest('hex')
    await db.refreshTokens.create({ userId: id, tokenHash: login, expiresAtMs: nowMs + TOKEN_SECONDS * 1000 })
    if (role === 'student') {
      const examId = seated++ < recorded ? exams.recorded : exams.other
      await db.sessions.open({ userId: id, atMs: nowMs, ...defined({ examId }) })
      if (examId === exams.recorded && examId !== undefined) {
        // Without it nothing is recorded.
        await db.consents.give({
          userId: id,
          examId,
          noticeVersion: '1',
          noticeSha256: '',
          notice: '',
          language: 'en',
          items: { recording: true },
          givenAtMs: nowMs
        })
      }
    }
    return { userId: id, token: accessToken({ sub: id, role, login, issuedAtMs: nowMs }, secret) }
  }
  try {
    const candidates: Seat[] = []
    const staff: Seat[] = []
    while (candidates.length < count) candidates.push(await enter('student', faces[candidates.length % faces.length]))
    while (staff.length < staffCount) staff.push(await enter('admin'))
    return { candidates, staff }
  } finally {
    await db.close()
  }
}

/** Signs a token as the server does. Logging in would cost the server a password hash for each. */
function accessToken (payload: Readonly<Record<string, unknown>>, secret: string): string {
  const issuedAt = Math.floor(Date.now() / 1000)
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...payload, iat: issuedAt, exp: issuedAt + TOKEN_SECONDS })}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}

/** Returns the child's next message; throws if the child ends or sends none in time. */
export async function answer<T> (child: ChildProcess, withinMs = READY_MS): Promise<T> {
  const limit = new AbortController()
  const timer = setTimeout(() => { limit.abort() }, withinMs)
  try {
    return await Promise.race([
      once(child, 'message', { signal: limit.signal }).then(([message]) => message as T),
      once(child, 'exit', { signal: limit.signal }).then(([code]) => {
        throw new Error(`The other process ended with ${String(code)}.`)
      })
    ])
  } finally {
    clearTimeout(timer)
    // Ends the other waits of the race.
    limit.abort()
  }
}
