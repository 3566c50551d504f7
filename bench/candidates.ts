import { sleep } from './clock.ts'
import { framesBetween, sumOf, withCrowd } from './crowd.ts'
import { loadMaterial, type Material } from './material.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'

const FPS = 2
const WARM_UP_MS = 8000
const MEASURED_MS = 20_000
/**
 * The first number of candidates tried; the step up or down until one number is served and another is not; and the
 * distance between the two at which the search ends.
 */
const FIRST = 80
const STRIDE = 40
const GRAIN = 10
/** Ends the search on a machine that serves every number. */
const CANDIDATES_MAX = 400

/** Limits within which a number of candidates counts as held (served). */
const LATENCY_P95_MS_MAX = 300
const LOOP_P99_MS_MAX = 20
const DROPPED_SHARE_MAX = 0.01

export interface Step {
  readonly candidates: number
  readonly isHeld: boolean
  /** From sending a frame to its acknowledgement. */
  readonly latencyP50Ms: number
  readonly latencyP95Ms: number
  readonly loopP99Ms: number
  /** Share of the time in which the server's main thread was busy. */
  readonly loopShare: number
  /** Share of the frames that the server dropped or the senders could not send. */
  readonly droppedShare: number
  readonly dropped: Readonly<Record<string, number>>
  /** Frames acknowledged in the measured time, a second. */
  readonly analysedPerSecond: number
  /** Refusals and closed sockets. */
  readonly errors: Readonly<Record<string, number>>
  /**
   * Processor time in cores: of the server, and of the process that sends, which takes its part of the same machine.
   */
  readonly serverCores: number
  readonly senderCores: number
  /** Event loop delay of the sender: latencies below this come from the sender itself. */
  readonly senderLoopP99Ms: number
}

export interface Candidates {
  /** The highest number that was held; 0 if none of those tried was. */
  readonly held: number
  readonly heldWithSound: number
  readonly steps: readonly Step[]
  readonly stepsWithSound: readonly Step[]
}

/**
 * How many candidates can this machine serve at two frames a second, all enrolled, with everything on? The server and
 * the senders share the cores, so a server alone holds more. The senders ignore the server's requests to slow down.
 */
async function candidates ({ folder, modelsDir }: BenchOptions): Promise<Candidates> {
  const material = await loadMaterial(folder, modelsDir, FPS)
  const silent = await search(FIRST, async count => await tryCount(count, { material, modelsDir, sound: false }))
  // Sound needs time too, so the search starts at the number that was held without it.
  const spoken = await search(
    Math.max(GRAIN, silent.held),
    async count => await tryCount(count, { material, modelsDir, sound: true })
  )
  return {
    held: silent.held,
    heldWithSound: spoken.held,
    steps: inOrder(silent.steps),
    stepsWithSound: inOrder(spoken.steps)
  }
}

/** Steps up while the number is held and down while it is not, then halves the distance between the two. */
export async function search<T extends { readonly isHeld: boolean }> (
  first: number,
  attempt: (count: number) => Promise<T>
): Promise<{ held: number, steps: T[] }> {
  const steps: T[] = []
  let held = 0
  let lost = Infinity
  for (let count = first; ;) {
    const step = await attempt(count)
    steps.push(step)
    if (step.isHeld) held = count
    else lost = count
    if (lost - held <= GRAIN || held >= CANDIDATES_MAX) return { held, steps }
    if (lost === Infinity) count = held + STRIDE
    else if (held === 0) count = Math.max(GRAIN, lost - STRIDE)
    else count = Math.round((held + lost) / 2 / GRAIN) * GRAIN
  }
}

function inOrder (steps: readonly Step[]): Step[] {
  return [...steps].sort((a, b) => a.candidates - b.candidates)
}

async function tryCount (
  count: number,
  { material, modelsDir, sound }: { readonly material: Material, readonly modelsDir: string, readonly sound: boolean }
): Promise<Step> {
  const begunMs = performance.now()
  return await withCrowd(
    { modelsDir, material, candidates: count, fps: FPS, followRate: false, sound },
    WARM_UP_MS,
    async ({ server, load }, before) => {
      const measuredFromMs = performance.now()
      await sleep(MEASURED_MS)
      const [after, sent] = await Promise.all([server.read(), load.read()])
      const seconds = (performance.now() - measuredFromMs) / 1000
      await load.end()
      const { dropped } = framesBetween(before, after)
      const unsent = sent.candidates.reduce((sum, candidate) => sum + candidate.unsent, 0)
      const due = count * FPS * seconds
      const droppedShare = (sumOf(dropped) + unsent) / due
      const latencyP95Ms = quantile(sent.latenciesMs, 0.95)
      const result: Step = {
        candidates: count,
        isHeld:
          latencyP95Ms <= LATENCY_P95_MS_MAX &&
          after.loopMs.p99 <= LOOP_P99_MS_MAX &&
          droppedShare < DROPPED_SHARE_MAX &&
          sent.latenciesMs.length >= due * (1 - DROPPED_SHARE_MAX) - count &&
          Object.keys(sent.errors).length === 0,
        latencyP50Ms: round(quantile(sent.latenciesMs, 0.5)),
        latencyP95Ms: round(latencyP95Ms),
        loopP99Ms: round(after.loopMs.p99),
        loopShare: round(after.loopShare),
        droppedShare: round(droppedShare),
        dropped: Object.fromEntries(Object.entries(dropped).filter(([, frames]) => frames > 0)),
        analysedPerSecond: round(sent.latenciesMs.length / seconds),
        errors: sent.errors,
        serverCores: round(after.cores),
        senderCores: round(sent.cores),
        senderLoopP99Ms: round(sent.loopP99Ms)
      }
      process.stderr.write(
        `  ${count} candidates${sound ? ' with sound' : ''}: ${result.isHeld ? 'held' : 'not held'} (${Math.round((performance.now() - begunMs) / 1000)} s)\n`
      )
      return result
    }
  )
}

function table ({ held, heldWithSound, steps, stepsWithSound }: Candidates): string {
  const cells = (...texts: readonly string[]): string => `  ${texts.map(text => text.padStart(14)).join('')}`
  const row = (step: Step): string =>
    cells(
      `${step.candidates}${step.isHeld ? '' : ' (no)'}`,
      step.latencyP50Ms.toFixed(1),
      step.latencyP95Ms.toFixed(1),
      step.loopP99Ms.toFixed(1),
      `${(step.loopShare * 100).toFixed(0)} %`,
      `${(step.droppedShare * 100).toFixed(1)} %`,
      step.analysedPerSecond.toFixed(0),
      step.serverCores.toFixed(2),
      step.senderCores.toFixed(2),
      step.senderLoopP99Ms.toFixed(1),
      Object.entries(step.errors)
        .map(([code, times]) => `${code}: ${times}`)
        .join(', ')
    )
  const head = cells(
    'candidates',
    'ack p50 ms',
    'p95 ms',
    'loop p99 ms',
    'main thread',
    'dropped',
    'frames/s',
    'server',
    'sender',
    'its loop p99'
  )
  return [
    `${held} candidates held at ${FPS} frames a second, JPEG 640×480, everything on, server and sender on the same cores`,
    `  (held: p95 from frame to ack at most ${LATENCY_P95_MS_MAX} ms, event loop p99 at most ${LOOP_P99_MS_MAX} ms, under ${DROPPED_SHARE_MAX * 100} % of the frames dropped; server and sender in cores)`,
    head,
    ...steps.map(row),
    `  ${heldWithSound} with sound in pieces of half a second as well`,
    ...stepsWithSound.map(row)
  ].join('\n')
}

export default part('candidates', candidates, table)
