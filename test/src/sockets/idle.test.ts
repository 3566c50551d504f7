import t from 'tap'
import { room, type Room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/** A room, and the number of score writes. */
async function countedRoom (
  t: Parameters<typeof room>[0]
): Promise<{ readonly r: Room, readonly writes: { count: number } }> {
  const writes = { count: 0 }
  const r = await room(t, {
    live: { limits: { silentMs: 1_000_000 } },
    services: services => {
      const { setScores } = services.db.sessions
      services.db.sessions.setScores = async (...about) => {
        writes.count++
        return await setScores(...about)
      }
      return services
    }
  })
  return { r, writes }
}

/**
 * Advances the clock second by second and waits for writes in between, because a write in progress delays the next one.
 */
async function pass (r: Room, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    r.advance(1000)
    await new Promise(resolve => setImmediate(resolve))
  }
}

t.test('scores of a connected, inactive candidate are written once in half a minute', async t => {
  const { r, writes } = await countedRoom(t)
  const page = await r.candidate()
  r.advance(20_000)
  await page.log('no_frames')
  writes.count = 0
  await pass(r, 120)
  t.ok(writes.count >= 3 && writes.count <= 6, `${writes.count} in two minutes`)
  t.equal((await r.app.services.live.summary(page.session.id))?.eventCount, 3, 'the page, and the candidate is not seen')
})

t.test('a session without a connection writes nothing after the loss is stored', async t => {
  const { r, writes } = await countedRoom(t)
  const { live } = r.app.services
  const client = await r.candidate()
  client.socket.terminate()
  await until(() => live.counters.sockets.candidates === 0)
  await pass(r, 30)
  await until(() => live.counters.events.stored > 0)
  r.advance(6_000)
  await until(() => writes.count > 0)
  const before = writes.count
  await pass(r, 60)
  t.ok(writes.count - before <= 1, `${writes.count - before} writes in a minute`)
})
