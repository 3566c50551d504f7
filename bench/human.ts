import { decodeImage } from '../detection/image/decode.ts'
import { loadModels } from '../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK, type Pipeline, type TrackState } from '../detection/pipeline/pipeline.ts'
import { DEFAULT_CADENCE, type Cadence } from '../detection/pipeline/cadence.ts'
import type { Image } from '../detection/types.ts'
import { timed } from './clock.ts'
import { loadHuman, setClock, type Human, type HumanTensor } from './human-wasm.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { loadReels } from './reels.ts'

const FPS = 2
const FRAME_MS = 1000 / FPS
const FRAMES_MIN = 20

/** Every detector on every frame. */
const ALWAYS: Cadence = {
  ...DEFAULT_CADENCE,
  facesMs: 0,
  objectsMs: 0,
  objectsStillMs: 0,
  handsMs: 0,
  handsSearchMs: 0,
  stillChangeMax: -1
}

/** Both libraries with the same kind of settings. */
export interface Comparison {
  readonly way: string
  readonly frames: number
  readonly humanMedianMs: number
  readonly humanMeanMs: number
  readonly oursMedianMs: number
  readonly oursMeanMs: number
  /**
   * Processor time of a frame with human / with Invigil, and the same by wall-clock time. Both compare means, because
   * the frames of a cadence are not equal.
   */
  readonly ratio: number
  readonly ratioByClock: number
  /** The same for the medians of the wall-clock times. */
  readonly ratioOfMedians: number
  /** Faces, hands and objects found in all frames; they show that both ran their detectors. */
  readonly humanSaw: Found
  readonly oursSaw: Found
}

interface Found {
  readonly faces: number
  readonly hands: number
  readonly objects: number
}

export interface Versus {
  readonly version: string
  readonly settings: string
  readonly objectsName: string
  readonly comparisons: readonly Comparison[]
}

/** How much more does a common library cost? Both analyze the same decoded frames alternately, on one thread. */
async function human ({ folder, modelsDir }: BenchOptions): Promise<Versus> {
  const reels: Image[][] = []
  for (const reel of await loadReels(folder, FPS)) {
    reels.push(await Promise.all(reel.map(async bytes => await decodeImage(bytes))))
  }
  const models = await loadModels({ modelsDir })
  const pipelineOf = (cadence: Cadence): Pipeline =>
    createPipeline(models, { cadence, now: () => Number(process.hrtime.bigint()) / 1e6 })
  const peer = await loadHuman()
  const comparisons: Comparison[] = []
  for (const { way, caches, cadence } of [
    { way: 'every task on every frame', caches: false, cadence: ALWAYS },
    { way: 'each with its own default cadence', caches: true, cadence: DEFAULT_CADENCE }
  ]) {
    peer.setCaching(caches)
    comparisons.push(await compare(way, peer, pipelineOf(cadence), reels))
  }
  return { version: peer.version, settings: peer.settings, objectsName: models.objectsName, comparisons }
}

async function compare (way: string, peer: Human, pipeline: Pipeline, reels: readonly Image[][]): Promise<Comparison> {
  const rows: Array<{ readonly theirs: Result, readonly ours: Result }> = []
  let atMs = 0
  // The first round is the warm-up. The clips follow one another, as if one camera showed them.
  for (const isWarmUp of [true, false]) {
    for (const reel of reels) {
      const eye = new Eye(pipeline)
      for (const [index, image] of (isWarmUp ? reel.slice(0, 3) : reel).entries()) {
        atMs += FRAME_MS
        const theirs = async () => await detectWith(peer, image, atMs)
        const ours = async () => await eye.look(image, atMs)
        const row =
          index % 2 === 0 ? { theirs: await theirs(), ours: await ours() } : inTurn(await ours(), await theirs())
        if (!isWarmUp) rows.push(row)
      }
    }
  }
  if (rows.length < FRAMES_MIN) throw new Error(`The clips have ${rows.length} frames only; ${FRAMES_MIN} are needed.`)
  const side = (name: 'theirs' | 'ours'): Result[] => rows.map(row => row[name])
  const mean = (name: 'theirs' | 'ours', by: 'ms' | 'cpuMs'): number =>
    side(name).reduce((sum, result) => sum + result[by], 0) / rows.length
  const median = (name: 'theirs' | 'ours'): number =>
    quantile(
      side(name).map(({ ms }) => ms),
      0.5
    )
  return {
    way,
    frames: rows.length,
    humanMedianMs: round(median('theirs')),
    humanMeanMs: round(mean('theirs', 'ms')),
    oursMedianMs: round(median('ours')),
    oursMeanMs: round(mean('ours', 'ms')),
    ratio: round(mean('theirs', 'cpuMs') / mean('ours', 'cpuMs')),
    ratioByClock: round(mean('theirs', 'ms') / mean('ours', 'ms')),
    ratioOfMedians: round(median('theirs') / median('ours')),
    humanSaw: sumSeen(side('theirs')),
    oursSaw: sumSeen(side('ours'))
  }
}

interface Result {
  readonly ms: number
  readonly cpuMs: number
  readonly counts: Found
}

function inTurn (ours: Result, theirs: Result): { readonly theirs: Result, readonly ours: Result } {
  return { theirs, ours }
}

/** Analyzes the frames of one camera with Invigil's pipeline. */
class Eye {
  readonly #pipeline: Pipeline
  #state: TrackState = INITIAL_TRACK

  constructor (pipeline: Pipeline) {
    this.#pipeline = pipeline
  }

  async look (image: Image, atMs: number): Promise<Result> {
    const {
      value: { observation, state },
      ms,
      cpuMs
    } = await timed(async () => await this.#pipeline.analyze(image, atMs, this.#state))
    this.#state = state
    return {
      ms,
      cpuMs,
      counts: {
        faces: observation.faces.length,
        hands: observation.hands?.length ?? 0,
        objects: observation.objects?.length ?? 0
      }
    }
  }
}

/** Makes the peer's tensor outside the timing, like the decoded picture, and sets its clock to the camera's time. */
async function detectWith (peer: Human, image: Image, atMs: number): Promise<Result> {
  const tensor: HumanTensor = peer.tensorOf(image)
  const restore = setClock(atMs)
  try {
    const { value: { face, hand, object }, ms, cpuMs } = await timed(async () => await peer.detect(tensor))
    return { ms, cpuMs, counts: { faces: face.length, hands: hand.length, objects: object.length } }
  } finally {
    restore()
    peer.dispose(tensor)
  }
}

function sumSeen (results: readonly Result[]): Found {
  const sum = (name: keyof Found): number => results.reduce((total, { counts }) => total + counts[name], 0)
  return { faces: sum('faces'), hands: sum('hands'), objects: sum('objects') }
}

function table ({ version, settings, objectsName, comparisons }: Versus): string {
  const found = ({ faces, hands, objects }: Found): string => `${faces} faces, ${hands} hands, ${objects} objects`
  return [
    `Against @vladmandic/human ${version} (${settings}), same decoded frames, one thread each, alternately; Invigil's objects by ${objectsName}`,
    ...comparisons.flatMap(row => [
      `  ${row.way}, ${row.frames} frames: human median ${row.humanMedianMs} ms (mean ${row.humanMeanMs}), Invigil ${row.oursMedianMs} ms (mean ${row.oursMeanMs})`,
      `    ${row.ratio} times by processor time, ${row.ratioByClock} by wall-clock time, ${row.ratioOfMedians} by the medians (goal: at least 10); human found ${found(row.humanSaw)}, Invigil ${found(row.oursSaw)}`
    ])
  ].join('\n')
}

export default part('human', human, table)
