import { join } from 'node:path'
import { loadVideo } from '../src/cli/simulate/frames.ts'
import type { EncodedFrame } from '../src/cli/simulate/vp8.ts'
import { sleep } from './clock.ts'
import { startLoad } from './load.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { loadSpeech, pcm16, VIDEO_CLIPS } from './reels.ts'
import { startBenchServer, type BenchServer } from './server.ts'

/** Far fewer than the machine holds, so that frames do not wait for each other. */
const CANDIDATES = 4
const FPS = 2
const PAIRS = 6
const WARM_UP_MS = 10_000
const MEASURED_MS = 20_000
const RATIO_MAX = 1.1

interface Waits {
  readonly frames: number
  readonly p50Ms: number
  readonly p95Ms: number
}

export interface RecordingWaits {
  readonly candidates: number
  readonly pairs: ReadonlyArray<{ readonly off: Waits, readonly on: Waits }>
  /** Of all frames of all pairs. */
  readonly off: Waits
  readonly on: Waits
  readonly ratioP95: number
}

/** Do a candidate's frames wait longer for their answer when they are recorded? One server, both in turn. */
async function measureWaits ({ folder, modelsDir }: BenchOptions): Promise<RecordingWaits> {
  const videos: EncodedFrame[][] = []
  for (const clip of VIDEO_CLIPS) {
    videos.push(await loadVideo([join(folder, 'video', clip)], { fps: FPS, width: 640, height: 480 }))
  }
  const sound = pcm16(await loadSpeech(folder))
  const server = await startBenchServer({ modelsDir, candidates: CANDIDATES * 2, recorded: CANDIDATES })
  try {
    const all = { off: [] as number[], on: [] as number[] }
    const pairs: Array<RecordingWaits['pairs'][number]> = []
    // The first pair warms up and is not counted.
    for (let pair = 0; pair <= PAIRS; pair++) {
      const taken = { off: [] as readonly number[], on: [] as readonly number[] }
      // Alternately one or the other first.
      for (const side of pair % 2 === 0 ? ['off', 'on'] as const : ['on', 'off'] as const) {
        taken[side] = await latenciesOf(server, side === 'on', videos, sound)
      }
      if (pair === 0) continue
      pairs.push({ off: waits(taken.off), on: waits(taken.on) })
      all.off.push(...taken.off)
      all.on.push(...taken.on)
    }
    const [off, on] = [waits(all.off), waits(all.on)]
    return { candidates: CANDIDATES, pairs, off, on, ratioP95: round(on.p95Ms / off.p95Ms) }
  } finally {
    await server.close()
  }
}

async function latenciesOf (
  server: BenchServer, isRecorded: boolean, videos: EncodedFrame[][], sound: Uint8Array[]
): Promise<readonly number[]> {
  const candidates = isRecorded ? server.candidates.slice(0, CANDIDATES) : server.candidates.slice(CANDIDATES)
  const load = await startLoad({ url: server.url, candidates, reels: [], videos, fps: FPS, followRate: false, sound })
  try {
    await load.start()
    await sleep(WARM_UP_MS)
    await load.reset()
    await sleep(MEASURED_MS)
    const { latenciesMs, errors } = await load.end()
    if (Object.keys(errors).length > 0) throw new Error(`the candidates met errors: ${JSON.stringify(errors)}`)
    return latenciesMs
  } finally {
    await load.close()
  }
}

function waits (takenMs: readonly number[]): Waits {
  return { frames: takenMs.length, p50Ms: round(quantile(takenMs, 0.5)), p95Ms: round(quantile(takenMs, 0.95)) }
}

function table ({ candidates, pairs, off, on, ratioP95 }: RecordingWaits): string {
  const line = (name: string, { frames, p50Ms, p95Ms }: Waits): string =>
    `${name} p50 ${p50Ms}, p95 ${p95Ms} ms (${frames} frames)`
  return [
    `Frame to ack of ${candidates} candidates at ${FPS} frames/s of VP8 and sound, recorded and not in turn`,
    ...pairs.map(pair => `  ${line('not recorded', pair.off)}; ${line('recorded', pair.on)}`),
    `  all: ${line('not recorded', off)}; ${line('recorded', on)}`,
    `  p95 recorded / not recorded: ${ratioP95} (goal: at most ${RATIO_MAX})${ratioP95 > RATIO_MAX ? ', missed' : ''}`
  ].join('\n')
}

export default part('recording-waits', measureWaits, table)
