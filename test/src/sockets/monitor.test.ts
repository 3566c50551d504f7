import t from 'tap'
import { DatabaseError, newId } from '../../../db/index.ts'
import { analysis, call, person } from '../../support/app.ts'
import { connect, JPEG, lines, room, type Client, type LogsLine, type Message } from '../../support/gateway.ts'

/** Raises one event of the candidate and waits until it is stored. */
async function raise (client: Client, event: string): Promise<LogsLine> {
  client.send({ type: 'event', event })
  return ((await client.log(event))['data'] as [LogsLine])[0]
}

t.test('a subscriber receives a snapshot of every open session, then its events', async t => {
  const r = await room(t)
  const before = await r.candidate()
  const monitor = await r.monitor()
  monitor.send({ type: 'subscribe', all: true, ref: 'a' })
  t.match(await monitor.next('session'), {
    sessionId: before.session.id,
    userId: before.who.user.id,
    name: before.who.user.name,
    state: 'active',
    online: true,
    scores: { riskScore: 0, riskLevel: 'Low', trustScore: 100, complianceScore: 100, eventCount: 0 }
  })
  t.match(await monitor.next('done'), { action: 'subscribe', ref: 'a' })

  const after = await r.candidate()
  t.match(await monitor.next(message => message.type === 'presence'), { sessionId: after.session.id, online: true })
  await raise(after, 'paste')
  t.match(await monitor.log('paste'), {
    sessionId: after.session.id,
    stored: true,
    data: [{ event: /paste/i, userId: after.who.user.id, weight: Number, detail: {} }]
  })
  r.advance(1_000)
  t.match(
    await monitor.next(
      message => message.type === 'session' && (message['scores'] as { eventCount: number }).eventCount === 1
    ),
    { sessionId: after.session.id }
  )
  after.socket.terminate()
  t.match(await monitor.next(message => message.type === 'presence' && message['online'] === false), {
    sessionId: after.session.id
  })

  const candidateLine = lines(after)[0]!
  t.notOk('detail' in candidateLine || 'weight' in candidateLine, 'a candidate does not read how an event is judged')
})

t.test('a monitor receives only the sessions it subscribed to, until it unsubscribes', async t => {
  const r = await room(t)
  const [one, two] = [await r.candidate(), await r.candidate()]
  const monitor = await r.monitor()
  monitor.send({ type: 'subscribe', sessions: [one.session.id] })
  await monitor.next('done')
  await raise(two, 'copy')
  await raise(one, 'copy')
  await monitor.log('copy')
  t.ok(lines(monitor).every(line => (line as unknown as { sessionId: string }).sessionId === one.session.id))
  monitor.send({ type: 'unsubscribe', sessions: [one.session.id] })
  await monitor.next(message => message.type === 'done' && message['action'] === 'unsubscribe')
  await raise(one, 'print')
  monitor.send({ type: 'unsubscribe', all: true })
  await monitor.next('done')
  t.notOk(lines(monitor).some(line => line.kind === 'print'))
})

t.test('a cursor returns missed events, once and in order, while new ones arrive', async t => {
  const r = await room(t, { live: { limits: { replayPageRows: 3, messageBurst: 1e6 } } })
  const client = await r.candidate()
  const first = await raise(client, 'copy')
  const { live } = r.app.services
  // Page events of one kind have a cooldown; the clock passes it.
  const missedIds: string[] = []
  for (let count = 0; count < 8; count++) {
    r.clock.ms += 60_000
    missedIds.push((await raise(client, 'paste')).id)
  }
  const monitor = await r.monitor()
  monitor.send({ type: 'subscribe', all: true, after: first.id })
  r.clock.ms += 60_000
  client.send({ type: 'event', event: 'print' })
  await monitor.log('print')
  await monitor.next('done')
  t.same(lines(monitor).map(line => line.id).slice(0, 8), missedIds)
  t.equal(lines(monitor).length, 9)
  t.ok(
    monitor.received.findIndex(message => message.type === 'session') <
      monitor.received.findIndex(message => message.type === 'logs'),
    'a session is introduced before its events'
  )
  t.equal(live.counters.closes.size, 0)
})

t.test('staff may warn, message, pause, resume, flag and terminate, and each leaves an audit row', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const monitor = await r.monitor()
  const { id: sessionId } = client.session
  monitor.send({ type: 'subscribe', all: true })
  await monitor.next('done')
  const does = async (message: object): Promise<Message> => {
    monitor.send({ ...message, sessionId, ref: 'r' })
    return await monitor.next(reply => (reply.type === 'done' || reply.type === 'error') && reply['ref'] === 'r')
  }

  t.match(await does({ type: 'warn', text: 'Please look at the screen' }), { action: 'warn', delivered: true })
  t.match(await client.next('message'), { from: 'The teacher', text: 'Please look at the screen', level: 'warning' })
  t.match(await does({ type: 'message', text: 'Ten minutes left' }), { delivered: true })
  t.match(await client.next('message'), { level: 'info' })
  await client.next('status')
  t.match(await does({ type: 'resume' }), { code: 'INVIGIL_ERR_SESSION_NOT_PAUSED' })
  t.match(await does({ type: 'pause', text: 'Fire alarm' }), { action: 'pause' })
  t.match(await client.next('status'), { state: 'paused', reason: 'Fire alarm', by: 'staff' })
  t.match(await does({ type: 'pause' }), { code: 'INVIGIL_ERR_SESSION_NOT_ACTIVE' })
  t.match(await does({ type: 'resume' }), { action: 'resume' })
  t.match(await client.next('status'), { state: 'active' })
  const event = await raise(client, 'paste')
  t.match(await does({ type: 'flag', eventId: event.id, text: 'look at this again' }), { action: 'flag' })
  t.match(await does({ type: 'terminate', text: 'It is over' }), { action: 'terminate' })
  t.match(await client.next('status'), { state: 'terminated', reason: 'It is over', by: 'staff' })
  t.match(await client.closed, { code: 1000 })
  t.match(await monitor.next(message => message.type === 'session' && message['state'] === 'terminated'), { sessionId })
  t.match(await does({ type: 'warn', text: 'too late' }), { code: 'INVIGIL_ERR_SESSION_UNKNOWN' })

  const audit = await r.app.services.db.audit.list({ targetId: sessionId, limit: 50 })
  t.same(audit.map(entry => entry.action).toSorted(), [
    'session.flag',
    'session.message',
    'session.pause',
    'session.resume',
    'session.terminate',
    'session.warn'
  ])
  t.ok(audit.every(entry => entry.actorId === monitor.who.user.id))
  t.match(audit.find(entry => entry.action === 'session.flag')!.detail, { eventId: event.id })
  t.match(await r.app.services.db.sessions.byId(sessionId), { state: 'terminated', endReason: 'It is over' })
})

t.test('an action that cannot be recorded is not carried out, and the monitor stays connected', async t => {
  const r = await room(t, {
    services: services => {
      const away = async () => { throw new DatabaseError('unavailable', 'ECONNREFUSED') }
      services.db.audit.append = away
      services.db.sessions.transition = away
      return services
    }
  })
  const client = await r.candidate()
  const monitor = await r.monitor()
  for (const action of [{ type: 'warn', text: 'look here' }, { type: 'terminate' }]) {
    monitor.send({ ...action, sessionId: client.session.id, ref: action.type })
    t.match(await monitor.next('error'), { code: 'INVIGIL_ERR_DATABASE', ref: action.type })
  }
  t.notOk(client.received.some(({ type }) => type === 'message'))
  client.send(JPEG)
  await client.next('ack')
})

t.test('staff take a candidate\'s pause over, also where the database does not say whether it has done so', async t => {
  let fault: 'none' | 'before' | 'after' = 'none'
  const r = await room(t, {
    services: services => {
      const { transition } = services.db.sessions
      services.db.sessions.transition = async (...change) => {
        const lost = new DatabaseError('unavailable', 'ECONNRESET')
        if (fault === 'before') throw lost
        const done = await transition(...change)
        if (fault === 'after') throw lost
        return done
      }
      return services
    }
  })
  const { db } = r.app.services
  const client = await r.candidate()
  await client.next('status')
  const { who, session: { id: sessionId } } = client
  const monitor = await r.monitor()
  const staff = monitor.who.user.id
  const own = async (action: 'pause' | 'resume') =>
    await call(r.app, 'POST', `/exam/${action}/${who.user.id}`, { headers: who.headers, payload: {} })
  const pauses = async () =>
    (await db.sessions.pauses(sessionId)).map(({ by, startedAtMs, endedAtMs }) => ({ by, startedAtMs, endedAtMs }))
  const does = async (type: 'pause' | 'resume'): Promise<Message> => {
    monitor.send({ type, sessionId, ref: 'r', ...(type === 'pause' && { text: 'Stay where you are' }) })
    return await monitor.next(reply => (reply.type === 'done' || reply.type === 'error') && reply['ref'] === 'r')
  }

  const startedAtMs = r.clock.ms
  t.match(await own('pause'), { status: 200 })
  r.clock.ms += 60_000
  t.match(await does('pause'), { type: 'done', action: 'pause' })
  t.match(
    await client.next(message => message.type === 'status' && message['reason'] === 'Stay where you are'),
    { state: 'paused' },
    'the candidate is told'
  )
  const takenOver = [
    { by: who.user.id, startedAtMs, endedAtMs: r.clock.ms },
    { by: staff, startedAtMs: r.clock.ms, endedAtMs: null }
  ]
  t.same(await pauses(), takenOver)
  t.match(await own('resume'), { status: 403 })
  t.match(await does('pause'), { code: 'INVIGIL_ERR_SESSION_NOT_ACTIVE' }, 'once')
  t.same(await pauses(), takenOver)
  t.match(await does('resume'), { type: 'done' })

  t.match(await own('pause'), { status: 200 })
  fault = 'before'
  t.match(await does('pause'), { code: 'INVIGIL_ERR_DATABASE' })
  fault = 'none'
  t.match((await pauses()).at(-1), { by: who.user.id, endedAtMs: null }, 'nothing was done')
  t.match(await own('resume'), { status: 200 }, 'so it is still the candidate\'s')

  t.match(await own('pause'), { status: 200 })
  fault = 'after'
  t.match(await does('pause'), { code: 'INVIGIL_ERR_DATABASE' })
  fault = 'none'
  t.match(
    (await pauses()).slice(-2),
    [
      { by: who.user.id, endedAtMs: r.clock.ms },
      { by: staff, endedAtMs: null }
    ],
    'it was done'
  )
  t.match(await own('resume'), { status: 403 })
  t.match(await does('pause'), { code: 'INVIGIL_ERR_SESSION_NOT_ACTIVE' }, 'memory follows the database')
  t.match(await r.app.services.live.summary(sessionId), { state: 'paused', pauses: await pauses() })
  t.match(await does('resume'), { type: 'done' })
  t.match(await db.sessions.byId(sessionId), { state: 'active' })
  t.equal(
    (await db.audit.list({ targetId: sessionId, limit: 50 })).filter(({ action }) => action === 'session.pause').length,
    2,
    'an entry for each take-over that was done'
  )
})

t.test('a warning to a candidate who is not connected is reported as undelivered', async t => {
  const r = await room(t)
  const who = await person(r.app)
  const { session } = await r.app.services.db.sessions.open({ userId: who.user.id, atMs: r.clock.ms })
  const monitor = await r.monitor('admin')
  monitor.send({ type: 'warn', sessionId: session.id, text: 'hello' })
  t.match(await monitor.next('done'), { delivered: false })
})

t.test('messages that are not of the protocol have a code, and a flood is closed with 4429', async t => {
  const r = await room(t)
  const monitor = await r.monitor()
  for (const message of [
    'rubbish',
    '[]',
    { type: 'dance' },
    { type: 'warn', sessionId: newId() },
    { type: 'subscribe', all: 'yes' },
    JPEG
  ]) {
    monitor.send(message)
    t.match(await monitor.next('error'), { code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  }
  monitor.send({ type: 'pause', sessionId: newId() })
  t.match(await monitor.next('error'), { code: 'INVIGIL_ERR_SESSION_UNKNOWN' })
  for (let count = 0; count < 500; count++) monitor.send('rubbish')
  t.match(await monitor.closed, { code: 4429 })
})

t.test('thumbnails are made only while a monitor watches, and at most every two seconds', async t => {
  const requestedRates: Array<number | undefined> = []
  const r = await room(t, {
    pool: {
      analyze: async job => {
        requestedRates.push(job.thumbnailWidth)
        return {
          ...analysis({}, job.atMs),
          ...(job.thumbnailWidth !== undefined && { thumbnail: Uint8Array.of(1, 2, 3) })
        }
      }
    }
  })
  const client = await r.candidate()
  const stream = async (): Promise<void> => {
    client.send(JPEG)
    await client.next('ack')
    r.clock.ms += 500
  }
  await stream()
  const monitor = await r.monitor()
  monitor.send({ type: 'subscribe', all: true })
  await monitor.next('done')
  for (let count = 0; count < 5; count++) await stream()
  const { data, sessionId } = await monitor.next('thumbnail')
  t.equal(sessionId, client.session.id)
  t.equal(data, 'AQID')
  t.same(requestedRates, [undefined, 160, undefined, undefined, undefined, 160])
  t.equal(r.app.services.live.counters.thumbnails.made, 2)
})

t.test('a member of staff who loses the role is closed with 4403', async t => {
  const r = await room(t)
  const monitor = await r.monitor()
  monitor.send({ type: 'subscribe', all: true })
  await monitor.next('done')
  await r.app.services.db.users.setRole(monitor.who.user.id, 'student')
  await r.app.services.live.accountChanged(monitor.who.user.id)
  t.match(await monitor.closed, { code: 4403 })
})

t.test('candidates are asked for a lower rate while frames wait, and for a higher one afterwards', async t => {
  let ageMs = 450
  const r = await room(t, { pool: { analyze: async job => ({ ...analysis({}, job.atMs), ageMs }) } })
  const client = await r.candidate()
  /** Sends six frames in each second, then runs flow control; returns the rate requested at the end. */
  async function seconds (count: number): Promise<number> {
    for (let sent = 0; sent < count * 6; sent++) {
      client.send(JPEG)
      await client.next('ack')
      if (sent % 6 === 5) r.advance(1_000)
    }
    client.send(JPEG)
    await client.next('ack')
    return client.received.findLast(message => message.type === 'rate')!['fps'] as number
  }
  const slow = await seconds(5)
  t.ok(slow < 2, `${slow} frames a second`)
  const later = await connect(t, (await r.candidate()).url)
  t.ok((await later.next('rate'))['fps'] as number < 2, 'a new one hears it at once')
  ageMs = 0
  t.ok(await seconds(15) > slow)
})
