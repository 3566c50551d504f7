import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../db/index.ts'
import { loadFaceGeometry } from '../../detection/models/face-geometry.ts'
import { makePassword } from '../accounts/password-hash.ts'
import { databaseUrlOf, loadConfig, type Config } from '../config.ts'
import { drawReels, type DrawnReel } from '../demo/drawing/reels.ts'
import { STORIES, STORY_FPS } from '../demo/drawing/stories.ts'
import { seedDemo, type DemoAccount } from '../demo/seed.ts'
import { startServer } from '../server.ts'
import { createProgress } from './output.ts'
import { createApi, type Login } from './simulate/api.ts'
import { SimulatedCandidate } from './simulate/candidate.ts'
import { createTally, type Tally } from './simulate/tally.ts'

export interface DemoOptions {
  /** The environment's PORT when absent; 0 takes any free one. */
  readonly port?: number | undefined
  /** How long the candidates stay; until Ctrl-C when absent. */
  readonly seconds?: number | undefined
}

const ROLE_NAMES = { teacher: 'proctor', admin: 'admin', student: 'candidate' } as const
const CANDIDATE_PASSWORD_BYTES = 18

/** A server on a temporary folder with accounts and four drawn candidates, until Ctrl-C or for some seconds. */
export async function demo ({ port, seconds }: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'invigil-demo-'))
  // Also when the server's own handler of Ctrl-C ends the process.
  process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
  const leave = (): void => { process.exit(0) }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave)
  const config = demoConfig(folder, port)
  const accounts = await seed(config)
  const [server, reels] = await Promise.all([startServer(config), draw(config.modelsDir)])
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, leave)

  const tally = createTally()
  const crowd = await enter(new URL(server.url), reels, tally)
  print(server.url, accounts, seconds)
  if (seconds === undefined) return
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  await crowd.leave()
  await server.close()
  process.stdout.write(`\n${summary(tally)}\n`)
}

/** The settings of the environment, but for those that would reach other data or other people. */
function demoConfig (folder: string, port: number | undefined): Config {
  return loadConfig({
    LOG_LEVEL: 'warn',
    ...process.env,
    ...(port !== undefined && { PORT: String(port) }),
    HOST: 'localhost',
    DATA_DIR: folder,
    DATABASE_URL: '',
    REDIS_URL: '',
    JWT_SECRET: '',
    FACE_KEY: '',
    SIGNUP: 'open',
    ADMIT_LOAD_MAX: '0',
    SEED_DEMO: ''
  })
}

async function seed (config: Config): Promise<readonly DemoAccount[]> {
  const db = await openDatabase({ url: databaseUrlOf(config), exclusive: true })
  try {
    return await seedDemo(db, Date.now())
  } finally {
    await db.close()
  }
}

async function draw (modelsDir: string): Promise<DrawnReel[]> {
  const progress = createProgress()
  try {
    return await drawReels(STORIES, await loadFaceGeometry(modelsDir), (drawn, all) => {
      progress.show(`drawing the candidates: ${drawn} of ${all} pictures`)
    })
  } finally {
    progress.end()
  }
}

/** Each reel's candidate signs up, begins a session and streams. */
async function enter (base: URL, reels: readonly DrawnReel[], tally: Tally): Promise<{ leave (): Promise<void> }> {
  const api = createApi(base)
  const logins: Login[] = []
  for (const [index, { name }] of STORIES.entries()) {
    const password = makePassword(CANDIDATE_PASSWORD_BYTES)
    const login = await api.signUp({ email: `drawn-${index + 1}@example.com`, name, password })
    await api.startExam(login)
    logins.push(login)
  }
  const candidates = logins.map(({ user, accessToken }, index) => new SimulatedCandidate({
    url: new URL(`ws://${base.host}/ws/${user.id}`),
    token: accessToken,
    reel: reels[index]!.frames,
    offset: 0,
    fps: STORY_FPS,
    followRate: false,
    tally
  }))
  await Promise.all(candidates.map(candidate => candidate.open()))
  candidates.forEach((candidate, index) => { candidate.stream(index / candidates.length * 1000 / STORY_FPS) })
  const stopRenewing = renew(reels)
  return {
    async leave () {
      stopRenewing()
      await Promise.all(candidates.map(candidate => candidate.close()))
      await Promise.all(logins.map(async login => {
        const { accessToken } = await api.refresh(login.refreshToken)
        await api.stopExam({ ...login, accessToken })
      }))
    }
  }
}

/** Encodes each frame again after it was sent, because the server reports repeated frames as a loop. */
function renew (reels: readonly DrawnReel[]): () => void {
  let sent = 0
  const timer = setInterval(() => {
    sent++
    for (const { frames, renew } of reels) {
      const index = Math.floor(sent + frames.length / 2) % frames.length
      // The frame stays as it was.
      renew(index).catch(() => {})
    }
  }, 1000 / STORY_FPS)
  return () => { clearInterval(timer) }
}

function print (url: string, accounts: readonly DemoAccount[], seconds: number | undefined): void {
  const logins = Object.entries(ROLE_NAMES).map(([role, name]) => {
    const account = accounts.find(account => account.role === role)
    return `  ${name.padEnd(10)}  ${account?.email}  ${account?.password}`
  })
  process.stdout.write([
    `Open ${url} and log in:`,
    ...logins,
    'The proctor sees four candidates. They are drawn, no real people:',
    'one looks away, one leaves, one has a visitor, one holds a phone.',
    'The first events come after some ten seconds.',
    seconds === undefined
      ? 'Ctrl-C ends the demo and removes its data.'
      : `The demo ends after ${seconds} seconds and removes its data.`
  ].join('\n') + '\n')
}

function summary ({ framesSent, framesProcessed, events }: Tally): string {
  const kinds = [...events].map(([kind, count]) => `${kind} ${count}`).join(', ')
  return `${framesSent} frames sent, ${framesProcessed} analyzed; events stored: ${kinds === '' ? 'none' : kinds}`
}
