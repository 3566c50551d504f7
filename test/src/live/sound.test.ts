import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import type { ListenJob, Pool, SoundAnalysis } from '../../../detection/workers/pool.ts'
import { createCounters } from '../../../src/counters.ts'
import { LIMITS } from '../../../src/limits.ts'
import { SoundQueue } from '../../../src/live/session/sound-queue.ts'
import type { SessionRecording } from '../../../src/recording/session-recording.ts'
import { readBinary } from '../../../src/protocol/media-frame.ts'
import { room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/** 16-bit samples after an `IV` header of kind 3; time 0 means no time. */
function piece (samples: readonly number[] | Int16Array, atMs = 0): Buffer {
  const message = Buffer.alloc(13 + samples.length * 2)
  message.set([0x49, 0x56, 1, 3, 0])
  message.writeBigUInt64BE(BigInt(atMs), 5)
  samples.forEach((sample, index) => { message.writeInt16LE(sample, 13 + index * 2) })
  return message
}

const HALF_SECOND = new Int16Array(8000)

/** A pool that reports speech in every sound. */
const talking = async ({ pcm, atMs, state }: ListenJob): Promise<SoundAnalysis> => {
  const windows = Math.floor(pcm.length / 512)
  return {
    observation: {
      atMs,
      durationMs: windows * 32,
      speech: new Float32Array(windows).fill(0.9),
      levelsDb: new Float32Array(windows).fill(-20),
      speechMax: 0.9,
      speechRatio: 1,
      levelDb: -20,
      peakDb: -10,
      noiseFloorDb: -60
    },
    state: { pieces: ((state as { pieces: number } | undefined)?.pieces ?? 0) + 1 },
    workerMs: 1
  }
}

t.test('sound is parsed from its samples, and other bytes are refused', async t => {
  t.same(readBinary(piece([0, 16_384, -32_768], 5)), {
    type: 'sound',
    pcm: Float32Array.of(0, 0.5, -1),
    capturedAtMs: 5
  })
  t.same(readBinary(piece([1])), { type: 'sound', pcm: Float32Array.of(1 / 32_768) })
  t.match(readBinary(piece(new Int16Array(16_000))), { type: 'sound' })
  for (const bad of [piece([]), piece(new Int16Array(16_001)), piece([1, 2]).subarray(0, 16)]) {
    t.match(readBinary(bad), { type: 'error', code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  }
})

t.test('talk on the socket becomes a stored event', async t => {
  const states: unknown[] = []
  const listen = (job: ListenJob): Promise<SoundAnalysis> => {
    states.push(job.state)
    return talking(job)
  }
  const r = await room(t, { pool: { listen } })
  const client = await r.candidate()
  for (let count = 0; count < 4; count++) {
    r.clock.ms += 500
    client.send(piece(HALF_SECOND, r.clock.ms - 500))
    await until(() => r.app.services.live.counters.sound.heard === count + 1)
  }
  const logs = await client.log('voice', 'start')
  t.match(logs, {
    stored: true,
    data: [{ event: 'Voice detected', severity: 'low', time: new Date(r.clock.ms - 2000).toISOString() }]
  })
  t.same(states, [undefined, { pieces: 1 }, { pieces: 2 }, { pieces: 3 }], 'each piece gets what the one before left')
})

t.test('what is recorded is the sound, although a worker takes its memory', async t => {
  const recorded: number[] = []
  const recording = { sound: (pcm: Float32Array) => { recorded.push(pcm.length) } } as unknown as SessionRecording
  const listen = async (job: ListenJob): Promise<SoundAnalysis> => {
    const pcm = structuredClone(job.pcm, { transfer: [job.pcm.buffer as ArrayBuffer] })
    return await talking({ ...job, pcm })
  }
  const counters = createCounters()
  const queue = new SoundQueue(
    { userId: 'u', recording, isActive: () => true, judge () {} },
    { pool: { listen }, counters, limits: LIMITS, log: { error: () => t.fail('an error of the queue'), warn () {} }, now: Date.now }
  )
  for (let count = 0; count < 3; count++) queue.offer({ type: 'sound', pcm: new Float32Array(8000) })
  t.same(recorded, [8000, 8000, 8000])
  await until(() => counters.sound.heard === 3)
})

t.test('sound that overflows, arrives in a pause or is lost is counted, and the socket stays open', async t => {
  const jobs: Array<{ readonly job: ListenJob, answer (): void, fail (error: unknown): void }> = []
  const listen: Pool['listen'] = job => new Promise((resolve, reject) => {
    jobs.push({ job, answer: () => { talking(job).then(resolve, reject) }, fail: reject })
  })
  const r = await room(t, { pool: { listen }, live: { limits: { soundsWaitingMax: 2 } } })
  const client = await r.candidate()
  const { sound } = r.app.services.live.counters
  for (let count = 0; count < 5; count++) client.send(piece(HALF_SECOND))
  await until(() => sound.received === 5)
  t.match(sound.dropped, { overflow: 2 }, 'one runs, two wait')
  t.equal(jobs.length, 1)
  t.equal(jobs[0]!.job.atMs, r.clock.ms - 500, 'without a stamp it has just ended')
  jobs[0]!.fail(new DetectionError('INVIGIL_ERR_OVERLOADED', 'too much'))
  await until(() => jobs.length === 2)
  jobs[1]!.fail(new Error('we are wrong'))
  await until(() => jobs.length === 3)
  t.match(sound, { heard: 0, dropped: { failed: 2 } })
  await r.app.services.live.pause(client.session.id, client.who.user.id)
  jobs[2]!.answer()
  await until(() => sound.dropped.paused === 1)
  client.send(piece(HALF_SECOND))
  await client.next(message => message['code'] === 'INVIGIL_ERR_SESSION_PAUSED')
  t.match(sound, { received: 6, heard: 0, dropped: { paused: 2 } })
  client.send(Buffer.from([0x49, 0x56, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]))
  await client.next(message => message['code'] === 'INVIGIL_ERR_MESSAGE_INVALID')
})
