import { monitorEventLoopDelay } from 'node:perf_hooks'
import t from 'tap'
import { build, call, person } from '../../support/app.ts'
import { makeEmptyBlocks, makeHugeFragment, makeHugeTable } from '../../support/hostile-sound.ts'

t.test('sound that was made to break its reader is refused, and everybody else is served meanwhile', async t => {
  const app = await build(t, {})
  const { headers } = await person(app)
  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()
  for (const bytes of [makeHugeTable(), makeHugeFragment(), makeEmptyBlocks(100_000)]) {
    const asked = call(app, 'POST', '/analyze', { headers, payload: { sound: bytes.toString('base64') } })
    t.equal((await call(app, 'GET', '/health/live')).status, 200)
    t.match(await asked, { status: 422, body: { code: 'INVIGIL_ERR_MEDIA_INVALID' } }, `${bytes.length} bytes`)
  }
  lag.disable()
  // Read here, the blocks alone take two seconds.
  t.ok(lag.max < 1e9, `the longest stop was ${Math.round(lag.max / 1e6)} ms`)
})
