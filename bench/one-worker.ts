import { createPool } from '../detection/workers/pool.ts'
import { timed } from './clock.ts'
import { mean, quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { facesOf, frameAt, loadReels, loadSpeech, PIECE_MS } from './reels.ts'

/** The default frame rate of a candidate. The clips are sampled at it, so frames differ as much as in use. */
const FPS = 2
const FRAME_MS = 1000 / FPS
/** Frames of each candidate: forty seconds, in which the rarest stage runs four times. */
const FRAMES = 80
const WARM_UP_FRAMES = 10
const STILLS = 40

export interface StageCost {
  readonly stage: string
  readonly medianMs: number
  readonly p95Ms: number
  /** Share of the frames that ran this stage. */
  readonly shareOfFrames: number
  /** The time that it adds to the mean frame. */
  readonly msAFrame: number
  /** Its share of the mean frame. */
  readonly shareOfTime: number
}

export interface OneWorker {
  readonly frames: number
  readonly frameMedianMs: number
  readonly frameMeanMs: number
  readonly frameP95Ms: number
  /** Processor time for one frame of the whole process: worker and main thread. */
  readonly cpuMsAFrame: number
  /** 1000 / processor time of a frame. */
  readonly framesPerSecondPerCore: number
  /** A worker's time for half a second of speech, and the processor time for one second of a candidate's sound. */
  readonly soundMedianMs: number
  readonly soundCpuMsASecond: number
  /** Every detector on every frame, as for a single picture. */
  readonly stillMedianMs: number
  /** How much the cadence saves: still / mean frame. */
  readonly cadenceRatio: number
  readonly stages: readonly StageCost[]
  readonly objectsName: string
  readonly models: readonly string[]
}

/** What does one frame cost one worker, stage by stage, with the full default cadence at two frames a second? */
async function oneWorker ({ folder, modelsDir }: BenchOptions): Promise<OneWorker> {
  const [reels, speech] = await Promise.all([loadReels(folder, FPS), loadSpeech(folder)])
  const pool = createPool({ modelsDir, workers: 1 })
  try {
    const { objectsName, versions } = await pool.ready
    const faces = await facesOf(pool, reels)
    const workerMs: number[] = []
    const cpuMs: number[] = []
    const soundMs: number[] = []
    const soundCpuMs: number[] = []
    const stages = new Map<string, number[]>()
    const trackStates: unknown[] = []
    const soundStates: unknown[] = []
    for (let index = 0; index < WARM_UP_FRAMES + FRAMES; index++) {
      for (const [candidate, reel] of reels.entries()) {
        const picture = await timed(
          async () =>
            await pool.analyze({
              bytes: frameAt(reel, index),
              atMs: index * FRAME_MS,
              state: trackStates[candidate],
              enrolled: faces[candidate]!
            })
        )
        const soundPiece = await timed(
          async () =>
            await pool.listen({
              pcm: Float32Array.from(speech[index % speech.length]!),
              atMs: index * PIECE_MS,
              state: soundStates[candidate]
            })
        )
        trackStates[candidate] = picture.value.state
        soundStates[candidate] = soundPiece.value.state
        if (index < WARM_UP_FRAMES) continue
        workerMs.push(picture.value.workerMs)
        cpuMs.push(picture.cpuMs)
        soundMs.push(soundPiece.value.workerMs)
        soundCpuMs.push(soundPiece.cpuMs)
        for (const [stage, ms] of Object.entries(picture.value.stagesMs)) {
          stages.set(stage, [...(stages.get(stage) ?? []), ms])
        }
      }
    }
    const stills: number[] = []
    for (let index = 0; index < STILLS; index++) {
      stills.push((await pool.analyzeStill(frameAt(reels[index % reels.length]!, index))).workerMs)
    }

    const frames = workerMs.length
    const frameMeanMs = mean(workerMs)
    const stillMedianMs = quantile(stills, 0.5)
    return {
      frames,
      frameMedianMs: round(quantile(workerMs, 0.5)),
      frameMeanMs: round(frameMeanMs),
      frameP95Ms: round(quantile(workerMs, 0.95)),
      cpuMsAFrame: round(mean(cpuMs)),
      framesPerSecondPerCore: round(1000 / mean(cpuMs)),
      soundMedianMs: round(quantile(soundMs, 0.5)),
      soundCpuMsASecond: round(mean(soundCpuMs) * 1000 / PIECE_MS),
      stillMedianMs: round(stillMedianMs),
      cadenceRatio: round(stillMedianMs / frameMeanMs),
      stages: [...stages].map(([stage, values]) => {
        const msAFrame = mean(values) * values.length / frames
        return {
          stage,
          medianMs: round(quantile(values, 0.5)),
          p95Ms: round(quantile(values, 0.95)),
          shareOfFrames: round(values.length / frames),
          msAFrame: round(msAFrame),
          shareOfTime: round(msAFrame / frameMeanMs)
        }
      }).sort((a, b) => b.msAFrame - a.msAFrame),
      objectsName,
      models: Object.keys(versions)
    }
  } finally {
    await pool.close()
  }
}

function table (result: OneWorker): string {
  const row = (stage: string, ...cells: readonly string[]): string =>
    `  ${stage.padEnd(12)}${cells.map(cell => cell.padStart(12)).join('')}`
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return [
    `One worker, 640×480 JPEG, ${result.frames} frames at ${FPS} a second, every candidate enrolled; objects by ${result.objectsName}; models: ${result.models.join(', ')}`,
    row('stage', 'median ms', 'p95 ms', 'of frames', 'ms a frame', 'of time'),
    ...result.stages.map(({ stage, medianMs, p95Ms, shareOfFrames, msAFrame, shareOfTime }) =>
      row(
        stage,
        medianMs.toFixed(2),
        p95Ms.toFixed(2),
        percent(shareOfFrames),
        msAFrame.toFixed(2),
        percent(shareOfTime)
      )
    ),
    row('frame', result.frameMedianMs.toFixed(2), result.frameP95Ms.toFixed(2), '', result.frameMeanMs.toFixed(2)),
    `  ${result.framesPerSecondPerCore} frames/s per core (${result.cpuMsAFrame} ms of processor time for a frame); every detector on every frame ${result.stillMedianMs} ms, ${result.cadenceRatio} times the mean frame`,
    `  sound: ${result.soundMedianMs} ms for half a second, ${result.soundCpuMsASecond} ms of processor time for one second of a candidate`
  ].join('\n')
}

export default part('one-worker', oneWorker, table)
