import path from 'node:path'
import { createImageDecoder } from '../detection/image/decode.ts'
import { loadModels } from '../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK, type Pipeline } from '../detection/pipeline/pipeline.ts'
import type { Image, Observation } from '../detection/types.ts'
import { StreamDecoders } from '../detection/video/stream-decoders.ts'
import { loadImages, loadReel, loadVideo } from '../src/cli/simulate/frames.ts'
import { timed } from './clock.ts'
import { mean, quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'

/** Webcam clips in which hands rise, and phone clips of heads that turn. */
const CLIPS = ['asl_book.mkv', 'asl_eat.mkv', 'asl_thanks.mkv', 'gaze_center_left_center.mp4', 'gaze_center_focus.mp4']
const RATES = [2, 1] as const
const CAMERA = { width: 640, height: 480 }
/** Number of times that each frame is decoded, as a picture and as video alternately. */
const ROUNDS = 5

/** Share of the frames in which detection finds the same after encoding as before, 0..1. */
interface Agreement {
  readonly faces: number
  readonly gaze: number
  /** Share of the frames on which the object detector ran. */
  readonly objects: number
}

interface Way {
  readonly bytesAFrame: number
  /** For one candidate, without headers. */
  readonly kilobytesASecond: number
  /** Processor time of all threads for decoding one frame to RGB, median. */
  readonly decodeCpuMs: number
  readonly agreement: Agreement
}

export interface Video {
  readonly rates: ReadonlyArray<{
    readonly fps: number
    readonly frames: number
    readonly pictures: Way
    readonly video: Way
  }>
}

/** What do a candidate's frames cost as JPEG and as VP8, and does detection find the same in them? */
async function video ({ folder, modelsDir }: BenchOptions): Promise<Video> {
  const models = await loadModels({ modelsDir })
  const pipeline = createPipeline(models, { now: () => performance.now() })
  const rates: Array<Video['rates'][number]> = []
  for (const fps of RATES) {
    const runs: Run[] = []
    for (const clip of CLIPS) runs.push(await runClip(path.join(folder, 'video', clip), fps, pipeline))
    rates.push({
      fps,
      frames: runs.reduce((sum, { frames }) => sum + frames, 0),
      pictures: sumUp(
        runs.map(run => run.pictures),
        fps
      ),
      video: sumUp(
        runs.map(run => run.video),
        fps
      )
    })
  }
  return { rates }
}

interface Measured {
  readonly bytes: number[]
  readonly cpuMs: number[]
  readonly same: { readonly faces: boolean[], readonly gaze: boolean[], readonly objects: boolean[] }
}

interface Run {
  readonly frames: number
  readonly pictures: Measured
  readonly video: Measured
}

/** Encodes one clip both ways, and analyzes its frames before encoding, as pictures and as video. */
async function runClip (file: string, fps: number, pipeline: Pipeline): Promise<Run> {
  const options = { ...CAMERA, fps }
  const [reel, chunks] = [await loadReel([file], options), await loadVideo([file], options)]
  const pictures = measured(reel.map(({ length }) => length))
  const video = measured(chunks.map(({ bytes }) => bytes.length))
  const decodeImage = createImageDecoder()
  const streams = new StreamDecoders()
  const [asTheyWere, inPictures, inVideo] = [
    decodeAndAnalyze(pipeline, fps),
    decodeAndAnalyze(pipeline, fps),
    decodeAndAnalyze(pipeline, fps)
  ]
  let index = 0
  for await (const image of loadImages([file], options)) {
    const { isKey, bytes } = chunks[index]!
    const input = { codec: 'vp8', chunks: [{ isKey, bytes, atMs: index * 1000 / fps }] }
    for (let round = 0; round < ROUNDS; round++) {
      pictures.cpuMs.push((await timed(async () => await decodeImage(reel[index]!))).cpuMs)
      // One decoder for each round, since a decoder accepts a chunk only once.
      video.cpuMs.push((await timed(async () => await streams.decode(String(round), input, 0))).cpuMs)
    }
    const truth = await asTheyWere(image, index)
    compare(pictures, truth, await inPictures(await decodeImage(reel[index]!), index))
    compare(video, truth, await inVideo(await streams.decode('analyzed', input, 0), index))
    index++
  }
  streams.closeIdle(Infinity)
  return { frames: index, pictures, video }
}

function measured (bytes: number[]): Measured {
  return { bytes, cpuMs: [], same: { faces: [], gaze: [], objects: [] } }
}

/** Returns a function that analyzes a candidate's frames in order. */
function decodeAndAnalyze (pipeline: Pipeline, fps: number): (image: Image, index: number) => Promise<Observation> {
  let track = INITIAL_TRACK
  return async (image, index) => {
    const { observation, state } = await pipeline.analyze(image, index * 1000 / fps, track)
    track = state
    return observation
  }
}

function compare ({ same }: Measured, truth: Observation, found: Observation): void {
  same.faces.push(truth.faces.length === found.faces.length)
  if (truth.faces.length > 0) same.gaze.push(truth.faces[0]?.gaze.direction === found.faces[0]?.gaze.direction)
  if (truth.objects !== undefined && found.objects !== undefined) same.objects.push(labels(truth) === labels(found))
}

function labels ({ objects = [] }: Observation): string {
  return objects.map(({ label }) => label).sort().join()
}

function sumUp (runs: readonly Measured[], fps: number): Way {
  const share = (of: (run: Measured) => readonly boolean[]): number => round(mean(runs.flatMap(of).map(Number)))
  const bytesAFrame = mean(runs.flatMap(({ bytes }) => bytes))
  return {
    bytesAFrame: Math.round(bytesAFrame),
    kilobytesASecond: round((bytesAFrame * fps) / 1000),
    decodeCpuMs: round(
      quantile(
        runs.flatMap(({ cpuMs }) => cpuMs),
        0.5
      )
    ),
    agreement: {
      faces: share(({ same }) => same.faces),
      gaze: share(({ same }) => same.gaze),
      objects: share(({ same }) => same.objects)
    }
  }
}

function table ({ rates }: Video): string {
  const line = (name: string, { bytesAFrame, kilobytesASecond, decodeCpuMs, agreement }: Way): string =>
    `  ${name}: ${bytesAFrame} bytes a frame, ${kilobytesASecond} kB a second; decoding ${decodeCpuMs} ms CPU; as before encoding: faces ${agreement.faces}, gaze ${agreement.gaze}, objects ${agreement.objects}`
  return [
    'pictures and video',
    ...rates.flatMap(({ fps, frames, pictures, video }) => [
      `  at ${fps} frames/s, ${frames} frames: video has ${round(video.bytesAFrame / pictures.bytesAFrame)} of the bytes, and ${round(video.decodeCpuMs / pictures.decodeCpuMs)} of the decoding`,
      line('JPEG', pictures),
      line('VP8', video)
    ])
  ].join('\n')
}

export default part('video', video, table)
