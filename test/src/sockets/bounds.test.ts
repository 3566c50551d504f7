import { connect as connectTcp } from 'node:net'
import t from 'tap'
import { newId } from '../../../db/index.ts'
import { person } from '../../support/app.ts'
import { connect, JPEG, refused, room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

t.test('a frame over the limit closes the socket with a code and 4413, also one of 20 MB', async t => {
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

t.test(
  'more bytes than the largest frames would need are closed with 4429 while a second candidate streams',
  async t => {
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
  }
)

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
  const monitor = await r.monitor()
  for (let count = 0; count < 7; count++) monitor.send({ type: 'subscribe', all: true, after: newId() })
  t.match(await monitor.closed, { code: 4429 })
  release?.()
})

t.test('an account that opens too many sockets is refused, and others behind the same address are not', async t => {
  const r = await room(t)
  const client = await r.candidate()
  for (let count = 0; count < 59; count++) (await connect(t, client.url)).socket.terminate()
  t.match(await refused(client.url), {
    status: 429,
    body: { code: 'INVIGIL_ERR_TOO_MANY_REQUESTS', details: { closeCode: 4429 } }
  })
  const other = await r.candidate()
  other.send(JPEG)
  await other.next('ack')
})

t.test('a client that never reads loses droppable messages, and is closed before it uses much memory', async t => {
  const r = await room(t, {
    live: { limits: { droppableBytesMax: 20_000, bufferedBytesMax: 60_000, messageBurst: 1e9 } }
  })
  const good = await r.candidate()
  const who = await person(r.app)
  await r.app.services.db.sessions.open({ userId: who.user.id, atMs: r.clock.ms })
  // A TCP connection that makes the WebSocket handshake and then reads nothing.
  const { port } = r.app.server.address() as { port: number }
  const socket = connectTcp(port, '127.0.0.1')
  t.teardown(() => {
    socket.destroy()
  })
  socket.write(
    `GET /ws/${who.user.id}?token=${who.accessToken} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
  )
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause()
  const { live } = r.app.services
  await until(() => live.counters.sockets.candidates === 2)
  const session = await live.openByUser(who.user.id)
  await until(() => session!.isOnline)
  const ack = {
    type: 'ack',
    seq: 1,
    dropped: 0,
    seen: {
      faces: [],
      brightness: 1,
      objects: Array.from({ length: 200 }, () => ({ label: 'cell phone', box: [0, 0, 1, 1] as const }))
    }
  } as const
  for (let count = 0; count < 3000 && live.counters.messages.unsent < 100; count++) {
    session!.send(ack)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.ok(live.counters.messages.unsent >= 100, 'acks are left out once it does not read')
  t.ok(session!.isOnline, 'and that alone closes nothing')
  const word = { type: 'message', from: 'x', text: 'x'.repeat(5000), level: 'info' } as const
  for (let count = 0; count < 20; count++) session!.send(word)
  t.equal(live.counters.closes.get(4410), 1)
  t.equal(live.counters.errors.get('INVIGIL_ERR_SLOW_READER'), 1)
  await until(() => !session!.isOnline)
  good.send(JPEG)
  await good.next('ack')
})
