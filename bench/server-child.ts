/**
 * A server in its own process. On request it reports its work since the last reset.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loadConfig } from '../src/config.ts'
import { startServer } from '../src/server.ts'
import type { ServerReading } from './server.ts'

const delay = monitorEventLoopDelay({ resolution: 1 })
const { url, services: { pool, live } } = await startServer(loadConfig(process.env))
delay.enable()
let sinceMs = performance.now()
let cpuSince = process.cpuUsage()
let loopSince = performance.eventLoopUtilization()
process.send?.({ url })

process.on('message', command => {
  if (command === 'reset') {
    delay.reset()
    sinceMs = performance.now()
    cpuSince = process.cpuUsage()
    loopSince = performance.eventLoopUtilization()
  }
  const { frames, sound, closes } = live.counters
  const { user, system } = process.cpuUsage(cpuSince)
  const reading: ServerReading = {
    loopMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    cores: (user + system) / 1000 / (performance.now() - sinceMs),
    loopShare: performance.eventLoopUtilization(loopSince).utilization,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    frames,
    sound,
    closes: Object.fromEntries(closes),
    pool: pool.stats(),
    heapMb: heapMb()
  }
  process.send?.(reading)
})

/** Memory of the main thread's heap and buffers, after a garbage collection if Node has `--expose-gc`. */
function heapMb (): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
