import { sleep } from './clock.ts'
import { framesBetween, sumOf, withCrowd } from './crowd.ts'
import { loadMaterial, type Material } from './material.ts'
import { jain, quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'

const FPS = 2
const OVERLOAD = 3
/** What is taken as held where no earlier part has found it out. */
const HELD = 100
/** Long enough for the rates that the server asks for to settle, and for caches and heaps to fill. */
const WARM_UP_MS = 15_000
const MINUTE_MS = 60_000

export interface OverloadRun {
  /** Whether the candidates send as slowly as the server asks. */
  readonly followRate: boolean
  readonly minutes: number
  readonly received: number
  readonly analysed: number
  /** By cause. */
  readonly dropped: Readonly<Record<string, number>>
  /** Of those received since the server's start, after everything came back: 0, or some were lost without a cause. */
  readonly unaccounted: number
  /** Refusals and closed sockets, seen by the candidates; and sockets closed by the server, by close code. */
  readonly errors: Readonly<Record<string, number>>
  readonly closes: Readonly<Record<string, number>>
  /** How old frames were when a worker began with them; the warm-up is part of it. */
  readonly stalenessP95Ms: number
  readonly stalenessMaxMs: number
  readonly latencyP95Ms: number
  readonly loopP99Ms: number
  /** Jain's index of the candidates' analysed frames, and the smallest and largest number of them. */
  readonly fairness: number
  /**
   * The same of the share of each candidate's sent frames that was analysed: the server may ask some for more than
   * others.
   */
  readonly fairnessOfShares: number
  readonly analysedMin: number
  readonly analysedMax: number
  /** The server's memory at the begin of the measured time and after each minute. */
  readonly rssMb: readonly number[]
  /** From the end of the first minute to that of the last, as a share; null of one minute. */
  readonly rssGrowth: number | null
  readonly serverCores: number
  readonly senderCores: number
}

export interface Overload {
  readonly candidates: number
  readonly runs: readonly OverloadRun[]
}

/** What happens to three times as many candidates as this machine holds, be they obedient or not? */
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
    `${candidates} candidates at ${FPS} frames a second, ${OVERLOAD} times what is held`,
    ...runs.flatMap(run => [
      `  ${run.followRate ? 'who send as slowly as asked' : 'who do not slow down'}, ${run.minutes} min: received ${run.received}, analysed ${run.analysed}, dropped: ${counts(run.dropped)}; unaccounted ${run.unaccounted}`,
      `    sockets closed: ${counts(run.closes)}; errors: ${counts(run.errors)}; frame to ack p95 ${run.latencyP95Ms} ms; event loop p99 ${run.loopP99Ms} ms`,
      `    staleness p95 ${run.stalenessP95Ms}, max ${run.stalenessMaxMs} ms (goal: at most 500); fairness ${run.fairness} (goal: at least 0.95; of the shares of what each sent ${run.fairnessOfShares}), ${run.analysedMin} to ${run.analysedMax} frames a candidate`,
      `    memory ${run.rssMb.join(', ')} MB at the minutes${run.rssGrowth === null ? '' : `, growth ${(run.rssGrowth * 100).toFixed(1)} % (goal: under 5 in ten minutes)`}; cores: server ${run.serverCores}, sender ${run.senderCores}`
    ])
  ].join('\n')
}

export default part('overload', overload, table)
