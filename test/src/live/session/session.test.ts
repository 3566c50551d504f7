import t from 'tap'
import { DatabaseError, type Database } from '../../../../db/index.ts'
import { createLiveGateway } from '../../../../src/live/live-gateway.ts'
import { call } from '../../../support/app.ts'
import { connect, JPEG, lines, missFace, noFace, room, type LogsLine } from '../../../support/gateway.ts'
import { until } from '../../../support/until.ts'

t.test('a reconnect replays missed events in order, and then the live feed', async t => {
  const r = await room(t)
  const first = await r.candidate()
  first.send({ type: 'event', event: 'copy' })
  const cursor = ((await first.log('copy'))['data'] as [LogsLine])[0].id
  first.send({ type: 'event', event: 'paste', at: r.clock.ms - 1 })
  await first.log('paste')
  first.socket.terminate()
  await until(() => r.app.services.live.counters.sockets.candidates === 0)
  r.advance(5_000)
  r.advance(5_000)
  const second = await connect(t, first.url)
  await second.next('rate')
  second.send({ type: 'resume', after: cursor })
  second.send({ type: 'event', event: 'print' })
  await second.log('print')
  // Events stored between the connection and the cursor are sent twice; pages drop those that they have.
  const logLines = [
    ...new Map(
      lines(second)
        .toReversed()
        .map(line => [line.id, line])
    ).values()
  ].toReversed()
  t.same(
    logLines.map(line => `${line.kind} ${line.phase}`).filter(line => !/^(no_frames|watch_gap|never_watched)/.test(line)),
    ['paste instant', 'connection_lost start', 'connection_lost end', 'print instant']
  )
  t.same(
    logLines.map(line => line.id),
    logLines.map(line => line.id).toSorted()
  )
})

t.test('times of page events are limited to the possible range', async t => {
  const r = await room(t)
  const client = await r.candidate()
  client.send({
    type: 'event',
    event: 'tab_switch',
    phase: 'start',
    at: new Date(r.clock.ms - 2_000).toISOString(),
    detail: { title: 'x' }
  })
  const [line] = (await client.log('tab_switch', 'start'))['data'] as [LogsLine]
  t.equal(Date.parse(line.time), r.clock.ms - 2_000)
  client.send({ type: 'event', event: 'tab_switch', phase: 'end', at: r.clock.ms + 9_000_000 })
  const [end] = (await client.log('tab_switch', 'end'))['data'] as [LogsLine & { durationMs: number }]
  t.equal(end.durationMs, 2_000)
})

t.test('pause ends open incidents and accepts no frames; resume continues; stop stores all and closes with 1000', async t => {
  const r = await room(t, { pool: noFace, live: { limits: { silentMs: 1e9 } } })
  const client = await r.candidate()
  await missFace(r, client)
  const id = client.who.user.id
  t.equal((await call(r.app, 'POST', `/exam/pause/${id}`, { headers: client.who.headers, payload: {} })).status, 200)
  t.match(await client.next('status'), { state: 'active' })
  t.match(await client.next('status'), { state: 'paused', by: 'candidate' })
  await client.log('face_missing', 'end')
  client.send(JPEG)
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_SESSION_PAUSED' })
  const { received } = r.app.services.live.counters.messages
  client.send(JPEG)
  client.send({ type: 'event', event: 'copy' })
  await until(() => r.app.services.live.counters.messages.received >= received + 2)
  for (let second = 0; second < 60; second++) r.advance(1000)

  t.equal((await call(r.app, 'POST', `/exam/resume/${id}`, { headers: client.who.headers, payload: {} })).status, 200)
  t.match(await client.next('status'), { state: 'active' })
  client.send(JPEG)
  t.match(await client.next('ack'), { dropped: 2 })
  t.equal(
    client.received.filter(message => message['code'] === 'INVIGIL_ERR_SESSION_PAUSED').length,
    1,
    'said once a pause'
  )
  t.notOk(
    client.received.some(message => JSON.stringify(message).includes('no_frames')),
    'a pause is no silence'
  )

  t.equal((await call(r.app, 'POST', `/exam/stop/${id}`, { headers: client.who.headers, payload: {} })).status, 200)
  t.match(await client.next('status'), { state: 'stopped' })
  t.match(await client.closed, { code: 1000 })
  const row = await r.app.services.db.sessions.byId(client.session.id)
  t.match(row, { state: 'stopped', riskScore: 2, eventCount: 2 })
  const summary = await call(r.app, 'GET', `/exam/summary/${id}`, { headers: client.who.headers })
  t.match(summary.body, { riskScore: 2, counts: { face_missing: 1 } })
})

t.test('shutdown closes with 1001 and stores all raised events', async t => {
  const r = await room(t, { live: { writer: { groupMs: 10_000 } } })
  const client = await r.candidate()
  client.send({ type: 'event', event: 'paste' })
  client.send(JPEG)
  await client.next('ack')
  const { live } = r.app.services
  await until(() => live.counters.events.raised === 1)
  const closing = r.app.close()
  t.match(await client.closed, { code: 1001 })
  await closing
  await live.close()
  t.equal(live.counters.events.stored, live.counters.events.raised)
})

t.test('while the database is down the feed continues as not stored, and recovers', async t => {
  let away = true
  let append: Database['events']['appendOwned']
  const r = await room(t, {
    live: { writer: { groupMs: 5, showAfterMs: 60, backoffMinMs: 5, backoffMaxMs: 20 } },
    services: services => {
      append = services.db.events.appendOwned
      services.db.events.appendOwned = async (rows, epochs) => {
        if (away) throw new DatabaseError('unavailable', 'ECONNREFUSED')
        return await append(rows, epochs)
      }
      return services
    }
  })
  const client = await r.candidate()
  client.send({ type: 'event', event: 'copy' })
  const copyLine = await client.log('copy')
  t.equal(copyLine['stored'], false)
  t.equal(r.app.services.live.writer.degraded, true)
  client.send(JPEG)
  await client.next('ack')
  away = false
  const stored = await client.log('copy')
  t.equal(stored['stored'], true)
  t.equal((stored['data'] as [LogsLine])[0].id, (copyLine['data'] as [LogsLine])[0].id, 'the same event, told again')
  t.equal(r.app.services.live.counters.events.stored, 1)
})

t.test('after a restart an open session continues: incident numbers, scores, and ends for open incidents', async t => {
  const r = await room(t, { pool: noFace })
  const client = await r.candidate()
  await missFace(r, client)
  // A second gateway on the same database stands for the process after the restart.
  const { db, pool } = r.app.services
  client.socket.terminate()
  r.clock.ms += 60_000
  const after = createLiveGateway({ db, pool, log: r.app.log, now: () => r.clock.ms })
  t.teardown(() => after.close())
  const session = await after.open(client.session.id)
  t.match(session!.scores(), { riskScore: 2, eventCount: 1 })
  await after.close()
  const rows = await db.events.listBySession(client.session.id, { limit: 50 })
  const ended = rows.filter(row => row.kind === 'face_missing')
  t.same(ended.map(row => row.phase), ['start', 'end'])
  t.equal(ended[1]!.incident, ended[0]!.incident)
  t.ok(ended[1]!.atMs < r.clock.ms - 50_000, 'dated when the session was last known to live')
  t.match(ended[1]!.detail, { reason: 'restart' })
})

t.test('events raised while a session is cleared stay, in memory and in the database', async t => {
  const r = await room(t)
  const { id } = (await r.candidate()).session
  const { db, live } = r.app.services
  const session = (await live.open(id))!
  const report = (kind: 'paste' | 'copy') =>
    session.input.judgePageReport({ kind, phase: 'instant', detail: {}, atMs: r.clock.ms })
  report('paste')
  const { amend } = db.sessions
  Object.assign(db.sessions, {
    amend: async (...about: Parameters<typeof amend>) => {
      report('copy')
      await live.flush()
      return await amend(...about)
    }
  })
  t.equal(await live.clear(id), 1)
  await live.flush()
  t.same((await db.events.listBySession(id, { limit: 9 })).map(({ kind }) => kind), ['copy'])
  t.same(session.counts(), { copy: 1 })
})
