import t from 'tap'
import { WebSocket } from 'ws'
import { person } from '../../support/app.ts'
import { connect, JPEG, refused, room, type Message } from '../../support/gateway.ts'

t.test('a token is required before the socket opens, and must be the candidate’s own', async t => {
  const r = await room(t)
  const [anna, ben] = [await person(r.app), await person(r.app)]
  const teacher = await person(r.app, 'teacher')
  const own = `${r.url}/ws/${anna.user.id}`
  t.match(await refused(own), {
    status: 401,
    body: { code: 'INVIGIL_ERR_TOKEN_MISSING', details: { closeCode: 4401 } }
  })
  t.match(await refused(`${own}?token=rubbish`), {
    status: 401,
    body: { code: 'INVIGIL_ERR_TOKEN_INVALID', details: { closeCode: 4401 } }
  })
  const expired = r.app.jwt.sign(
    { sub: anna.user.id, role: 'student', login: 'x', issuedAtMs: 0 },
    { expiresIn: -1000 }
  )
  t.match(await refused(own, { headers: { authorization: `Bearer ${expired}` } }), {
    status: 401,
    body: { code: 'INVIGIL_ERR_TOKEN_EXPIRED' }
  })
  t.match(await refused(own, { headers: ben.headers }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS', details: { closeCode: 4403 } }
  })
  t.match(
    await refused(own, { headers: teacher.headers }),
    { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } },
    'staff do not sit exams for others'
  )
  t.match(await refused(`${r.url}/ws/monitor`, { headers: ben.headers }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_FORBIDDEN', details: { closeCode: 4403 } }
  })
})

t.test('the token is accepted as a header, in the address, or as a subprotocol', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const address = `${r.url}/ws/${client.who.user.id}`
  const byHeader = await connect(t, address, { headers: client.who.headers })
  t.match(await byHeader.next('status'), { state: 'active' })
  const bySubprotocol = await connect(t, address, { subprotocols: ['invigil', `bearer.${client.who.accessToken}`] })
  t.match(await bySubprotocol.next('status'), { state: 'active' })
  const bySession = await connect(t, `${r.url}/api/v1/proctoring/ws/${client.session.id}`, {
    headers: client.who.headers
  })
  t.match(await bySession.next('status'), { sessionId: client.session.id })
})

t.test('without an open session the socket sends the error and closes with 4404', async t => {
  const r = await room(t)
  const who = await person(r.app)
  const client = await connect(t, `${r.url}/ws/${who.user.id}`, { headers: who.headers })
  client.send(JPEG)
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_SESSION_NONE' })
  t.match(await client.closed, { code: 4404 })
})

t.test('a frame sent in the moment of opening is not lost', async t => {
  const r = await room(t)
  const who = await r.candidate()
  who.socket.terminate()
  const socket = new WebSocket(who.url)
  const ack = new Promise<Message>(resolve => socket.on('message', data => {
    const message = JSON.parse(String(data)) as Message
    if (message.type === 'ack') resolve(message)
  }))
  socket.on('open', () => socket.send(JPEG))
  t.match(await ack, { seq: 1 })
  socket.terminate()
})

t.test('a newer connection takes over: the older one is closed with 4409 and the session continues', async t => {
  const r = await room(t)
  const older = await r.candidate()
  const newer = await connect(t, older.url)
  t.match(await older.next('error'), { code: 'INVIGIL_ERR_REPLACED' })
  t.match(await older.closed, { code: 4409 })
  newer.send(JPEG)
  await newer.next('ack')
  r.advance(10_000)
  t.notOk(newer.received.some(message => JSON.stringify(message).includes('connection_lost')))
})

t.test('an account that loses its login or is disabled is closed with 4401', async t => {
  const r = await room(t, { live: { limits: { silentMs: 1e9 } } })
  const [out, disabled, stays] = [await r.candidate(), await r.candidate(), await r.candidate()]
  const { db, live } = r.app.services
  await db.users.endLogins(out.who.user.id, Date.now() + 1000)
  await live.accountChanged(out.who.user.id)
  t.match(await out.closed, { code: 4401 })
  await db.users.setDisabled(disabled.who.user.id, Date.now())
  stays.send(JPEG)
  disabled.send(JPEG)
  r.advance(30_000 - 1)
  r.advance(1)
  t.match(await disabled.closed, { code: 4401 }, 'found out without being told')
  stays.send(JPEG)
  await stays.next('ack')
})

t.test('a silent client is pinged and then closed with 4408; one that answers stays', async t => {
  const r = await room(t)
  const silent = await r.candidate({ autoPong: false } as object)
  const alive = await r.candidate()
  const pings = new Promise<void>(resolve => { silent.socket.once('ping', () => resolve()) })
  r.advance(11_000)
  await pings
  alive.send(JPEG)
  await alive.next('ack')
  r.advance(19_500)
  t.match(await silent.next('error'), { code: 'INVIGIL_ERR_SILENT' })
  t.match(await silent.closed, { code: 4408 })
  alive.send(JPEG)
  await alive.next('ack')
})

t.test('no socket is closed as silent after the clock was set or the process was suspended', async t => {
  const r = await room(t)
  const { live } = r.app.services
  const client = await r.candidate()
  live.tick(r.clock.ms)
  for (const jumpMs of [3_600_000, -7_200_000]) {
    r.clock.ms += jumpMs
    const ping = new Promise<void>(resolve => { client.socket.once('ping', () => resolve()) })
    live.tick(r.clock.ms)
    live.tick(r.clock.ms += 500)
    await ping
    client.send(JPEG)
    await client.next('ack')
    r.advance(9_000)
  }
  t.equal(live.counters.closes.size, 0)
})
