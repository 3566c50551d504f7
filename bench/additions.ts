import { listen, type ListenState } from '../detection/audio/listen.ts'
import { decodeImage } from '../detection/image/decode.ts'
import { loadModels } from '../detection/pipeline/load-models.ts'
import {
  createPipeline, INITIAL_TRACK, type AnalyzeOptions, type Pipeline, type TrackState
} from '../detection/pipeline/pipeline.ts'
import { cpuNow, timed } from './clock.ts'
import { loadMaterial } from './material.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { PIECE_MS } from './reels.ts'

const FPS = 2
const FRAME_MS = 1000 / FPS
/** Ten seconds of a candidate, in which the rarest stage runs once. */
const BLOCK_FRAMES = 20
const BLOCKS = 5
const WARM_UP_FRAMES = 10

export interface Addition {
  readonly name: string
  /** Processor time. */
  readonly msAFrame: number
}

export interface Additions {
  readonly frames: number
  /** Processor time of a frame with faces, mesh, hands, objects and quality only. */
  readonly withoutCpuMs: number
  /** The same with all additions, sound included. */
  readonly withCpuMs: number
  /** with / without: the median of blocks of ten seconds, and the smallest and largest. */
  readonly ratio: number
  readonly ratioMin: number
  readonly ratioMax: number
  /** The same ratio without sound. */
  readonly ratioOfPictures: number
  /** The time that each addition adds to the mean frame. */
  readonly additions: readonly Addition[]
}

/**
 * What do identity, liveness and sound add to a frame? The default pipeline and one without these three analyze the
 * same frames alternately, in this thread.
 */
async function additions ({ folder, modelsDir }: BenchOptions): Promise<Additions> {
  const { reels, faces, speech } = await loadMaterial(folder, modelsDir, FPS)
  const models = await loadModels({ modelsDir })
  await models.identity?.()
  // Stages are timed by processor time too, so that they add up to the whole.
  const all = createPipeline(models, { now: cpuNow })
  const plain = createPipeline({ ...models, spoofV2: undefined, spoofV1SE: undefined }, { now: cpuNow })
  const full = reels.map((_, candidate) => new Eye(all, { enrolled: faces[candidate]! }))
  const bare = reels.map(() => new Eye(plain, {}))
  const soundStates = reels.map((): ListenState | undefined => undefined)

  const blocks: Array<{ with: number, without: number, sound: number }> = []
  const sums = new Map<string, number>()
  const names = new Set<string>()
  for (let index = 0; index < WARM_UP_FRAMES + BLOCKS * BLOCK_FRAMES; index++) {
    for (const [candidate, reel] of reels.entries()) {
      const bytes = reel[index % reel.length]!
      const turns = [
        async () => await full[candidate]!.look(bytes, index * FRAME_MS),
        async () => await bare[candidate]!.look(bytes, index * FRAME_MS)
      ]
      // Alternate the order: the second of the two finds the picture in the cache.
      const isFullFirst = (index + candidate) % 2 === 0
      const first = await turns[isFullFirst ? 0 : 1]!()
      const second = await turns[isFullFirst ? 1 : 0]!()
      const [withAll, withoutAny] = isFullFirst ? [first, second] : [second, first]
      const soundTime = await timed(
        async () =>
          await listen(models, speech[index % speech.length]!, index * PIECE_MS, soundStates[candidate])
      )
      soundStates[candidate] = soundTime.value.state
      if (index < WARM_UP_FRAMES) continue

      const block = blocks[Math.floor((index - WARM_UP_FRAMES) / BLOCK_FRAMES)] ??= { with: 0, without: 0, sound: 0 }
      block.with += withAll.cpuMs
      block.without += withoutAny.cpuMs
      block.sound += soundTime.cpuMs
      for (const stage of Object.keys(withoutAny.stagesMs)) names.add(stage)
      for (const [stage, ms] of Object.entries({ ...withAll.stagesMs, sound: soundTime.cpuMs })) {
        sums.set(stage, (sums.get(stage) ?? 0) + ms)
      }
    }
  }
  const frames = BLOCKS * BLOCK_FRAMES * reels.length
  const total = (name: 'with' | 'without' | 'sound'): number => blocks.reduce((sum, block) => sum + block[name], 0)
  const ratios = blocks.map(block => (block.with + block.sound) / block.without)
  return {
    frames,
    withoutCpuMs: round(total('without') / frames),
    withCpuMs: round((total('with') + total('sound')) / frames),
    ratio: round(quantile(ratios, 0.5)),
    ratioMin: round(Math.min(...ratios)),
    ratioMax: round(Math.max(...ratios)),
    ratioOfPictures: round(
      quantile(
        blocks.map(block => block.with / block.without),
        0.5
      )
    ),
    additions: [...sums]
      .filter(([name]) => !names.has(name))
      .map(([name, ms]) => ({ name, msAFrame: round(ms / frames) }))
      .sort((a, b) => b.msAFrame - a.msAFrame)
  }
}

/** One candidate's frames through one pipeline. */
class Eye {
  readonly #pipeline: Pipeline
  readonly #options: AnalyzeOptions
  #state: TrackState = INITIAL_TRACK

  constructor (pipeline: Pipeline, options: AnalyzeOptions) {
    this.#pipeline = pipeline
    this.#options = options
  }

  async look (
    bytes: Uint8Array,
    atMs: number
  ): Promise<{ readonly cpuMs: number, readonly stagesMs: Readonly<Record<string, number>> }> {
    const { value, cpuMs } = await timed(
      async () => await this.#pipeline.analyze(await decodeImage(bytes), atMs, this.#state, this.#options)
    )
    this.#state = value.state
    return { cpuMs, stagesMs: value.stagesMs }
  }
}

function table ({
  frames,
  withoutCpuMs,
  withCpuMs,
  ratio,
  ratioMin,
  ratioMax,
  ratioOfPictures,
  additions
}: Additions): string {
  return [
    `Additions to faces, mesh, hands, objects, quality and decoding, ${frames} frames at ${FPS} a second, with and without them alternately; half a second of sound for each frame; processor time`,
    ...additions.map(({ name, msAFrame }) => `  ${name.padEnd(12)}${msAFrame.toFixed(2).padStart(8)} ms a frame`),
    `  ${withCpuMs} ms of processor time for a frame with all, ${withoutCpuMs} without: ${ratio} times (${ratioMin} to ${ratioMax}), ${ratioOfPictures} times without sound (goal: at most 1.3)`
  ].join('\n')
}

export default part('additions', additions, table)
