import { monitorEventLoopDelay } from 'node:perf_hooks'
import t from 'tap'
import { build, call, person } from '../../support/app.ts'
import { makeEmptyBlocks, makeHugeFragment, makeHugeTable } from '../../support/hostile-sound.ts'

t.test('a sound file that attacks the decoder is refused, and other requests are served meanwhile', async t => {
  const app = await build(t, {})
  const { headers } = await person(app)
  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()
  for (const bytes of [makeHugeTable(), makeHugeFragment(), makeEmptyBlocks(100_000)]) {
    const response = call(app, 'POST', '/analyze', { headers, payload: { sound: bytes.toString('base64') } })
    t.equal((await call(app, 'GET', '/health/live')).status, 200)
    t.match(await response, { status: 422, body: { code: 'INVIGIL_ERR_MEDIA_INVALID' } }, `${bytes.length} bytes`)
  }
  lag.disable()
  // Decoded in this process, the blocks alone would take two seconds.
  t.ok(lag.max < 1e9, `the longest stop was ${Math.round(lag.max / 1e6)} ms`)
})
