import { randomBytes } from 'node:crypto'
import { CommandError, createProgress, printMessage, writeLine } from './output.ts'
import { createApi, type Api, type Login } from './simulate/api.ts'
import { SimulatedCandidate } from './simulate/candidate.ts'
import type { Reel, ReelOptions } from './simulate/frames.ts'
import { createTally, report, table, type SimulationReport } from './simulate/tally.ts'
import type { EncodedFrame } from './simulate/vp8.ts'
import { lostAt } from './events.ts'
import { runTask } from './tasks/run-task.ts'

export interface SimulateOptions {
  readonly candidates: number
  readonly fps: number
  readonly seconds: number
  /** `ws://`, `wss://`, `http://` or `https://`; only the origin counts. */
  readonly url: string
  readonly followRate: boolean
  /** VP8 instead of pictures. */
  readonly video: boolean
  /** Without it only this machine is put under load. */
  readonly allowRemote: boolean
}

const CAMERA = { width: 640, height: 480 }
/** Sign-ups at once: each costs the server an argon2 hash. */
const SIGNUPS_AT_ONCE = 4
/** How long answers are waited for after the last frame. */
const SETTLE_MS = 5_000
const PROGRESS_MS = 500

/** Runs the simulation and prints its report; Ctrl-C ends it early and still stops the sessions. */
export async function simulate (
  files: readonly string[],
  options: SimulateOptions & { readonly json: boolean }
): Promise<void> {
  const interrupt = new AbortController()
  const onSignal = (): void => { interrupt.abort() }
  process.once('SIGINT', onSignal)
  try {
    const result = await runSimulation(files, options, interrupt.signal)
    if (options.json) await writeLine(result)
    else process.stdout.write(`${table(result)}\n`)
  } finally {
    process.off('SIGINT', onSignal)
  }
}

/** Signs up, starts the exams, streams, stops. Throws a CommandError when the server refuses or cannot be reached. */
export async function runSimulation (
  files: readonly string[],
  options: SimulateOptions,
  signal: AbortSignal
): Promise<SimulationReport> {
  const base = serverAddress(options)
  const camera = { ...CAMERA, fps: options.fps }
  const footage = await loadFootage(files, camera, options.video)
  const api = createApi(base)
  const logins = await enrol(api, options.candidates, signal)
  try {
    return await stream(base, logins, footage, options, signal)
  } finally {
    await stopAll(api, logins)
  }
}

/** The server's HTTP address, refused when it is another machine and that was not allowed. */
export function serverAddress ({ url, allowRemote }: Pick<SimulateOptions, 'url' | 'allowRemote'>): URL {
  if (!URL.canParse(url)) throw new CommandError(`"${url}" is no address; try ws://localhost:8080`)
  const base = new URL(url)
  if (!/^(ws|http)s?:$/.test(base.protocol)) {
    throw new CommandError(`"${url}" must begin with ws://, wss://, http:// or https://`)
  }
  const local = base.hostname === 'localhost' || base.hostname === '[::1]' || /^127(\.\d+){3}$/.test(base.hostname)
  if (!local && !allowRemote) {
    throw new CommandError(
      `${base.hostname} is another machine. If you may put it under load and fill it with demo accounts, add --allow-remote.`
    )
  }
  const secure = base.protocol === 'wss:' || base.protocol === 'https:'
  return new URL(`${secure ? 'https' : 'http'}://${base.host}`)
}

async function enrol (api: Api, candidates: number, signal: AbortSignal): Promise<Login[]> {
  const run = randomBytes(4).toString('hex')
  const logins: Login[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < candidates && !signal.aborted) {
      const number = ++next
      const login = await api.signUp({
        email: `demo-${run}-${number}@invigil.example`,
        name: `Demo candidate ${number}`,
        password: randomBytes(18).toString('base64url')
      })
      await api.startExam(login)
      logins.push(login)
    }
  }
  await Promise.all(Array.from({ length: Math.min(SIGNUPS_AT_ONCE, candidates) }, worker))
  return logins
}

/** What the pretended cameras show. */
interface Footage {
  readonly reel: Reel
  readonly video?: readonly EncodedFrame[]
}

/** The frames come from a process of its own, which a broken file may end. */
async function loadFootage (files: readonly string[], camera: ReelOptions, isVideo: boolean): Promise<Footage> {
  const reel: Uint8Array[] = []
  const video: EncodedFrame[] = []
  try {
    await runTask('footage', { files, camera, isVideo }, frame => {
      if (frame instanceof Uint8Array) reel.push(frame)
      else video.push(frame)
    })
  } catch (error) {
    throw lostAt(files.join(', '), error)
  }
  return isVideo ? { reel, video } : { reel }
}

async function stream (
  base: URL,
  logins: readonly Login[],
  { reel, video }: Footage,
  options: SimulateOptions,
  signal: AbortSignal
): Promise<SimulationReport> {
  const tally = createTally()
  const frames = video?.length ?? reel.length
  const candidates = logins.map(({ user, accessToken }, index) => new SimulatedCandidate({
    url: new URL(`${base.protocol === 'https:' ? 'wss' : 'ws'}://${base.host}/ws/${user.id}`),
    token: accessToken,
    reel,
    video,
    offset: Math.floor(index * frames / logins.length),
    fps: options.fps,
    followRate: options.followRate,
    tally
  }))
  const progress = createProgress()
  const ticker = setInterval(() => {
    progress.show(`${tally.framesSent} frames sent, ${tally.framesProcessed} processed`)
  }, PROGRESS_MS)
  try {
    await Promise.all(candidates.map(candidate => candidate.open()))
    const begunAtMs = performance.now()
    candidates.forEach((candidate, index) => { candidate.stream(index / candidates.length * 1000 / options.fps) })
    await wait(options.seconds * 1000, () => signal.aborted)
    candidates.forEach(candidate => { candidate.pause() })
    const seconds = (performance.now() - begunAtMs) / 1000
    await wait(SETTLE_MS, () => !candidates.some(candidate => candidate.waiting))
    return report(tally, candidates.length, seconds)
  } finally {
    clearInterval(ticker)
    progress.end()
    await Promise.all(candidates.map(candidate => candidate.close()))
  }
}

/** Resolves after `durationMs`, or as soon as `done` says so. */
async function wait (durationMs: number, done: () => boolean): Promise<void> {
  const untilMs = performance.now() + durationMs
  while (performance.now() < untilMs && !done()) {
    await new Promise(resolve => setTimeout(resolve, Math.min(50, untilMs - performance.now())))
  }
}

/** Ends every session; what cannot be ended is said, not thrown, so that the report is not lost. */
async function stopAll (api: Api, logins: readonly Login[]): Promise<void> {
  const results = await Promise.allSettled(
    logins.map(async login => {
      // A run may outlast an access token.
      await api.stopExam(login).catch(async () => {
        await api.stopExam({ ...login, ...(await api.refresh(login.refreshToken)) })
      })
    })
  )
  const failed = results.filter(result => result.status === 'rejected')
  if (failed.length > 0) printMessage(`${failed.length} sessions could not be stopped: ${String(failed[0]?.reason)}`)
}
