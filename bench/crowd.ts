import { sleep } from './clock.ts'
import { startLoad, type Load } from './load.ts'
import type { Material } from './material.ts'
import { pcm16 } from './reels.ts'
import { startBenchServer, type BenchServer, type ServerReading } from './server.ts'

export interface CrowdOptions {
  readonly modelsDir: string
  readonly material: Material
  readonly candidates: number
  readonly fps: number
  readonly followRate: boolean
  readonly sound: boolean
}

/** A server and its candidates: two processes that share the cores of this machine. */
export interface Crowd {
  readonly server: BenchServer
  readonly load: Load
}

/**
 * Connects the candidates, lets them send for `warmUpMs`, starts the measured time, and calls `use`. Closes both
 * processes afterwards.
 */
export async function withCrowd<T> (
  options: CrowdOptions,
  warmUpMs: number,
  use: (crowd: Crowd, before: ServerReading) => Promise<T>
): Promise<T> {
  const {
    modelsDir,
    material: { reels, faces, speech },
    candidates,
    fps,
    followRate,
    sound
  } = options
  const server = await startBenchServer({ modelsDir, candidates, faces, env: { REQUESTS_PER_MINUTE: '1000000' } })
  try {
    const load = await startLoad({
      url: server.url,
      candidates: server.candidates,
      reels,
      fps,
      followRate,
      sound: sound ? pcm16(speech) : []
    })
    try {
      await load.start()
      await sleep(warmUpMs)
      const [before] = await Promise.all([server.reset(), load.reset()])
      return await use({ server, load }, before)
    } finally {
      await load.close()
    }
  } finally {
    await server.close()
  }
}

/** Frames that the server received, analyzed and dropped between two readings. */
export function framesBetween (
  before: ServerReading,
  after: ServerReading
): { readonly received: number, readonly analysed: number, readonly dropped: Readonly<Record<string, number>> } {
  const earlier = before.frames.dropped as Readonly<Record<string, number>>
  return {
    received: after.frames.received - before.frames.received,
    analysed: after.frames.analysed - before.frames.analysed,
    dropped: Object.fromEntries(
      Object.entries(after.frames.dropped).map(([cause, count]) => [cause, count - (earlier[cause] ?? 0)])
    )
  }
}

export function sumOf (counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
