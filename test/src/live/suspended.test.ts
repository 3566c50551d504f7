import t from 'tap'
import type { Pool } from '../../../detection/workers/pool.ts'
import { analysis, call, frameSourceOn } from '../../support/app.ts'
import { JPEG, room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'
import { DetectionError } from '../../../detection/errors.ts'

t.test('a candidate whose frames blocked a worker gets an error, the frames are counted, and others are served', async t => {
  const suspended = new Map<string | undefined, number>()
  const pool: Partial<Pool> = {
    openFrameSource: (take, source) => ({
      ...frameSourceOn(async job => analysis({}, job.atMs), take),
      suspendedMs: () => suspended.get(source) ?? 0
    })
  }
  const r = await room(t, { pool })
  const [bad, good] = [await r.candidate(), await r.candidate()]
  suspended.set(bad.who.user.id, 5_000)
  for (let count = 0; count < 3; count++) bad.send(JPEG)
  t.match(await bad.next('error'), { code: 'INVIGIL_ERR_SOURCE_SUSPENDED', message: /5 s/ })
  good.send(JPEG)
  t.match(await good.next('ack'), { seen: {} })
  const { counters } = r.app.services.live
  await until(() => counters.frames.dropped.suspended === 3)
  t.equal(bad.received.filter(({ type }) => type === 'error').length, 1, 'once, not for each frame')
  suspended.clear()
  bad.send(JPEG)
  t.match(await bad.next('ack'), { seen: {} })
})

t.test('a still of a suspended account gets 429 with the time to wait', async t => {
  const r = await room(t, {
    pool: {
      analyzeStill: async () => {
        throw new DetectionError('INVIGIL_ERR_SOURCE_SUSPENDED', 'later', { retryAfterSeconds: 7 })
      }
    }
  })
  const client = await r.candidate()
  const answer = await call(r.app, 'POST', '/analyze', {
    headers: client.who.headers,
    payload: { image: Buffer.from(JPEG).toString('base64') }
  })
  t.match(answer, {
    status: 429,
    body: { code: 'INVIGIL_ERR_SOURCE_SUSPENDED', details: { retryAfterSeconds: 7 } },
    headers: { 'retry-after': '7' }
  })
})
