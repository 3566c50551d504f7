/** Which moments become pictures of the storyboard, and what is made of them when the part ends or its process dies. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { createPool } from '../../../detection/workers/pool.ts'
import type { MediaRecord } from '../../../src/recording/journal.ts'
import { createRecorder } from '../../../src/recording/recorder.ts'
import { SessionRecording } from '../../../src/recording/session-recording.ts'
import { sheetsOf } from '../../../src/recording/sheets.ts'
import { StoryboardPace } from '../../../src/recording/storyboard.ts'
import { createMemoryStorage, testMedia } from '../../support/memory-storage.ts'
import { until } from '../../support/until.ts'
import { makeVp8, type Vp8Chunk } from '../../support/vp8.ts'

const START = 1_790_000_000_000
const HOUR = 3_600_000
const silent = { info () {}, warn () {}, error () {} }
// The recorder's threads do not keep a process alive.
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

const jpeg = async (width: number, height: number): Promise<Uint8Array> => Uint8Array.from(
  await sharp({ create: { width, height, channels: 3, background: '#808080' } }).jpeg().toBuffer()
)
const TILE = await jpeg(160, 120)

t.test('a picture each 10 s for two hours, each 20 s for the next four, and no more after 20 hours', async t => {
  const counts = { kept: 0, skipped: 0 }
  const pace = new StoryboardPace(counts)
  const kept: number[] = []
  for (let atMs = 0; atMs < 24 * HOUR; atMs += 500) {
    if (!pace.isDue(atMs)) continue
    pace.kept(atMs)
    kept.push(atMs)
  }
  const within = (from: number, to: number) => kept.filter(atMs => atMs >= from * HOUR && atMs < to * HOUR).length
  t.same([within(0, 1), within(1, 2), within(3, 4), within(7, 8)], [360, 360, 180, 120])
  t.equal(kept.length, 2880)
  t.equal(counts.kept, 2880)
  t.equal(counts.skipped, 4 * HOUR / 50_000, 'each that was due is counted')
})

t.test('the worker makes it of the frame that it has decoded for the analysis', async t => {
  const modelsDir = existsSync('../shared/models') ? '../shared/models' : 'models'
  const pool = createPool({ modelsDir, workers: 1, stuckMs: 120_000 })
  t.teardown(() => pool.close())
  await pool.ready
  const [key, next] = await makeVp8(2)
  const analyze = async (seq: number, { isKey, bytes }: Vp8Chunk, tileWidth?: number) => await pool.analyze({
    bytes: new Uint8Array(),
    atMs: START + seq * 500,
    state: undefined,
    stream: 's',
    video: { codec: 'vp8', chunks: [{ isKey, atMs: START + seq * 500, bytes }] },
    ...(tileWidth !== undefined && { tileWidth })
  })
  const { tile } = await analyze(0, key!, 160)
  t.match(await sharp(tile).metadata(), { format: 'jpeg', width: 160, height: 120 })
  t.equal((await analyze(1, next!)).tile, undefined, 'where it was not asked for')
})

t.test('it shows only what is recorded', async t => {
  const tiles: number[] = []
  const recording = new SessionRecording(
    { id: 's', userId: 'u', examId: null, mode: 'incidents', storyboard: { kept: 0, skipped: 0 } },
    {
      beginPart: () => ({
        media: (kind, atMs) => { if (kind === 'tile') tiles.push(atMs - START) }, sound () {}, end () {}
      })
    }
  )
  const connection = {}
  const play = (fromMs: number, untilMs: number, incidents: number): void => {
    for (let at = fromMs; at < untilMs; at += 500) {
      recording.picture(connection, TILE, START + at)
      recording.tick(incidents, START + at)
      if (recording.wantsTile(START + at)) recording.addTile(TILE, START + at)
    }
  }
  play(0, 60_000, 0)
  t.same(tiles, [])
  play(60_000, 80_000, 1)
  play(80_000, 120_000, 0)
  t.same(tiles, [60_000, 70_000, 80_000, 90_000], 'until ten seconds after the incident')
  t.equal(recording.wantsTile(START + 120_000), false)
  recording.addTile(TILE, START + 120_000)
  play(200_000, 200_500, 1)
  recording.addTile(TILE, START + 100_000)
  t.same(tiles.slice(4), [200_000], 'a frame from before the part is not of it')
})

t.test('a sheet has a hundred pictures of one size; a broken one is left out', async t => {
  async function * records (): AsyncGenerator<MediaRecord> {
    for (let index = 0; index < 104; index++) {
      yield { kind: 'key', atMs: START + index * 10_000 - 1, bytes: new Uint8Array(9) }
      yield {
        kind: 'tile',
        atMs: START + index * 10_000,
        bytes: index === 1 ? TILE.subarray(0, 30) : index === 2 ? await jpeg(90, 160) : TILE
      }
    }
  }
  const sheets = []
  for await (const sheet of sheetsOf(records())) sheets.push(sheet)
  t.match(sheets, [
    { startedAtMs: START, columns: 10, tileWidth: 160, tileHeight: 120 },
    { startedAtMs: START + 101 * 10_000, columns: 3, offsetsMs: [0, 10_000, 20_000] }
  ])
  t.equal(sheets[0]!.offsetsMs.length, 100)
  t.same(sheets[0]!.offsetsMs.slice(0, 3), [0, 20_000, 30_000])
  const sizes = await Promise.all(sheets.map(async ({ jpeg }) => await sharp(jpeg).metadata()))
  t.match(sizes, [{ width: 1600, height: 1200 }, { width: 480, height: 120 }])
})

t.test('what a dead process left becomes sheets, encrypted, and no plain picture was on the disk', async t => {
  const db = await openDatabase({ url: 'file::memory:' })
  const memory = createMemoryStorage()
  const { vault } = testMedia(db, memory)
  const folder = mkdtempSync(join(tmpdir(), 'invigil-storyboard-'))
  const dead = mkdtempSync(join(tmpdir(), 'invigil-dead-'))
  const recorder = createRecorder({ db, vault, folder, log: silent })
  t.teardown(async () => {
    await recorder.close()
    await db.close()
    for (const path of [folder, dead]) rmSync(path, { recursive: true, force: true })
  })
  const user = await db.users.create({
    email: 'r@example.org', name: 'R', role: 'student', passwordHash: null, createdAtMs: 1
  })
  const { session } = await db.sessions.open({ userId: user.id, atMs: START })
  const recording = recorder.open(
    { id: session.id, userId: user.id, examId: null, mode: 'full', storyboard: { kept: 0, skipped: 0 } },
    code => { throw new Error(code) }
  )
  const connection = {}
  const chunks = await makeVp8(60)
  chunks.forEach((chunk, index) => {
    const atMs = START + index * 500
    recording.video(connection, chunk, atMs)
    if (recording.wantsTile(atMs)) recording.addTile(TILE, atMs)
  })
  const parts = () => readdirSync(folder).flatMap(name =>
    readdirSync(join(folder, name)).filter(file => file.endsWith('.part')).map(file => join(folder, name, file)))
  const sent = chunks.reduce((sum, { bytes }) => sum + bytes.length, 3 * TILE.length)
  await until(() => parts().some(path => readFileSync(path).length > sent), 10_000)
  const [path] = parts()
  const whole = readFileSync(path!)
  t.notOk(Buffer.from(whole).includes(Buffer.from(TILE.subarray(0, 100))))
  mkdirSync(join(dead, 'process'))
  writeFileSync(join(dead, 'process', basename(path!)), Buffer.concat([whole, Buffer.from([0, 0, 1, 0, 9])]))
  const next = createRecorder({ db, vault, folder: dead, log: silent })
  await next.adopt()
  await next.close()
  const [sheet] = await db.storyboards.list(session.id)
  t.match(sheet, { startedAtMs: START, offsetsMs: [0, 10_000, 20_000], columns: 3 })
  const content = await vault.open({ sessionId: session.id, key: sheet!.storageKey }, undefined, sheet!.bytes)
  const read: Uint8Array[] = []
  for await (const bytes of content!) read.push(bytes as Uint8Array)
  t.match(await sharp(Buffer.concat(read)).metadata(), { format: 'jpeg', width: 480, height: 120 })
  t.notOk(Buffer.from(memory.objects.get(sheet!.storageKey)!).includes(Buffer.concat(read).subarray(0, 50)), 'encrypted')
  t.same(readdirSync(dead), [], 'nothing is left behind')
})
