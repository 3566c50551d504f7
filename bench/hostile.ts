import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ATTACKS, type Attack } from './attacks.ts'
import { sleep } from './clock.ts'
import type { AttackOutcomes, AttackPlan } from './hostile-child.ts'
import { quantile, round } from './numbers.ts'
import { part, type BenchOptions } from './part.ts'
import { answer, startBenchServer, type BenchServer } from './server.ts'
import { seatVictims, type Felt } from './victims.ts'

const MEASURED_MS = 15_000
const WARM_UP_MS = 5_000
const RSS_EVERY_MS = 250
/** Attackers stop when their time is over; after this much longer their process is killed. */
const PATIENCE_MS = 120_000

const TARGET = { waitMs: 500, framesShare: 0.95, rssGrowthMb: 150 } as const

interface Waits {
  readonly p50: number
  readonly p95: number
  readonly max: number
}

interface Stretch {
  readonly answersMs: Waits
  readonly healthMs: Waits
  readonly failed: number
  readonly framesShare: number
  readonly events: Readonly<Record<string, number>>
}

export interface HostileRun {
  readonly attack: string
  readonly row: string
  readonly without: Stretch
  readonly during: Stretch
  /** Highest memory during the attack, minus the memory before it. */
  readonly rssGrowthMb: number
  readonly outcomes: AttackOutcomes
  /** Whether the server did not respond at the end. */
  readonly isDead: boolean
  readonly isHeld: boolean
}

export interface Hostile {
  readonly target: typeof TARGET
  readonly runs: readonly HostileRun[]
}

/** How long do other clients wait during each attack? */
async function hostile ({ modelsDir, attacks = [] }: BenchOptions): Promise<Hostile> {
  const unknown = attacks.filter(name => !ATTACKS.some(attack => attack.name === name))
  if (unknown.length > 0) {
    throw new Error(
      `There is no attack ${unknown.join(', ')}; there are ${ATTACKS.map(({ name }) => name).join(', ')}.`
    )
  }
  const runs: HostileRun[] = []
  for (const attack of ATTACKS.filter(({ name }) => attacks.length === 0 || attacks.includes(name))) {
    runs.push(await run(attack, modelsDir))
  }
  return { target: TARGET, runs }
}

async function run (attack: Attack, modelsDir: string): Promise<HostileRun> {
  const server = await startBenchServer({ modelsDir, candidates: 1 + attack.seats, staff: 1 })
  const attackers = fork(new URL(`./hostile-child${path.extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  try {
    const plan: AttackPlan = { name: attack.name, url: server.url, seats: server.candidates.slice(1), ms: MEASURED_MS }
    const victims = await seatVictims(server)
    attackers.send(plan)
    await answer(attackers, PATIENCE_MS)
    await sleep(WARM_UP_MS)
    const without = stretchOf(await victims.feel(MEASURED_MS))
    const memory = await watchMemory(server)
    attackers.send('begin')
    const [felt, outcomes] = await Promise.all([
      victims.feel(MEASURED_MS),
      answer<AttackOutcomes>(attackers, MEASURED_MS + PATIENCE_MS)
    ])
    const rssGrowthMb = memory.stop()
    // Otherwise the figures would be those of a server that was never attacked.
    if (Object.keys(outcomes).every(outcome => /Error$/.test(outcome))) {
      throw new Error(`The attack ${attack.name} sent nothing: ${JSON.stringify(outcomes)}`)
    }
    const during = stretchOf(felt)
    const isDead = await fetch(`${server.url}/health/live`, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      ({ ok }) => !ok,
      () => true
    )
    if (!isDead) await victims.close()
    const isHeld =
      !isDead &&
      during.failed === 0 &&
      Math.max(during.answersMs.max, during.healthMs.max) <= TARGET.waitMs &&
      during.framesShare >= TARGET.framesShare &&
      rssGrowthMb <= TARGET.rssGrowthMb
    return { attack: attack.name, row: attack.row, without, during, rssGrowthMb, outcomes, isDead, isHeld }
  } finally {
    if (attackers.exitCode === null && attackers.signalCode === null) {
      attackers.kill('SIGKILL')
      await once(attackers, 'exit')
    }
    await server.close()
  }
}

/** Reads the server's memory from outside, because the server may be too busy to respond. */
async function watchMemory ({ pid }: BenchServer): Promise<{ readonly stop: () => number }> {
  const beforeMb = await rssMb(pid)
  let mostMb = beforeMb
  const timer = setInterval(() => {
    rssMb(pid).then(mb => { mostMb = Math.max(mostMb, mb) }, () => {})
  }, RSS_EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return Math.round(mostMb - beforeMb)
    }
  }
}

async function rssMb (pid: number): Promise<number> {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kb === undefined) throw new Error('The memory of the server cannot be read here: this part runs on Linux.')
  return Number(kb) / 1024
}

function stretchOf ({ answersMs, healthMs, failed, framesSent, framesAnalyzed, events }: Felt): Stretch {
  const waits = (times: readonly number[]): Waits => ({
    p50: round(quantile(times, 0.5)),
    p95: round(quantile(times, 0.95)),
    max: round(quantile(times, 1))
  })
  return {
    answersMs: waits(answersMs),
    healthMs: waits(healthMs),
    failed,
    framesShare: framesSent === 0 ? 0 : round(framesAnalyzed / framesSent),
    events
  }
}

function table ({ runs }: Hostile): string {
  const waits = ({ p50, p95, max }: Waits): string => [p50, p95, max].map(ms => Math.round(ms)).join('/')
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .filter(([, times]) => times > 0)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ') || 'none'
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padEnd([13, 5, 24, 24, 14, 9, 6][at] ?? 0)).join(' ')
  return [
    `waits of other clients in ms (p50/p95/max), without > with the attack; targets: max ${TARGET.waitMs} ms, frames ${TARGET.framesShare * 100} %, memory + ${TARGET.rssGrowthMb} MB`,
    line(['attack', 'row', 'answers', 'health', 'frames', 'memory', 'held']),
    ...runs.flatMap(({ attack, row, without, during, rssGrowthMb, outcomes, isDead, isHeld }) => [
      line([
        attack,
        row,
        `${waits(without.answersMs)} > ${waits(during.answersMs)}`,
        `${waits(without.healthMs)} > ${waits(during.healthMs)}`,
        `${Math.round(without.framesShare * 100)} > ${Math.round(during.framesShare * 100)} %`,
        `+ ${rssGrowthMb} MB`,
        isDead ? 'DEAD' : isHeld ? 'yes' : 'no'
      ]),
      `  attackers: ${counts(outcomes)}; victims: ${during.failed} not served, events ${counts(during.events)}`
    ])
  ].join('\n')
}

export default part('hostile', hostile, table)
