import t from 'tap'
import { connect, room } from '../../support/gateway.ts'

t.test('a replaced tab may take the session back any number of times', async t => {
  const r = await room(t)
  let present = await r.candidate()
  for (let times = 0; times < 4; times++) {
    const next = await connect(t, present.url)
    await next.next('rate')
    t.match(await present.closed, { code: 4409 })
    next.send({ type: 'event', event: 'print' })
    // Page events of one kind have a cooldown; the clock passes it.
    r.clock.ms += 60_000
    await next.log('print')
    t.equal(next.socket.readyState, next.socket.OPEN)
    present = { ...present, ...next }
  }
  t.match(await r.app.services.db.sessions.byId(present.session.id), { state: 'active' })
})
