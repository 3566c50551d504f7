import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadVideo } from '../src/cli/simulate/frames.ts'
import type { EncodedFrame } from '../src/cli/simulate/vp8.ts'
import { consentAndStart, createAccounts, logIn, publishExam, type Caller } from '../test/chaos/stage.ts'
import { until } from '../test/support/until.ts'
import { sleep } from './clock.ts'
import { startLoad, type Load, type LoadReading } from './load.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { loadSpeech, pcm16, VIDEO_CLIPS } from './reels.ts'
import { startScriptedGateway, type ScriptedGateway, type Usage } from './scripted-server.ts'

const CANDIDATES = 10
const FPS = 2
const WARM_UP_MS = 30_000
/** Until the files are made and in the store. */
const READY_MS_MAX = 600_000
const LENGTH_OFF_MS_MAX = 100
/** How long the last picture of a recording is shown. */
const LAST_MS = 500

export interface Recording {
  readonly candidates: number
  readonly minutes: number
  /** What each candidate sent, in kilobytes a second: video and sound as 16-bit samples. */
  readonly sentKbASecond: { readonly video: number, readonly sound: number }
  readonly storedMbAnHour: number
  /** Processor time of the whole process for each second of one candidate. */
  readonly cpuMsASecond: {
    readonly off: number
    /** While candidates are connected. */
    readonly on: number
    /** Afterwards: making the files, encrypting and storing them. */
    readonly finishing: number
  }
  /** Resident memory at the start after warm-up, in the middle and at the end. */
  readonly rssMb: { readonly off: readonly number[], readonly on: readonly number[] }
  /** Frame to `ack`, on the loaded machine that both servers share. */
  readonly p95Ms: { readonly off: number, readonly on: number }
  readonly parts: number
  /** Recordings whose length is not that of what was sent within 0.1 s, and the largest difference. */
  readonly wrongLengths: number
  readonly lengthOffMs: number
  /** Frames that were sent and not analyzed, and refusals, of both servers. */
  readonly unanalyzed: number
  readonly errors: Readonly<Record<string, number>>
}

/** A server with its candidates; the exam of `on` is recorded. */
interface Side {
  readonly server: ScriptedGateway
  readonly load: Load
  readonly staff: Caller
  readonly sessionIds: readonly string[]
  readonly folder: string
}

/**
 * What does it cost to record ten candidates in full? Two servers with scripted detectors get the same frames and sound
 * at the same time, and the exam of one of them is recorded: the difference is the recorder's.
 */
async function measureRecording ({ folder: material, minutes }: BenchOptions): Promise<Recording> {
  const videos: EncodedFrame[][] = []
  for (const clip of VIDEO_CLIPS) {
    videos.push(await loadVideo([join(material, 'video', clip)], { fps: FPS, width: 640, height: 480 }))
  }
  const sound = pcm16(await loadSpeech(material))
  const closers: Array<() => Promise<unknown>> = []
  try {
    const open = async (recording: 'none' | 'full'): Promise<Side> => {
      const side = await openSide(recording, videos, sound, closers)
      await side.load.start()
      return side
    }
    const [off, on] = [await open('none'), await open('full')]
    await sleep(WARM_UP_MS)
    await Promise.all([off.load.reset(), on.load.reset()])
    const usages: Array<readonly [Usage, Usage]> = []
    const note = async (): Promise<void> => { usages.push([await off.server.usage(), await on.server.usage()]) }
    const begunMs = performance.now()
    await note()
    await sleep(minutes * 30_000)
    await note()
    await sleep(minutes * 60_000 - (performance.now() - begunMs))
    await note()
    const seconds = (performance.now() - begunMs) / 1000
    const [offLoad, onLoad] = await Promise.all([off.load.end(), on.load.end()])
    const stored = await storedBy(on, onLoad)
    const cpuFinished = (await on.server.usage()).cpuMs
    const [first, , last] = usages as [readonly [Usage, Usage], unknown, readonly [Usage, Usage]]
    const perSecond = (side: 0 | 1): number => (last[side].cpuMs - first[side].cpuMs) / seconds / CANDIDATES
    const bytes = (list: ReadonlyArray<Uint8Array>): number => list.reduce((sum, { length }) => sum + length, 0)
    return {
      candidates: CANDIDATES,
      minutes,
      sentKbASecond: {
        video: round(bytes(videos.flat().map(frame => frame.bytes)) / videos.flat().length * FPS / 1000),
        sound: round(bytes(sound) / sound.length * 2 / 1000)
      },
      storedMbAnHour: round(stored.bytes / 1e6 / stored.seconds * 3600),
      cpuMsASecond: {
        off: round(perSecond(0)),
        on: round(perSecond(1)),
        finishing: round((cpuFinished - last[1].cpuMs) / stored.seconds)
      },
      rssMb: { off: usages.map(([usage]) => round(usage.rssMb)), on: usages.map(([, usage]) => round(usage.rssMb)) },
      p95Ms: { off: round(quantile(offLoad.latenciesMs, 0.95)), on: round(quantile(onLoad.latenciesMs, 0.95)) },
      parts: stored.parts,
      wrongLengths: stored.lengthsOffMs.filter(offMs => Math.abs(offMs) > LENGTH_OFF_MS_MAX).length,
      lengthOffMs: Math.max(...stored.lengthsOffMs.map(Math.abs)),
      unanalyzed: [offLoad, onLoad]
        .flatMap(({ candidates }) => candidates)
        .reduce((sum, { sent, analysed }) => sum + Math.max(0, sent - analysed), 0),
      errors: { ...offLoad.errors, ...onLoad.errors }
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** Starts a server, seats its candidates in an exam, and connects none of them yet. */
async function openSide (
  recording: 'none' | 'full',
  videos: EncodedFrame[][],
  sound: Uint8Array[],
  closers: Array<() => Promise<unknown>>
): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), 'invigil-bench-'))
  closers.push(async () => await rm(folder, { recursive: true, force: true }))
  const { teacher, students } = await createAccounts(`file:${join(folder, 'invigil.db')}`, CANDIDATES)
  const server = await startScriptedGateway(folder, undefined, { ACCESS_TOKEN_TTL: '86400' })
  closers.push(server.stop)
  const staff = await logIn(server.url, teacher)
  const exam = await publishExam(server.url, staff, { recording })
  const candidates: Array<{ readonly userId: string, readonly token: string }> = []
  const sessionIds: string[] = []
  for (const student of students) {
    const caller = await logIn(server.url, student)
    sessionIds.push(await consentAndStart(caller, exam, server.url))
    candidates.push({ userId: student.id, token: caller.token })
  }
  const load = await startLoad({
    url: server.url, candidates, reels: [], videos, fps: FPS, followRate: false, sound
  })
  closers.push(load.close)
  return { server, load, staff, sessionIds, folder }
}

interface Part {
  readonly state: string
  readonly durationMs: number | null
}

/** Waits for the files, and compares their lengths with the time from each candidate's first frame to the last. */
async function storedBy ({ server, staff, sessionIds, folder }: Side, { spansMs }: LoadReading) {
  const partsOf = async (sessionId: string): Promise<Part[]> => {
    const { status, body } = await staff.call(server.url, 'GET', `/recordings?sessionId=${sessionId}&limit=100`)
    if (status !== 200) throw new Error(`recordings: ${status} ${JSON.stringify(body)}`)
    return body['recordings'] as Part[]
  }
  const lengthsOffMs: number[] = []
  let [parts, seconds] = [0, 0]
  for (const [index, sessionId] of sessionIds.entries()) {
    let found: Part[] = []
    await until(async () => {
      found = await partsOf(sessionId)
      return (found.length > 0 && found.every(({ state }) => state === 'ready')) || (await sleep(500), false)
    }, READY_MS_MAX)
    const lengthMs = found.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)
    lengthsOffMs.push(lengthMs - spansMs[index]! - LAST_MS)
    parts += found.length
    seconds += lengthMs / 1000
  }
  return { bytes: await bytesBelow(join(folder, 'media')), parts, seconds, lengthsOffMs }
}

async function bytesBelow (folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}

function table (figures: Recording): string {
  const { candidates, minutes, sentKbASecond, storedMbAnHour, cpuMsASecond, rssMb, p95Ms } = figures
  const { parts, wrongLengths, lengthOffMs, unanalyzed, errors } = figures
  const failed = Object.entries(errors).map(([code, times]) => `${code} ${times}`).join(', ') || 'none'
  return [
    `Recording ${candidates} candidates in full for ${minutes} minutes, ${FPS} frames/s of 640×480 VP8 and sound`,
    `  sent by each: ${sentKbASecond.video} KB/s of video, ${sentKbASecond.sound} KB/s of sound`,
    `  stored: ${storedMbAnHour} MB for each candidate and hour`,
    `  processor time for each second of one candidate: ${cpuMsASecond.off} ms without recording, ` +
      `${cpuMsASecond.on} ms with it, and ${cpuMsASecond.finishing} ms at the end for the files`,
    `  resident memory at the start, in the middle, at the end: ${rssMb.off.join(', ')} MB without, ` +
      `${rssMb.on.join(', ')} MB with recording`,
    `  frame to ack p95: ${p95Ms.off} ms without, ${p95Ms.on} ms with recording`,
    `  recordings: ${parts}; length wrong by more than ${LENGTH_OFF_MS_MAX} ms: ${wrongLengths}, ` +
      `at most ${round(lengthOffMs)} ms`,
    `  frames not analyzed: ${unanalyzed}; errors: ${failed}`
  ].join('\n')
}

export default part('recording', measureRecording, table)
