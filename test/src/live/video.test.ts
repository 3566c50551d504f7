import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import { createPool, type AnalyzeJob } from '../../../detection/workers/pool.ts'
import type { Image, VideoChunk } from '../../../detection/types.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'
import { encodeVp8, type EncodedFrame } from '../../../src/cli/simulate/vp8.ts'
import type { CandidateReply } from '../../../src/protocol/messages.ts'
import type { CandidateConnection } from '../../../src/live/session/candidate-connection.ts'
import { VideoBuffer } from '../../../src/live/session/video-buffer.ts'
import { analysis } from '../../support/app.ts'
import { JPEG, room } from '../../support/gateway.ts'

const chunk = (isKey: boolean, bytes = 1): VideoChunk => ({ isKey, bytes: new Uint8Array(bytes), atMs: 0 })
const KEY = chunk(true)
const NEXT = chunk(false)

/** A video buffer with its own clock, and the replies to its sender. */
function scripted (chunksWaitingMax = 32) {
  const clock = { ms: 0 }
  const replies: CandidateReply[] = []
  const sender = (): CandidateConnection => ({
    language: 'en',
    received: 0,
    dropped: 0,
    send: reply => {
      replies.push(reply)
      return true
    },
    refuse () {},
    show () {},
    fail () {},
    replace () {},
    end () {},
    reconnect () {}
  })
  const video = new VideoBuffer({
    limits: { chunksWaitingMax, frameBytesMax: 100, keyframeMs: 1000 },
    elapsedMs: () => clock.ms
  })
  return {
    clock,
    asked: replies,
    video,
    sender,
    takeKinds: () => video.takeAll()?.video?.chunks.map(({ isKey }) => (isKey ? 'key' : 'next'))
  }
}

t.test('waiting chunks are taken together, in order, once', async t => {
  const { video, sender, takeKinds } = scripted()
  const who = sender()
  t.same(
    [KEY, NEXT, NEXT].map(piece => video.offer(who, piece)),
    [true, true, true]
  )
  t.same(takeKinds(), ['key', 'next', 'next'])
  t.equal(takeKinds(), undefined)
  t.ok(video.offer(who, NEXT), 'it goes on from what the worker has')
  t.same(takeKinds(), ['next'])
})

t.test('a key frame replaces the chunks that wait before it', async t => {
  const { video, sender, takeKinds } = scripted()
  const who = sender()
  for (const piece of [KEY, NEXT, KEY, NEXT]) video.offer(who, piece)
  t.same(takeKinds(), ['key', 'next'])
})

t.test('a chunk without its predecessor is dropped, and a key frame is requested once a second', async t => {
  const { video, sender, asked: replies, clock } = scripted()
  const who = sender()
  for (let count = 0; count < 5; count++, clock.ms += 300) t.notOk(video.offer(who, NEXT))
  t.same(replies, [{ type: 'keyframe' }, { type: 'keyframe' }], 'at 0 and at 1200 ms')
  t.ok(video.offer(who, KEY))
})

t.test('a new connection, a loss and an overflow each require a key frame', async t => {
  const { video, sender } = scripted(3)
  const who = sender()
  video.offer(who, KEY)
  t.notOk(video.offer(sender(), NEXT), 'another connection')
  t.ok(video.offer(who, KEY))
  video.reset()
  t.notOk(video.offer(who, NEXT), 'a loss')
  for (const piece of [KEY, NEXT, NEXT]) t.ok(video.offer(who, piece))
  t.notOk(video.offer(who, NEXT), 'a fourth')
  t.equal(video.takeAll(), undefined, 'and the rest is of no use')
  t.ok(video.offer(who, chunk(true, 60)))
  t.notOk(video.offer(who, chunk(false, 60)), 'too many bytes')
})

t.test('after the loss of a worker the waiting chunks are used only from a key frame on', async t => {
  const { video, sender, takeKinds } = scripted()
  const who = sender()
  video.offer(who, KEY)
  video.takeAll()
  video.offer(who, NEXT)
  video.fail()
  t.equal(takeKinds(), undefined)
  video.offer(who, KEY)
  video.fail()
  t.same(takeKinds(), ['key'])
})

t.test('after a decoding error no video is accepted for a second', async t => {
  const { video, sender, asked: replies, clock } = scripted()
  const who = sender()
  video.offer(who, KEY)
  video.failInvalid()
  t.notOk(video.offer(who, KEY))
  t.same(replies, [])
  clock.ms = 1000
  t.notOk(video.offer(who, NEXT))
  t.same(replies, [{ type: 'keyframe' }])
  t.ok(video.offer(who, KEY))
})

const LOOKS = { key: Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0, 9), next: Uint8Array.of(0x11, 0, 0, 9) }

/** A VP8 chunk as a message, with a real frame or with a valid header only. */
function message (
  isKey: boolean,
  {
    bytes = LOOKS[isKey ? 'key' : 'next'],
    seq = 0,
    atMs = 0
  }: { readonly bytes?: Uint8Array, readonly seq?: number, readonly atMs?: number } = {}
): Buffer {
  const head = Buffer.alloc(18)
  head.set([0x49, 0x56, 1, 2, isKey ? 3 : 1])
  head.writeBigUInt64BE(BigInt(atMs), 5)
  head.writeUInt32BE(seq, 13)
  head[17] = 1
  return Buffer.concat([head, bytes])
}

/** A room whose pool records its jobs and completes them when the test says so. */
async function watched (t: Parameters<typeof room>[0], fail: () => Error | undefined = () => undefined) {
  const jobs: AnalyzeJob[] = []
  let open: (() => void) | undefined
  let gate: Promise<void> = Promise.resolve()
  const r = await room(t, {
    live: { limits: { frameAgeMsMax: 60_000 } },
    pool: {
      analyze: async job => {
        jobs.push(job)
        await gate
        const error = fail()
        if (error !== undefined) throw error
        return analysis({}, job.atMs)
      }
    }
  })
  return {
    r,
    jobs,
    shut: () => {
      gate = new Promise(resolve => {
        open = resolve
      })
    },
    open: () => {
      open?.()
    }
  }
}

t.test('frames of a video are acknowledged; those that waited together are one job, and count as replaced', async t => {
  const { r, jobs, shut, open } = await watched(t)
  const client = await r.candidate()
  shut()
  for (const [seq, isKey] of [true, false, false, false].entries()) client.send(message(isKey, { seq }))
  while (r.app.services.live.counters.frames.received < 4) await new Promise(setImmediate)
  open()
  t.match(await client.next('ack'), { seq: 0, dropped: 2 })
  t.match(await client.next('ack'), { seq: 3, dropped: 2 })
  t.same(
    jobs.map(({ video, bytes }) => [bytes.length, video?.codec, video?.chunks.map(({ isKey }) => isKey)]),
    [
      [0, 'vp8', [true]],
      [0, 'vp8', [false, false, false]]
    ]
  )
  t.equal(jobs[0]?.stream, jobs[1]?.stream)
  t.equal(r.app.services.live.counters.frames.dropped.replaced, 2)
})

t.test('after a gap the page is asked for a key frame, and the video continues with it', async t => {
  const errors: Array<Error | undefined> = [
    new DetectionError('INVIGIL_ERR_VIDEO_KEY_NEEDED', 'its worker was replaced')
  ]
  const { r } = await watched(t, () => errors.shift())
  const client = await r.candidate()
  client.send(message(false))
  await client.next('keyframe')
  client.send(message(true, { seq: 1 }))
  const { frames } = r.app.services.live.counters
  while (frames.dropped.gap < 2) await new Promise(setImmediate)
  client.send(message(true, { seq: 2 }))
  t.match(await client.next('ack'), { seq: 2, dropped: 2 })
})

t.test('a pause and a picture end the video; a new key frame restarts it', async t => {
  const { r, jobs } = await watched(t)
  const client = await r.candidate()
  const goesOn = async (seq: number): Promise<void> => {
    client.send(message(true, { seq }))
    t.match(await client.next('ack'), { seq })
  }
  await goesOn(1)
  client.send(JPEG)
  await client.next('ack')
  client.send(message(false, { seq: 3 }))
  await client.next('keyframe')
  await goesOn(4)
  await r.app.services.live.pause(client.session.id, 'staff-id')
  await r.app.services.live.resume(client.session.id, 'staff-id')
  r.clock.ms += 1
  client.send(message(false, { seq: 5 }))
  const { frames } = r.app.services.live.counters
  while (frames.dropped.gap < 2) await new Promise(setImmediate)
  await goesOn(6)
  t.same(
    jobs.map(({ video }) => video?.chunks.length ?? 0),
    [1, 0, 1, 1]
  )
})

t.test('a chunk that is not VP8 is refused with its code and counted', async t => {
  const { r } = await watched(t)
  const client = await r.candidate()
  for (let seq = 0; seq < 3; seq++) client.send(message(false, { seq, bytes: Buffer.from('not VP8 at all') }))
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_VIDEO_INVALID', seq: 0 })
  t.match(await client.next('error'), { seq: 1 })
  t.match(await client.next('error'), { seq: 2 })
  t.equal(r.app.services.live.counters.frames.dropped.invalid, 3)
})

const CLIP = '../shared/testdata/video/gaze_center_focus.mp4'

/** The clip's frames, two a second, encoded. */
async function clipFrames (count: number): Promise<EncodedFrame[]> {
  const frames: Image[] = []
  let size = { width: 0, height: 0 }
  for await (const { image } of sampleVideo(CLIP, { fps: 2 })) {
    size = image
    frames.push(image)
    if (frames.length === count) break
  }
  return await encodeVp8(frames, { ...size, fps: 2, bitsPerSecond: 400_000, keyMs: 2000 })
}

t.test(
  'with real workers the server decodes the clip, stops at a gap, and continues at the next key frame',
  { timeout: 120_000 },
  async t => {
    const pool = createPool({ modelsDir: 'models', workers: 1 })
    t.teardown(() => pool.close())
    await pool.ready
    const frames = await clipFrames(10)
    const r = await room(t, { pool, live: { limits: { keyframeMs: 0, frameAgeMsMax: 60_000 } } })
    const client = await r.candidate()
    const stream = async (seq: number): Promise<void> => {
      client.send(message(frames[seq]!.isKey, { bytes: frames[seq]!.bytes, seq, atMs: (r.clock.ms += 500) }))
      const ack = await client.next(({ type }) => type === 'ack' || type === 'keyframe' || type === 'error')
      t.match(ack, { type: 'ack', seq, seen: { faces: [{ direction: /./ }] } }, `frame ${seq}`)
      t.equal((ack['seen'] as { faces: unknown[] }).faces.length, 1)
    }
    for (let seq = 0; seq < 6; seq++) await stream(seq)
    // Damage in the middle: the parser accepts the bytes and the decoder refuses them.
    const damaged = Uint8Array.from([0x11, 0, 0, ...Array.from({ length: 300 }, () => 0xff)])
    client.send(message(false, { bytes: damaged, seq: 6, atMs: (r.clock.ms += 500) }))
    t.match(await client.next('error'), { code: 'INVIGIL_ERR_VIDEO_INVALID', seq: 6 })
    client.send(message(false, { bytes: frames[7]!.bytes, seq: 7, atMs: (r.clock.ms += 500) }))
    await client.next('keyframe')
    for (const seq of [8, 9]) await stream(seq)
  }
)
