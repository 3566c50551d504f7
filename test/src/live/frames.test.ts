import t from 'tap'
import { analysis } from '../../support/app.ts'
import { connect, JPEG, missFace, noFace, room, type LogsLine } from '../../support/gateway.ts'
import { controlledPool } from '../../support/controlled-pool.ts'
import { until } from '../../support/until.ts'

t.test(
  'a JPEG as binary or as base64 text comes back as logs, as the first clients of this protocol expect',
  async t => {
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
      t.ok(
        rows.some(row => row.id === line.id),
        'events sent with stored: true are in the database'
      )
    }
  }
)

t.test(
  'a new connection receives state and rate, and each frame is acknowledged by its own number or the count',
  async t => {
    const r = await room(t)
    const client = await r.candidate()
    t.match(client.received.slice(0, 2), [
      { type: 'status', state: 'active', sessionId: client.session.id },
      { type: 'rate', fps: 2, width: 640 }
    ])

    client.send(JPEG)
    t.match(await client.next('ack'), { seq: 1, dropped: 0, seen: { faces: [{ direction: 'center' }], persons: 1 } })
    client.send({
      type: 'frame',
      data: Buffer.from(JPEG).toString('base64'),
      seq: 70,
      capturedAt: new Date().toISOString()
    })
    t.match(await client.next('ack'), { seq: 70 })
    const header = Buffer.alloc(17)
    header.set([0x49, 0x56, 1, 1, 1])
    header.writeBigUInt64BE(BigInt(r.clock.ms), 5)
    header.writeUInt32BE(90, 13)
    client.send(Buffer.concat([header, JPEG]))
    t.match(await client.next('ack'), { seq: 90 })
  }
)

t.test('capture times follow arrival times; a claimed delay is applied slowly', async t => {
  const pool = controlledPool()
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
  t.equal(await send(r.clock.ms), 0)
  r.clock.ms += 1_000
  t.equal(await send(r.clock.ms - 500), -100, 'a tenth of the time that has passed')
  r.clock.ms += 10_000
  t.equal(await send(r.clock.ms - 500), -500, 'as late as it says')
  r.clock.ms += 1_000
  t.equal(await send(r.clock.ms + 3_600_000), -400, 'the future is now')
  r.clock.ms += 200_000
  t.equal(await send(r.clock.ms - 3_600_000), -10_000, 'long ago is as late as it may be')
})

t.test(
  'frames captured before an earlier arrival are acknowledged as stale, are not analyzed and do not end a silence',
  async t => {
    const requestedRates: number[] = []
    const r = await room(t, {
      pool: {
        analyze: async job => {
          requestedRates.push(job.atMs)
          return analysis({}, job.atMs)
        }
      }
    })
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
    t.same(requestedRates, [startedAtMs])
    t.equal(r.app.services.live.counters.frames.dropped.stale, 9)
  }
)

t.test('a slow pool gets the newest frame, and the ack counts the frames that it replaced', async t => {
  const pool = controlledPool()
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
  t.same(r.app.services.live.counters.frames.dropped, {
    replaced: 3,
    late: 0,
    stale: 0,
    paused: 0,
    invalid: 0,
    failed: 0,
    suspended: 0,
    closed: 0,
    gap: 0
  })
})

t.test('frames are still judged after the clock is set back', async t => {
  const r = await room(t, { pool: noFace })
  const client = await r.candidate()
  await missFace(r, client)
  r.clock.ms -= 3_600_000
  client.send(JPEG)
  await client.log('face_missing', 'end')
  const line = ((await missFace(r, client))['data'] as LogsLine[]).find(({ kind }) => kind === 'face_missing')!
  t.ok(Date.parse(line.time) <= r.clock.ms, 'detected again')
  r.advance(10_000)
  await client.log('no_frames', 'start')
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

t.test('texts come in the language asked for', async t => {
  const r = await room(t, { pool: noFace })
  const who = await r.candidate()
  const client = { ...who, ...(await connect(t, `${who.url}&lang=bn`)) }
  await client.next('rate')
  const [line] = (await missFace(r, client))['data'] as [LogsLine]
  t.equal(line.event, 'মুখ শনাক্ত হয়নি')
})
