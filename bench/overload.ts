import { sleep } from './clock.ts'
import { framesBetween, sumOf, withCrowd } from './crowd.ts'
import { loadMaterial, type Material } from './material.ts'
import { jain, quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'

const FPS = 2
const OVERLOAD = 3
/** The number of candidates to start from if no earlier part has measured it. */
const HELD = 100
/** Long enough for the requested rates to settle, and for caches and heaps to fill. */
const WARM_UP_MS = 15_000
const MINUTE_MS = 60_000

export interface OverloadRun {
  /** Whether the candidates follow the rate that the server requests. */
  readonly followRate: boolean
  readonly minutes: number
  readonly received: number
  readonly analysed: number
  /** By cause. */
  readonly dropped: Readonly<Record<string, number>>
  /** Received frames since the start of the server that were neither analyzed nor dropped; 0, or frames were lost. */
  readonly unaccounted: number
  /** Refusals and closed sockets as the candidates count them; and sockets closed by the server, by close code. */
  readonly errors: Readonly<Record<string, number>>
  readonly closes: Readonly<Record<string, number>>
  /** Age of a frame when a worker began with it, warm-up included. */
  readonly stalenessP95Ms: number
  readonly stalenessMaxMs: number
  readonly latencyP95Ms: number
  readonly loopP99Ms: number
  /** Jain's index of the candidates' analyzed frames, and the smallest and largest number of them. */
  readonly fairness: number
  /**
   * The same index for the analyzed share of each candidate's sent frames, because the server requests different rates
   * from candidates.
   */
  readonly fairnessOfShares: number
  readonly analysedMin: number
  readonly analysedMax: number
  /** The server's memory at the beginning of the measured time and after each minute. */
  readonly rssMb: readonly number[]
  /** Growth from the end of the first minute to the end of the last, as a share; null for one minute. */
  readonly rssGrowth: number | null
  readonly serverCores: number
  readonly senderCores: number
}

export interface Overload {
  readonly candidates: number
  readonly runs: readonly OverloadRun[]
}

/** What happens with three times as many candidates as this machine can serve, if they follow `rate` or ignore it? */
async function overload ({ folder, modelsDir, minutes, held = HELD }: BenchOptions): Promise<Overload> {
  const material = await loadMaterial(folder, modelsDir, FPS)
  const candidates = held * OVERLOAD
  const runs: OverloadRun[] = []
  for (const followRate of [true, false]) runs.push(await run({ material, modelsDir, candidates, followRate, minutes }))
  return { candidates, runs }
}

async function run ({
  minutes,
  ...about
}: {
  readonly material: Material
  readonly modelsDir: string
  readonly candidates: number
  readonly followRate: boolean
  readonly minutes: number
}): Promise<OverloadRun> {
  return await withCrowd({ ...about, fps: FPS, sound: false }, WARM_UP_MS, async ({ server, load }, before) => {
    const rssMb = [before.rssMb]
    for (let passed = 0; passed < minutes; passed++) {
      await sleep(Math.min(1, minutes - passed) * MINUTE_MS)
      rssMb.push((await server.read()).rssMb)
    }
    const [after, sent] = await Promise.all([server.read(), load.read()])
    await load.end()
    const { frames } = await server.read()
    const analysed = sent.candidates.map(candidate => candidate.analysed)
    const [, first = NaN] = rssMb
    const closes = Object.entries(after.closes).map(([code, count]): [string, number] => [
      code,
      count - (before.closes[code] ?? 0)
    ])
    return {
      followRate: about.followRate,
      minutes,
      ...framesBetween(before, after),
      unaccounted: frames.received - frames.analysed - sumOf(frames.dropped),
      errors: sent.errors,
      closes: Object.fromEntries(closes),
      stalenessP95Ms: round(after.pool.ageMs.p95),
      stalenessMaxMs: round(after.pool.ageMs.max),
      latencyP95Ms: round(quantile(sent.latenciesMs, 0.95)),
      loopP99Ms: round(after.loopMs.p99),
      fairness: thousandths(jain(analysed)),
      fairnessOfShares: thousandths(
        jain(
          sent.candidates.filter(candidate => candidate.sent > 0).map(candidate => candidate.analysed / candidate.sent)
        )
      ),
      analysedMin: Math.min(...analysed),
      analysedMax: Math.max(...analysed),
      rssMb: rssMb.map(Math.round),
      rssGrowth: minutes < 2 ? null : round(rssMb.at(-1)! / first - 1),
      serverCores: round(after.cores),
      senderCores: round(sent.cores)
    }
  })
}

function thousandths (value: number): number {
  return Math.round(value * 1000) / 1000
}

function table ({ candidates, runs }: Overload): string {
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .filter(([, count]) => count > 0)
      .map(([key, count]) => `${key} ${count}`)
      .join(', ') || 'none'
  return [
    `${candidates} candidates at ${FPS} frames a second, ${OVERLOAD} times the number held`,
    ...runs.flatMap(run => [
      `  ${run.followRate ? 'following `rate`' : 'ignoring `rate`'}, ${run.minutes} min: received ${run.received}, analyzed ${run.analysed}, dropped: ${counts(run.dropped)}; unaccounted ${run.unaccounted}`,
      `    sockets closed: ${counts(run.closes)}; errors: ${counts(run.errors)}; frame to ack p95 ${run.latencyP95Ms} ms; event loop p99 ${run.loopP99Ms} ms`,
      `    staleness p95 ${run.stalenessP95Ms}, max ${run.stalenessMaxMs} ms (goal: at most 500); fairness ${run.fairness} (goal: at least 0.95; by the analyzed share of sent frames ${run.fairnessOfShares}), ${run.analysedMin} to ${run.analysedMax} frames per candidate`,
      `    memory ${run.rssMb.join(', ')} MB after each minute${run.rssGrowth === null ? '' : `, growth ${(run.rssGrowth * 100).toFixed(1)} % (goal: under 5 in ten minutes)`}; cores: server ${run.serverCores}, sender ${run.senderCores}`
    ])
  ].join('\n')
}

export default part('overload', overload, table)
