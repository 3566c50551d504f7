/** The process of the simulated candidates. The bench sends it `start`, `reset`, `read` and `end`. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { SimulatedCandidate } from '../src/cli/simulate/candidate.ts'
import { count, createTally, type Tally } from '../src/cli/simulate/tally.ts'
import type { CandidateLoad, LoadCommand, LoadPlan, LoadReading } from './load.ts'

/** Longest wait for acknowledgements after the last frame. */
const SETTLE_MS = 5000
/** Number of sockets opened at a time. */
const OPENED_AT_ONCE = 10

/** One candidate with its counts now and at the beginning of the measured time. */
interface Player {
  readonly candidate: SimulatedCandidate
  readonly tally: Tally
  readonly delayMs: number
  before: { readonly load: CandidateLoad, readonly answers: number }
}

function loadOf ({ framesSent, framesUnsent, framesProcessed, framesReplaced, framesStale }: Tally): CandidateLoad {
  return {
    sent: framesSent,
    unsent: framesUnsent,
    analysed: framesProcessed,
    replaced: framesReplaced,
    stale: framesStale
  }
}

function createPlayers ({ url, candidates, reels, videos, fps, followRate, sound }: LoadPlan): Player[] {
  return candidates.map(({ userId, token }, index) => {
    const tally = createTally()
    const cameras = videos ?? reels
    const camera = index % cameras.length
    const video = videos?.[camera]
    const reel = reels[camera] ?? []
    // The candidates differ in the times at which they send and in the frames that they send.
    const offset = Math.floor(index / cameras.length) % cameras[camera]!.length
    const address = new URL(`/ws/${userId}`, url.replace(/^http/, 'ws'))
    return {
      candidate: new SimulatedCandidate({ url: address, token, reel, video, offset, fps, followRate, sound, tally }),
      tally,
      delayMs: index / candidates.length * 1000 / fps,
      before: { load: loadOf(tally), answers: 0 }
    }
  })
}

const delay = monitorEventLoopDelay({ resolution: 1 })
let players: Player[] = []
let sinceMs = performance.now()
let cpuSince = process.cpuUsage()

function reset (): void {
  for (const player of players) player.before = { load: loadOf(player.tally), answers: player.tally.latenciesMs.length }
  delay.reset()
  sinceMs = performance.now()
  cpuSince = process.cpuUsage()
}

function read (): LoadReading {
  const errors = new Map<string, number>()
  for (const { tally } of players) {
    for (const [code, times] of tally.errors) for (let time = 0; time < times; time++) count(errors, code)
  }
  const { user, system } = process.cpuUsage(cpuSince)
  return {
    candidates: players.map(({ tally, before }) => {
      const now = loadOf(tally)
      const since = (name: keyof CandidateLoad): number => now[name] - before.load[name]
      return {
        sent: since('sent'),
        unsent: since('unsent'),
        analysed: since('analysed'),
        replaced: since('replaced'),
        stale: since('stale')
      }
    }),
    latenciesMs: players.flatMap(({ tally, before }) => tally.latenciesMs.slice(before.answers)),
    spansMs: players.map(({ tally: { firstSentMs = 0, lastSentMs = 0 } }) => lastSentMs - firstSentMs),
    errors: Object.fromEntries(errors),
    cores: (user + system) / 1000 / (performance.now() - sinceMs),
    loopP99Ms: delay.percentile(99) / 1e6
  }
}

async function execute (command: LoadCommand): Promise<void> {
  switch (command) {
    case 'start':
      for (let from = 0; from < players.length; from += OPENED_AT_ONCE) {
        await Promise.all(players.slice(from, from + OPENED_AT_ONCE).map(({ candidate }) => candidate.open()))
      }
      for (const { candidate, delayMs } of players) candidate.stream(delayMs)
      delay.enable()
      return reset()
    case 'reset':
      return reset()
    case 'read':
      return
    case 'end': {
      for (const { candidate } of players) candidate.pause()
      const untilMs = performance.now() + SETTLE_MS
      while (performance.now() < untilMs && players.some(({ candidate }) => candidate.waiting)) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
  }
}

process.on('message', (message: LoadPlan | LoadCommand) => {
  if (typeof message === 'object') {
    players = createPlayers(message)
    process.send?.({})
    return
  }
  execute(message).then(async () => {
    const reading = read()
    if (message === 'end') await Promise.all(players.map(({ candidate }) => candidate.close()))
    process.send?.(reading)
  }).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  })
})
