import '../detection/models/no-telemetry.ts'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { decodeImage } from '../detection/image/decode.ts'
import { loadModels } from '../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK, type TrackState } from '../detection/pipeline/pipeline.ts'
import { timed, type Taken } from './clock.ts'
import { loadMaterial } from './material.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'

const FPS = 2
const FRAME_MS = 1000 / FPS
/** Ten seconds of a candidate, in which the rarest stage runs once. */
const BLOCK_FRAMES = 20
const BLOCKS = 4
const WARM_UP_FRAMES = 10

export interface Bare {
  readonly frames: number
  /** Runs of nets for each frame. */
  readonly runsAFrame: number
  /** Processor time of the mean frame: of the whole pipeline, decoding included; of its nets and its decoding alone. */
  readonly pipelineCpuMs: number
  readonly bareCpuMs: number
  readonly decodeCpuMs: number
  /** pipeline / bare by processor time: the median of blocks of ten seconds, and the smallest and largest. */
  readonly ratio: number
  readonly ratioMin: number
  readonly ratioMax: number
  /** The same ratio by wall-clock time. */
  readonly ratioByClock: number
}

type Run = InferenceSession['run']

/** One run of a net, with the inputs from the pipeline. */
interface Call {
  readonly session: InferenceSession
  readonly inputs: Parameters<Run>
}

/**
 * How much does the code around the nets cost? The bench times a whole frame, and then its `session.run` calls and its
 * decoding alone, with the same inputs.
 */
async function bare ({ folder, modelsDir }: BenchOptions): Promise<Bare> {
  const { reels, faces } = await loadMaterial(folder, modelsDir, FPS)
  const spy = spyOnRuns()
  try {
    const models = await loadModels({ modelsDir })
    await models.identity?.()
    const pipeline = createPipeline(models, { now: () => performance.now() })
    // The first frame measures properties of the nets once, so it is not timed.
    await pipeline.analyze(await decodeImage(reels[0]![0]!), 0, INITIAL_TRACK, { still: true, embed: true })
    const states = reels.map((): TrackState => INITIAL_TRACK)
    const blocks: Array<{ readonly whole: Taken[], readonly nets: Taken[], readonly decodes: Taken[] }> = []
    let runs = 0
    for (let index = 0; index < WARM_UP_FRAMES + BLOCKS * BLOCK_FRAMES; index++) {
      for (const [candidate, reel] of reels.entries()) {
        const bytes = reel[index % reel.length]!
        const analyzeFrame = async () =>
          await pipeline.analyze(await decodeImage(bytes), index * FRAME_MS, states[candidate]!, {
            enrolled: faces[candidate]!
          })
        const calls = await spy.during(analyzeFrame)
        const before = spy.count
        const whole = async () => {
          const timings = await timed(analyzeFrame)
          if (spy.count - before !== calls.length) {
            throw new Error(
              `The frame ran ${spy.count - before} nets when timed, and ${calls.length} when recorded.`
            )
          }
          return timings
        }
        const nets = async () =>
          await timed(async () => {
            for (const { session, inputs } of calls) await spy.run.apply(session, inputs)
          })
        // Alternate the order: the second of the two finds warm caches.
        const isWholeFirst = (index + candidate) % 2 === 0
        const first = isWholeFirst ? await whole() : undefined
        const alone = await nets()
        const decoded = await timed(async () => await decodeImage(bytes))
        const timedWhole = first ?? await whole()
        states[candidate] = timedWhole.value.state
        if (index < WARM_UP_FRAMES) continue
        const block = (blocks[Math.floor((index - WARM_UP_FRAMES) / BLOCK_FRAMES)] ??= {
          whole: [],
          nets: [],
          decodes: []
        })
        block.whole.push(timedWhole)
        block.nets.push(alone)
        block.decodes.push(decoded)
        runs += calls.length
      }
    }
    const frames = BLOCKS * BLOCK_FRAMES * reels.length
    const sum = (timings: readonly Taken[], by: keyof Taken): number =>
      timings.reduce((total, one) => total + one[by], 0)
    const mean = (name: 'whole' | 'nets' | 'decodes'): number =>
      blocks.reduce((total, block) => total + sum(block[name], 'cpuMs'), 0) / frames
    const ratios = (by: keyof Taken): number[] =>
      blocks.map(({ whole, nets, decodes }) => sum(whole, by) / (sum(nets, by) + sum(decodes, by)))
    return {
      frames,
      runsAFrame: round(runs / frames),
      pipelineCpuMs: round(mean('whole')),
      bareCpuMs: round(mean('nets') + mean('decodes')),
      decodeCpuMs: round(mean('decodes')),
      ratio: round(quantile(ratios('cpuMs'), 0.5)),
      ratioMin: round(Math.min(...ratios('cpuMs'))),
      ratioMax: round(Math.max(...ratios('cpuMs'))),
      ratioByClock: round(quantile(ratios('ms'), 0.5))
    }
  } finally {
    spy.restore()
  }
}

interface Spy {
  /** The engine's own function. */
  readonly run: Run
  /** Number of runs so far. */
  readonly count: number
  /** Records the runs during `work`. It copies the inputs, because the pipeline may reuse their memory. */
  during (work: () => Promise<unknown>): Promise<Call[]>
  restore (): void
}

function spyOnRuns (): Spy {
  // `InferenceSession` is exported as an interface; at run time it is the class of all sessions.
  const { prototype } = InferenceSession as unknown as { readonly prototype: { run: Run } }
  const { run } = prototype
  let calls: Call[] | undefined
  let count = 0
  prototype.run = async function (this: InferenceSession, ...inputs: Parameters<Run>) {
    count++
    calls?.push({ session: this, inputs: [copyOf(inputs[0]), ...inputs.slice(1)] as unknown as Parameters<Run> })
    return await run.apply(this, inputs)
  } as Run
  return {
    run,
    get count () { return count },
    async during (work) {
      const recorded: Call[] = []
      calls = recorded
      try {
        await work()
        return recorded
      } finally {
        calls = undefined
      }
    },
    restore () { prototype.run = run }
  }
}

function copyOf (feeds: InferenceSession.OnnxValueMapType): InferenceSession.OnnxValueMapType {
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => {
    const { type, data, dims } = tensor as OrtTensor
    return [name, new OrtTensor(type as 'float32', (data as Float32Array).slice(), dims)]
  }))
}

function table ({
  frames,
  runsAFrame,
  pipelineCpuMs,
  bareCpuMs,
  decodeCpuMs,
  ratio,
  ratioMin,
  ratioMax,
  ratioByClock
}: Bare): string {
  return [
    `The pipeline against its nets and decoding alone, ${frames} frames at ${FPS} a second, ${runsAFrame} runs of nets for each frame`,
    `  ${pipelineCpuMs} ms of processor time for a frame, ${bareCpuMs} for its nets and decoding alone (decoding ${decodeCpuMs}): ${ratio} times (${ratioMin} to ${ratioMax}), by wall-clock time ${ratioByClock} (goal: at most 1.25)`
  ].join('\n')
}

export default part('bare', bare, table)
