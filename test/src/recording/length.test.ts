/** The length of a recording is that of what was captured, whenever it arrived. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { LIMITS } from '../../../src/limits.ts'
import { ArrivalClock } from '../../../src/live/session/arrival-clock.ts'
import { createRecorder } from '../../../src/recording/recorder.ts'
import { createMemoryStorage, testMedia } from '../../support/memory-storage.ts'
import { makeVp8, tone } from '../../support/vp8.ts'

const START = 1_790_000_000_000
/** How long the last picture is shown. */
const LAST_MS = 500
const chunks = await makeVp8(40)
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

interface Piece {
  readonly atMs: number
  readonly lateMs: number
}

interface Sent {
  readonly frames: readonly Piece[]
  /** Seconds of sound. */
  readonly sounds?: readonly Piece[]
  /** What the client's clock is ahead. */
  readonly aheadMs?: number
}

const db = await openDatabase({ url: 'file::memory:' })
const { vault } = testMedia(db, createMemoryStorage())
const folder = mkdtempSync(join(tmpdir(), 'invigil-length-'))
const recorder = createRecorder({ db, vault, folder, log: { info () {}, warn () {}, error () {} } })
t.teardown(async () => {
  await recorder.close()
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})
let people = 0

/** Sends pieces in the order of their arrival, with the times that the session computes; returns both lengths. */
async function lengthsOf ({ frames, sounds = [], aheadMs = 0 }: Sent) {
  const { id: userId } = await db.users.create({
    email: `l${++people}@example.org`, name: 'L', role: 'student', passwordHash: null, createdAtMs: 1
  })
  const { session: { id } } = await db.sessions.open({ userId, atMs: START })
  const recording = recorder.open(
    { id, userId, examId: null, mode: 'full', storyboard: { kept: 0, skipped: 0 } }, code => { throw new Error(code) })
  const clocks = { frame: new ArrivalClock(LIMITS), sound: new ArrivalClock(LIMITS) }
  const connection = {}
  const arrivals = [
    ...frames.map((piece, index) => ({ ...piece, chunk: chunks[index]!, arrivedMs: piece.atMs + piece.lateMs })),
    // A second of sound is sent when it is over.
    ...sounds.map(piece => ({ ...piece, chunk: undefined, arrivedMs: piece.atMs + 1000 + piece.lateMs }))
  ].sort((one, other) => one.arrivedMs - other.arrivedMs)
  for (const { atMs, chunk, arrivedMs } of arrivals) {
    const claimedMs = START + atMs + aheadMs
    if (chunk !== undefined) {
      const judgedMs = clocks.frame.capturedAt(claimedMs, START + arrivedMs)
      recording.video(connection, chunk, judgedMs, claimedMs)
    } else {
      recording.sound(tone(), clocks.sound.capturedAt(claimedMs + 1000, START + arrivedMs) - 1000, claimedMs)
    }
  }
  recording.disconnected()
  await recorder.idle()
  const [row, ...others] = await db.recordings.list({ sessionId: id, limit: 5 })
  if (row === undefined || others.length > 0) throw new Error('not one part')
  const parts: Buffer[] = []
  for await (const part of (await vault.open({ sessionId: id, key: row.storageKey }))!) parts.push(part as Buffer)
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(Buffer.concat(parts)) })
  return { rowMs: row.durationMs!, fileMs: (await input.getDurationFromMetadata())! * 1000 }
}

const steady = (count: number, lateMs: (index: number) => number): Piece[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * 500, lateMs: lateMs(index) }))
const seconds = (count: number, lateMs: number): Piece[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * 1000, lateMs }))
const varied = [0, 90, 500, 620, 2600, 3000, 3100, 5200, 5900, 6000, 7400, 8000, 9000, 10_000, 10_010, 12_500]

const CASES: ReadonlyArray<readonly [name: string, sent: Sent, capturedMs: number]> = [
  ['a first picture that arrives late', { frames: steady(20, index => (index === 0 ? 450 : 5)) }, 9500],
  ['a last picture that arrives late', { frames: steady(20, index => (index === 19 ? 480 : 5)) }, 9500],
  ['each picture as late as it likes', { frames: steady(40, index => (index * 7919) % 450) }, 19_500],
  ['intervals that vary', { frames: varied.map((atMs, index) => ({ atMs, lateMs: index % 3 * 100 })) }, 12_500],
  ['a client whose clock is an hour fast', { frames: steady(20, index => (index % 5) * 90), aheadMs: 3_600_000 }, 9500],
  ['a client whose clock is an hour slow', { frames: steady(20, index => (index % 5) * 90), aheadMs: -3_600_000 }, 9500],
  ['sound that ends before the picture', { frames: steady(20, () => 5), sounds: seconds(6, 200) }, 9500],
  ['sound that ends after the picture', { frames: steady(20, () => 5), sounds: seconds(12, 5) }, 12_000 - LAST_MS],
  // Its 20 seconds of samples take 19.4 seconds.
  ['a microphone whose clock is fast', {
    frames: steady(37, () => 5),
    sounds: Array.from({ length: 20 }, (_, index) => ({ atMs: index * 970, lateMs: 5 }))
  }, 19 * 970 + 1000 - LAST_MS]
]

for (const [name, sent, capturedMs] of CASES) {
  t.test(`the length is right with ${name}`, async t => {
    const { rowMs, fileMs } = await lengthsOf(sent)
    const wantedMs = capturedMs + LAST_MS
    t.ok(Math.abs(rowMs - wantedMs) <= 100, `row: ${rowMs} of ${wantedMs} ms`)
    t.ok(Math.abs(fileMs - wantedMs) <= 100, `file: ${fileMs} of ${wantedMs} ms`)
  })
}
