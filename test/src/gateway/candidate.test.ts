import { connect as connectTcp } from 'node:net'
import t from 'tap'
import { DatabaseError, newId, type Database } from '../../../db/index.ts'
import { DetectionError } from '../../../detection/errors.ts'
import type { Analysis, Pool } from '../../../detection/pool.ts'
import { analysis, call, person } from '../../support/app.ts'
import { connect, JPEG, refused, room, type Candidate, type LogsLine, type Message, type Room } from '../../support/gateway.ts'

/** Streams frames until the face has been away for long enough, and hands back the logs message. */
async function missFace (room: Room, client: Candidate, frame: () => Uint8Array | string = () => JPEG): Promise<Message> {
  for (let count = 0; count < 12; count++) {
    room.clock.ms += 500
    client.send(frame())
    await client.next('ack')
  }
  return await client.log('face_missing', 'start')
}

const noFace: Partial<Pool> = { analyze: async job => analysis({ faces: [], persons: 0 }, job.atMs) }

/** A pool whose answers a test gives one by one. */
function heldPool (): Partial<Pool> & { readonly jobs: Array<{ readonly atMs: number, answer (): void, fail (error: unknown): void }> } {
  const jobs: ReturnType<typeof heldPool>['jobs'] = []
  return {
    jobs,
    analyze: job => new Promise<Analysis>((resolve, reject) => {
      jobs.push({ atMs: job.atMs, answer: () => resolve(analysis({}, job.atMs)), fail: reject })
    })
  }
}

async function until (isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(resolve => setImmediate(resolve))
}

t.test('a JPEG as binary or as base64 text comes back as logs, as the first clients of this protocol expect', async t => {
  for (const [name, frame] of [
    ['binary', () => JPEG],
    ['base64', () => Buffer.from(JPEG).toString('base64')],
    ['data URL', () => `data:image/jpeg;base64,${Buffer.from(JPEG).toString('base64')}`]
  ] as const) {
    const r = await room(t, { pool: noFace })
    const client = await r.candidate()
    const logs = await missFace(r, client, frame)
    const [line] = logs['data'] as [LogsLine]
    t.equal(line.event, 'Face not detected', name)
    t.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}/, name)
    t.equal(logs['stored'], true, name)
    const rows = await r.app.services.db.events.listBySession(client.session.id, { limit: 10 })
    t.ok(rows.some(row => row.id === line.id), 'what is said to be stored is in the database')
  }
})

t.test('texts come in the language asked for', async t => {
  const r = await room(t, { pool: noFace })
  const who = await r.candidate()
  const client = { ...who, ...await connect(t, `${who.url}&lang=bn`) }
  await client.next('rate')
  const [line] = (await missFace(r, client))['data'] as [LogsLine]
  t.equal(line.event, 'মুখ শনাক্ত হয়নি')
})

t.test('a new connection hears state and rate, and each frame is acknowledged by its own number or the count', async t => {
  const r = await room(t)
  const client = await r.candidate()
  t.match(client.heard.slice(0, 2), [{ type: 'status', state: 'active', sessionId: client.session.id }, { type: 'rate', fps: 2, width: 640 }])

  client.send(JPEG)
  t.match(await client.next('ack'), { seq: 1, dropped: 0, seen: { faces: [{ direction: 'center' }], persons: 1 } })
  client.send({ type: 'frame', data: Buffer.from(JPEG).toString('base64'), seq: 70, capturedAt: new Date().toISOString() })
  t.match(await client.next('ack'), { seq: 70 })
  const header = Buffer.alloc(17)
  header.set([0x49, 0x56, 1, 1, 1])
  header.writeBigUInt64BE(BigInt(r.clock.ms), 5)
  header.writeUInt32BE(90, 13)
  client.send(Buffer.concat([header, JPEG]))
  t.match(await client.next('ack'), { seq: 90 })
})

t.test('a capture time outside what can be true is moved to the server’s clock', async t => {
  const pool = heldPool()
  const r = await room(t, { pool })
  const client = await r.candidate()
  const send = async (capturedAt: number): Promise<number> => {
    client.send({ type: 'frame', data: Buffer.from(JPEG).toString('base64'), capturedAt })
    await until(() => pool.jobs.length > 0)
    const job = pool.jobs.pop()!
    job.answer()
    await client.next('ack')
    return job.atMs - r.clock.ms
  }
  t.equal(await send(0), -10_000, 'long ago is as late as it may be')
  t.equal(await send(r.clock.ms - 1_500), -1_500, 'a little late is believed')
  t.equal(await send(r.clock.ms + 3_600_000), 0, 'the future is now')
})

t.test('frames captured before one that came earlier are acknowledged as stale, cost nothing and break no silence', async t => {
  const asked: number[] = []
  const r = await room(t, { pool: { analyze: async job => { asked.push(job.atMs); return analysis({}, job.atMs) } } })
  const client = await r.candidate()
  const frame = (atMs: number) => ({ type: 'frame', data: Buffer.from(JPEG).toString('base64'), capturedAt: atMs })
  const startedAtMs = r.clock.ms
  client.send(frame(startedAtMs))
  t.notOk((await client.next('ack'))['cause'])
  for (let second = 0; second < 9; second++) {
    r.advance(1_000)
    client.send(frame(r.clock.ms - 10_000))
    t.match(await client.next('ack'), { dropped: second + 1, cause: 'stale' })
  }
  await client.log('no_frames', 'start')
  t.same(asked, [startedAtMs])
  t.equal(r.app.services.live.counters.frames.dropped.stale, 9)
})

t.test('a clock that is set back blinds nobody', async t => {
  const r = await room(t, { pool: noFace })
  const client = await r.candidate()
  await missFace(r, client)
  r.clock.ms -= 3_600_000
  client.send(JPEG)
  await client.log('face_missing', 'end')
  const line = ((await missFace(r, client))['data'] as LogsLine[]).find(({ kind }) => kind === 'face_missing')!
  t.ok(Date.parse(line.time) <= r.clock.ms, 'found anew')
  r.advance(10_000)
  await client.log('no_frames', 'start')
})

t.test('a slow pool gets the newest frame, and the ack counts the ones given up for it', async t => {
  const pool = heldPool()
  const r = await room(t, { pool })
  const client = await r.candidate()
  for (let count = 0; count < 5; count++) client.send(JPEG)
  await until(() => r.app.services.live.counters.frames.received === 5)
  t.equal(pool.jobs.length, 1, 'one is in flight')
  pool.jobs[0]!.answer()
  t.match(await client.next('ack'), { seq: 1 })
  await until(() => pool.jobs.length === 2)
  pool.jobs[1]!.answer()
  t.match(await client.next('ack'), { seq: 5, dropped: 3 })
  t.same(r.app.services.live.counters.frames.dropped, { replaced: 3, late: 0, stale: 0, paused: 0, invalid: 0, failed: 0, closed: 0, gap: 0 })
})

t.test('a token is asked for before the socket opens, and must be the candidate’s own', async t => {
  const r = await room(t)
  const [anna, ben] = [await person(r.app), await person(r.app)]
  const teacher = await person(r.app, 'teacher')
  const own = `${r.url}/ws/${anna.user.id}`
  t.match(await refused(own), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_MISSING', details: { closeCode: 4401 } } })
  t.match(await refused(`${own}?token=rubbish`), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_INVALID', details: { closeCode: 4401 } } })
  const expired = r.app.jwt.sign({ sub: anna.user.id, role: 'student', login: 'x', issuedAtMs: 0 }, { expiresIn: -1000 })
  t.match(await refused(own, { headers: { authorization: `Bearer ${expired}` } }), { status: 401, body: { code: 'INVIGIL_ERR_TOKEN_EXPIRED' } })
  t.match(await refused(own, { headers: ben.headers }), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS', details: { closeCode: 4403 } } })
  t.match(await refused(own, { headers: teacher.headers }), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } }, 'staff do not sit exams for others')
  t.match(await refused(`${r.url}/ws/monitor`, { headers: ben.headers }), { status: 403, body: { code: 'INVIGIL_ERR_FORBIDDEN', details: { closeCode: 4403 } } })
})

t.test('the token may come as header, in the address, or as subprotocol', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const address = `${r.url}/ws/${client.who.user.id}`
  const byHeader = await connect(t, address, { headers: client.who.headers })
  t.match(await byHeader.next('status'), { state: 'active' })
  const bySubprotocol = await connect(t, address, { subprotocols: [`bearer.${client.who.accessToken}`] })
  t.match(await bySubprotocol.next('status'), { state: 'active' })
  const bySession = await connect(t, `${r.url}/api/v1/proctoring/ws/${client.session.id}`, { headers: client.who.headers })
  t.match(await bySession.next('status'), { sessionId: client.session.id })
})

t.test('without an open session the socket says so and closes with 4404', async t => {
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
  const socket = new (await import('ws')).WebSocket(who.url)
  const ack = new Promise<Message>(resolve => socket.on('message', data => {
    const message = JSON.parse(String(data)) as Message
    if (message.type === 'ack') resolve(message)
  }))
  socket.on('open', () => socket.send(JPEG))
  t.match(await ack, { seq: 1 })
  socket.terminate()
})

t.test('bad input has a code each, the socket stays open, and a second candidate streams on', async t => {
  const r = await room(t)
  const [bad, good] = [await r.candidate(), await r.candidate()]
  const cases: ReadonlyArray<readonly [string, object | string | Uint8Array, string]> = [
    ['garbage bytes', Buffer.from('what is this'), 'INVIGIL_ERR_IMAGE_INVALID'],
    ['nothing', Buffer.alloc(0), 'INVIGIL_ERR_IMAGE_EMPTY'],
    ['a text that is no base64', 'hello, is anybody there?', 'INVIGIL_ERR_FRAME_BASE64'],
    ['base64 of no picture', Buffer.from('no picture').toString('base64'), 'INVIGIL_ERR_IMAGE_INVALID'],
    ['a data URL of another encoding', 'data:text/plain,hello', 'INVIGIL_ERR_FRAME_BASE64'],
    ['broken JSON', '{"type":', 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['an unknown message', { type: 'dance' }, 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['a field too many', { type: 'resume', after: newId(), more: 1 }, 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['an event that only the server judges', { type: 'event', event: 'phone' }, 'INVIGIL_ERR_EVENT_UNKNOWN'],
    ['a cursor that is no id', { type: 'resume', after: 'yesterday' }, 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['a video chunk', Buffer.from([0x49, 0x56, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 'INVIGIL_ERR_VIDEO_INVALID'],
    ['sound without samples', Buffer.from([0x49, 0x56, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['an unknown kind', Buffer.from([0x49, 0x56, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 'INVIGIL_ERR_FRAME_KIND_UNSUPPORTED'],
    ['a header of the future', Buffer.from([0x49, 0x56, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 'INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED'],
    ['a header cut short', Buffer.from([0x49, 0x56, 1, 1]), 'INVIGIL_ERR_MESSAGE_INVALID']
  ]
  for (const [name, message, code] of cases) {
    bad.send(message)
    t.equal((await bad.next('error'))['code'], code, name)
    good.send(JPEG)
    await good.next('ack')
  }
  bad.send(JPEG)
  await bad.next('ack')
  t.match(await bad.log('invalid_image'), { stored: true }, 'bytes that are no picture are an event')
  t.equal(r.app.services.live.counters.errors.get('INVIGIL_ERR_IMAGE_INVALID'), 2)
})

t.test('a picture that cannot be decoded, a lost worker and a broken pool are errors of that frame', async t => {
  const pool = heldPool()
  const r = await room(t, { pool })
  const client = await r.candidate()
  const failures: ReadonlyArray<readonly [unknown, string]> = [
    [new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'cannot be decoded'), 'INVIGIL_ERR_IMAGE_INVALID'],
    [new DetectionError('INVIGIL_ERR_WORKER_LOST', 'the worker died'), 'INVIGIL_ERR_WORKER_LOST'],
    [new Error('secret words of the inside'), 'INVIGIL_ERR_FRAME_FAILED']
  ]
  for (const [index, [error, code]] of failures.entries()) {
    client.send(JPEG)
    await until(() => pool.jobs.length === index + 1)
    pool.jobs[index]!.fail(error)
    const told = await client.next('error')
    t.match(told, { code, seq: index + 1 })
    t.notMatch(told['message'], /secret/)
  }
  client.send(JPEG)
  await until(() => pool.jobs.length === 4)
  pool.jobs[3]!.answer()
  t.match(await client.next('ack'), { seq: 4, dropped: 3 }, 'the next frame goes its way')
  await client.log('invalid_image')
  t.match(r.app.services.live.counters.frames, { received: 4, analysed: 1, dropped: { invalid: 1, failed: 2 } })
})

t.test('a judge that throws closes its own socket with 1011 and nobody else’s', async t => {
  let broken = ''
  const { judge } = await import('../../../detection/events/judge.ts')
  const r = await room(t, {
    live: {
      judge: (state, input, policy) => {
        if (!('type' in input) && broken === 'now') {
          broken = ''
          throw new Error('a mistake of ours')
        }
        return judge(state, input, policy)
      }
    }
  })
  const [one, two] = [await r.candidate(), await r.candidate()]
  broken = 'now'
  one.send(JPEG)
  t.match(await one.next('error'), { code: 'INVIGIL_ERR_INTERNAL' })
  t.match(await one.closed, { code: 1011 })
  two.send(JPEG)
  await two.next('ack')
})

t.test('a frame over the bound is answered with a code and 4413, also one of 20 MB', async t => {
  const r = await room(t, { env: { FRAME_BYTES_MAX: '100000' } })
  const good = await r.candidate()
  const over = await r.candidate()
  over.send(Buffer.concat([JPEG, Buffer.alloc(100_000)]))
  t.match(await over.next('error'), { code: 'INVIGIL_ERR_FRAME_TOO_LARGE' })
  t.match(await over.closed, { code: 4413 })

  const huge = await r.candidate()
  huge.send(Buffer.concat([JPEG, Buffer.alloc(20_000_000)]))
  t.match(await huge.next('error'), { code: 'INVIGIL_ERR_MESSAGE_TOO_LARGE' })
  t.match(await huge.closed, { code: 4413 })

  const text = await r.candidate()
  text.send('A'.repeat(20_000_000))
  t.match(await text.closed, { code: 4413 })
  good.send(JPEG)
  await good.next('ack')
  t.equal(r.app.services.live.counters.closes.get(4413), 3)
})

t.test('a thousand messages at once are closed with 4429 while a second candidate streams', async t => {
  const r = await room(t)
  const [flood, good] = [await r.candidate(), await r.candidate()]
  for (let count = 0; count < 1000; count++) flood.send({ type: 'event', event: 'copy' })
  good.send(JPEG)
  t.match(await flood.next('error'), { code: 'INVIGIL_ERR_TOO_FAST' })
  t.match(await flood.closed, { code: 4429 })
  await good.next('ack')
})

t.test('more bytes than the largest frames would need are closed with 4429 while a second candidate streams', async t => {
  const r = await room(t)
  const { frameBytesMax, fullFramesBurst, fullFramesPerSecond } = r.app.services.live.limits
  const [flood, good] = [await r.candidate(), await r.candidate()]
  const full = Buffer.concat([JPEG, Buffer.alloc(frameBytesMax - JPEG.length)])
  for (let count = 0; count < fullFramesBurst; count++) flood.send(full)
  await until(() => r.app.services.live.counters.frames.received === fullFramesBurst)
  r.clock.ms += 1000
  for (let count = 0; count <= fullFramesPerSecond; count++) flood.send(full)
  t.match(await flood.next('error'), { code: 'INVIGIL_ERR_TOO_FAST' })
  t.match(await flood.closed, { code: 4429 })
  t.equal(r.app.services.live.counters.frames.received, fullFramesBurst + fullFramesPerSecond)
  good.send(JPEG)
  await good.next('ack')
})

t.test('control messages that pile up behind a slow one are closed with 4429', async t => {
  let release: (() => void) | undefined
  const r = await room(t, {
    live: { limits: { controlsWaitingMax: 5 } },
    services: services => {
      services.db.events.listAfter = async () => {
        await new Promise<void>(resolve => { release = resolve })
        return []
      }
      return services
    }
  })
  const client = await r.candidate()
  for (let count = 0; count < 7; count++) client.send({ type: 'resume' })
  t.match(await client.closed, { code: 4429 })
  release?.()
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

t.test('a clock that is set, or a process that stood still, makes nobody silent', async t => {
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

t.test('a client that never reads loses what may be lost, and is cut off before it costs memory', async t => {
  const r = await room(t, { live: { limits: { droppableBytesMax: 20_000, bufferedBytesMax: 60_000, messageBurst: 1e9 } } })
  const good = await r.candidate()
  const who = await person(r.app)
  await r.app.services.db.sessions.open({ userId: who.user.id, atMs: r.clock.ms })
  // A bare TCP connection that makes the handshake and then reads nothing.
  const { port } = r.app.server.address() as { port: number }
  const socket = connectTcp(port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  socket.write(`GET /ws/${who.user.id}?token=${who.accessToken} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`)
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause()
  const { live } = r.app.services
  await until(() => live.counters.sockets.candidates === 2)
  const session = await live.openByUser(who.user.id)
  await until(() => session!.isOnline)
  const ack = { type: 'ack', seq: 1, dropped: 0, seen: { faces: [], brightness: 1, objects: Array.from({ length: 200 }, () => ({ label: 'cell phone', box: [0, 0, 1, 1] as const })) } } as const
  for (let count = 0; count < 3000 && live.counters.messages.unsent < 100; count++) {
    session!.tell(ack)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.ok(live.counters.messages.unsent >= 100, 'acks are left out once it does not read')
  t.ok(session!.isOnline, 'and that alone closes nothing')
  const word = { type: 'message', from: 'x', text: 'x'.repeat(5000), level: 'info' } as const
  for (let count = 0; count < 20; count++) session!.tell(word)
  t.equal(live.counters.closes.get(4410), 1)
  t.equal(live.counters.errors.get('INVIGIL_ERR_SLOW_READER'), 1)
  await until(() => !session!.isOnline)
  good.send(JPEG)
  await good.next('ack')
})

t.test('a newer connection takes over: the older one is closed with 4409 and the session goes on', async t => {
  const r = await room(t)
  const older = await r.candidate()
  const newer = await connect(t, older.url)
  t.match(await older.next('error'), { code: 'INVIGIL_ERR_REPLACED' })
  t.match(await older.closed, { code: 4409 })
  newer.send(JPEG)
  await newer.next('ack')
  r.advance(10_000)
  t.notOk(newer.heard.some(message => JSON.stringify(message).includes('connection_lost')))
})

t.test('an account that opens one socket after another is refused, and nobody else behind its address', async t => {
  const r = await room(t)
  const client = await r.candidate()
  for (let count = 0; count < 59; count++) (await connect(t, client.url)).socket.terminate()
  t.match(await refused(client.url), { status: 429, body: { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS', details: { closeCode: 4429 } } })
  const other = await r.candidate()
  other.send(JPEG)
  await other.next('ack')
})

t.test('a session that its candidate left open writes nothing once the loss is stored', async t => {
  let writes = 0
  const r = await room(t, {
    services: services => {
      const { setScores } = services.db.sessions
      services.db.sessions.setScores = async (...about) => {
        writes++
        return await setScores(...about)
      }
      return services
    }
  })
  const { live } = r.app.services
  const client = await r.candidate()
  client.socket.terminate()
  await until(() => live.counters.sockets.candidates === 0)
  // Turned while scores are being written, the clock would find every further write put off.
  for (let step = 0; step < 30; step++) {
    r.advance(1_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  await until(() => live.counters.events.stored > 0)
  r.advance(6_000)
  await until(() => writes > 0)
  const before = writes
  for (let step = 0; step < 60; step++) {
    r.advance(1_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.ok(writes - before <= 1, `${writes - before} writes in a minute`)
})

t.test('a reconnect brings what was missed, once and in order, and then the live feed', async t => {
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
  const lines = second.heard.filter(message => message.type === 'logs').flatMap(message => message['data'] as LogsLine[])
  t.same(lines.map(line => `${line.kind} ${line.phase}`).filter(line => !line.startsWith('no_frames')), ['paste instant', 'connection_lost start', 'connection_lost end', 'print instant'])
  t.equal(new Set(lines.map(line => line.id)).size, lines.length)
  t.same(lines.map(line => line.id), lines.map(line => line.id).toSorted())
})

t.test('page events keep their place in time within what can be true', async t => {
  const r = await room(t)
  const client = await r.candidate()
  client.send({ type: 'event', event: 'tab_switch', phase: 'start', at: new Date(r.clock.ms - 2_000).toISOString(), detail: { title: 'x' } })
  const [line] = (await client.log('tab_switch', 'start'))['data'] as [LogsLine]
  t.equal(Date.parse(line.time), r.clock.ms - 2_000)
  client.send({ type: 'event', event: 'tab_switch', phase: 'end', at: r.clock.ms + 9_000_000 })
  const [end] = (await client.log('tab_switch', 'end'))['data'] as [LogsLine & { durationMs: number }]
  t.equal(end.durationMs, 2_000)
})

t.test('silence while connected is an event of its own, and ends with the next frame', async t => {
  const r = await room(t)
  const client = await r.candidate()
  client.send(JPEG)
  await client.next('ack')
  for (let second = 0; second < 8; second++) r.advance(1000)
  await client.log('no_frames', 'start')
  client.send(JPEG)
  await client.log('no_frames', 'end')
})

t.test('pause ends what lasts and takes no frames; resume goes on; stop stores all and closes with 1000', async t => {
  const r = await room(t, { pool: noFace, live: { limits: { silentMs: 1e9 } } })
  const client = await r.candidate()
  await missFace(r, client)
  const id = client.who.user.id
  t.equal((await call(r.app, 'POST', `/exam/pause/${id}`, { headers: client.who.headers, payload: {} })).status, 200)
  t.match(await client.next('status'), { state: 'active' })
  t.match(await client.next('status'), { state: 'paused' })
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
  t.equal(client.heard.filter(message => message['code'] === 'INVIGIL_ERR_SESSION_PAUSED').length, 1, 'said once a pause')
  t.notOk(client.heard.some(message => JSON.stringify(message).includes('no_frames')), 'a pause is no silence')

  t.equal((await call(r.app, 'POST', `/exam/stop/${id}`, { headers: client.who.headers, payload: {} })).status, 200)
  t.match(await client.next('status'), { state: 'stopped' })
  t.match(await client.closed, { code: 1000 })
  const row = await r.app.services.db.sessions.byId(client.session.id)
  t.match(row, { state: 'stopped', riskScore: 2, eventCount: 1 })
  const summary = await call(r.app, 'GET', `/exam/summary/${id}`, { headers: client.who.headers })
  t.match(summary.body, { riskScore: 2, counts: { face_missing: 1 } })
})

t.test('an account that loses its login or is disabled is closed with 4401', async t => {
  const r = await room(t, { live: { limits: { silentMs: 1e9 } } })
  const [out, disabled, stays] = [await r.candidate(), await r.candidate(), await r.candidate()]
  const { db, live } = r.app.services
  await db.users.setTokensValidAfter(out.who.user.id, Date.now() + 1000)
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

t.test('shutdown closes with 1001, and what was raised is stored', async t => {
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

t.test('while the database is away the feed goes on as not stored, and heals', async t => {
  let away = true
  let append: Database['events']['append']
  const r = await room(t, {
    live: { writer: { groupMs: 5, showAfterMs: 60, backoffMinMs: 5, backoffMaxMs: 20 } },
    services: services => {
      append = services.db.events.append
      services.db.events.append = async rows => {
        if (away) throw new DatabaseError('unavailable', 'ECONNREFUSED')
        return await append(rows)
      }
      return services
    }
  })
  const client = await r.candidate()
  client.send({ type: 'event', event: 'copy' })
  const shown = await client.log('copy')
  t.equal(shown['stored'], false)
  t.equal(r.app.services.live.writer.degraded, true)
  client.send(JPEG)
  await client.next('ack')
  away = false
  const stored = await client.log('copy')
  t.equal(stored['stored'], true)
  t.equal((stored['data'] as [LogsLine])[0].id, (shown['data'] as [LogsLine])[0].id, 'the same event, told again')
  t.equal(r.app.services.live.counters.events.stored, 1)
})

t.test('after a restart an open session goes on: numbers, scores, and an end for what was left open', async t => {
  const r = await room(t, { pool: noFace })
  const client = await r.candidate()
  await missFace(r, client)
  // A second live side on the same database stands for the process after the restart.
  const { createLive } = await import('../../../src/gateway/live.ts')
  const { db, pool } = r.app.services
  client.socket.terminate()
  r.clock.ms += 60_000
  const after = createLive({ db, pool, log: r.app.log, now: () => r.clock.ms })
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

t.test('what is raised while a session is cleared stays, in memory and database alike', async t => {
  const r = await room(t)
  const { id } = (await r.candidate()).session
  const { db, live } = r.app.services
  const session = (await live.open(id))!
  const note = (kind: 'paste' | 'copy') => session.notePage({ kind, phase: 'instant', detail: {}, atMs: r.clock.ms })
  note('paste')
  const { deleteBySession } = db.events
  Object.assign(db.events, {
    deleteBySession: async (...about: Parameters<typeof deleteBySession>) => {
      note('copy')
      await live.flush()
      return await deleteBySession(...about)
    }
  })
  t.equal(await live.clear(id), 1)
  t.same((await db.events.listBySession(id, { limit: 9 })).map(({ kind }) => kind), ['copy'])
  t.same(session.counts(), { copy: 1 })
})
