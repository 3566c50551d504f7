import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { room } from '../../support/gateway.ts'

t.test('a candidate who is there and does nothing writes scores once in half a minute, not all the time', async t => {
  const db = await openDatabase({ url: 'file::memory:' })
  t.teardown(async () => await db.close())
  let writes = 0
  const sessions = { ...db.sessions, setScores: async (...scores: Parameters<typeof db.sessions.setScores>) => { writes++; return await db.sessions.setScores(...scores) } }
  const { candidate, advance, app } = await room(t, { db: { ...db, sessions }, live: { limits: { silentMs: 1_000_000 } } })
  const page = await candidate()
  advance(20_000)
  await page.log('no_frames')
  writes = 0
  for (let minutes = 0; minutes < 2; minutes++) {
    for (let seconds = 0; seconds < 60; seconds++) {
      advance(1000)
      // The save before it ends meanwhile.
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  t.ok(writes >= 3 && writes <= 6, `${writes} in two minutes`)
  t.equal((await app.services.live.summary(page.session.id))?.eventCount, 1)
})
