/** A server in a process of its own that tells, when asked, how long its event loop was held up since the last time. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loadConfig } from '../src/config.ts'
import { startServer } from '../src/server.ts'

const delay = monitorEventLoopDelay({ resolution: 1 })
await startServer(loadConfig(process.env))
delay.enable()
process.send?.({ ready: true })
process.on('message', () => {
  process.send?.({ loopP99Ms: delay.percentile(99) / 1e6, loopMaxMs: delay.max / 1e6 })
  delay.reset()
})
