/** From what a candidate sends to a file that plays. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { newId, openDatabase, type Database } from '../../../db/index.ts'
import { createRecorder, type Recorder } from '../../../src/recording/recorder.ts'
import type { Storage } from '../../../src/storage/storage.ts'
import { StorageError } from '../../../src/storage/storage.ts'
import { createMemoryStorage, testMedia } from '../../support/memory-storage.ts'
import { until } from '../../support/until.ts'
import { makeVp8, tone } from '../../support/vp8.ts'

const silent = { info () {}, warn () {}, error () {} }
const START = 1_790_000_000_000
const chunks = await makeVp8(120)
let people = 0
// The recorder's threads do not keep a process alive.
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

interface Stage {
  readonly db: Database
  readonly folder: string
  readonly vault: ReturnType<typeof testMedia>['vault']
  readonly recorder: Recorder
  readonly sessionId: string
  readonly userId: string
}

async function stage (t: Test, storage: Storage = createMemoryStorage()): Promise<Stage> {
  const db = await openDatabase({ url: 'file::memory:' })
  const folder = mkdtempSync(join(tmpdir(), 'invigil-recording-'))
  const { vault } = testMedia(db, storage)
  const recorder = createRecorder({ db, vault, folder, log: silent })
  t.teardown(async () => {
    await recorder.close()
    await db.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const user = await db.users.create({
    email: `r${++people}@example.org`, name: 'R', role: 'student', passwordHash: null, createdAtMs: 1
  })
  const { session } = await db.sessions.open({ userId: user.id, atMs: START })
  return { db, folder, vault, recorder, sessionId: session.id, userId: user.id }
}

const full = ({ sessionId, userId }: Stage) =>
  ({ id: sessionId, userId, examId: null, mode: 'full' as const, storyboard: { kept: 0, skipped: 0 } })
const never = (code: string): void => { throw new Error(code) }

async function rows ({ db, sessionId }: Stage) {
  return (await db.recordings.list({ sessionId, limit: 50 })).reverse()
}

async function play ({ vault, sessionId }: Stage, key: string) {
  const parts: Buffer[] = []
  for await (const part of (await vault.open({ sessionId, key }))!) parts.push(part as Buffer)
  const bytes = Buffer.concat(parts)
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) })
  const video = (await input.getPrimaryVideoTrack())!
  const audio = await input.getPrimaryAudioTrack()
  const times: number[] = []
  for await (const { timestamp } of new EncodedPacketSink(video).packets()) times.push(timestamp)
  let sounds = 0
  if (audio !== null) {
    for await (const { byteLength } of new EncodedPacketSink(audio).packets()) sounds += byteLength > 0 ? 1 : 0
  }
  return {
    bytes, times, sounds, duration: await input.computeDuration(), width: video.codedWidth
  }
}

t.test('video and sound become one seekable file; length, gap and hash are in the row', async t => {
  const at = await stage(t)
  const recording = at.recorder.open(full(at), never)
  const connection = {}
  for (let second = 0; second < 40; second++) {
    const atMs = START + second * 1000 + (second >= 20 ? 10_000 : 0)
    recording.video(connection, chunks[second * 2]!, atMs)
    recording.video(connection, chunks[second * 2 + 1]!, atMs + 500)
    recording.sound(tone(), atMs)
  }
  recording.disconnected()
  await at.recorder.idle()
  const [row, ...others] = await rows(at)
  t.same(others, [])
  t.match(row, {
    state: 'ready',
    startedAtMs: START,
    durationMs: 50_000,
    mediaType: 'video/webm; codecs="vp8,opus"',
    failure: null,
    gaps: [{ fromMs: 19_500, toMs: 30_000 }]
  })
  const file = await play(at, row!.storageKey)
  t.equal(file.times.length, 80)
  t.equal(file.times[0], 0)
  t.ok(Math.abs(file.duration - 50) < 0.1, `${file.duration} s`)
  t.ok(Math.abs(file.sounds - 2500) < 25, `${file.sounds} packets of 20 ms, with silence in the gap`)
  t.equal(row!.bytes, file.bytes.length)
  t.equal(row!.sha256, createHash('sha256').update(file.bytes).digest('hex'))
  const left = readdirSync(at.folder).flatMap(name => readdirSync(join(at.folder, name)))
  t.same(left.filter(name => !name.startsWith('lock')), [])
})

t.test('a part has a row when its journal exists, and not before', async t => {
  const at = await stage(t)
  const journals = (): string[] => readdirSync(at.folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.part'))
  const recording = at.recorder.open(full(at), never)
  recording.video({}, chunks[0]!, START)
  await until(async () => (await rows(at)).length === 1)
  t.equal(journals().length, 1)
  t.match(await rows(at), [{ state: 'writing' }])
})

t.test('a part begins with a key frame, and anew with each connection, size and form', async t => {
  const at = await stage(t)
  const recording = at.recorder.open(full(at), never)
  const [first, second] = [{}, {}]
  recording.video(first, chunks[1]!, START)
  for (let index = 4; index < 8; index++) recording.video(first, chunks[index]!, START + index * 500)
  for (let index = 4; index < 8; index++) recording.video(second, chunks[index]!, START + 9000 + index * 500)
  const large = await makeVp8(3, { width: 640, height: 480 })
  for (const [index, chunk] of large.entries()) recording.video(second, chunk, START + 20_000 + index * 500)
  const jpeg = await sharp({ create: { width: 321, height: 200, channels: 3, background: '#a04020' } }).jpeg().toBuffer()
  for (let index = 0; index < 6; index++) recording.picture(second, jpeg, START + 30_000 + index * 500)
  recording.end()
  recording.video({}, chunks[0]!, START + 60_000)
  await at.recorder.idle()
  const all = await rows(at)
  t.same(all.map(({ state, durationMs }) => [state, durationMs]), [
    ['ready', 2000], ['ready', 2000], ['ready', 1500], ['ready', 3000]
  ])
  const files = await Promise.all(all.map(async row => await play(at, row.storageKey)))
  t.same(files.map(({ times, width }) => [times.length, width]), [[4, 320], [4, 320], [3, 640], [6, 322]])
})

t.test('around an incident five seconds before and ten after are kept, and nothing else', async t => {
  const at = await stage(t)
  const recording = at.recorder.open({ ...full(at), mode: 'incidents' }, never)
  const connection = {}
  for (let index = 0; index < 120; index++) {
    const atMs = START + index * 500
    recording.video(connection, chunks[index]!, atMs)
    if (index % 2 === 0) recording.sound(tone(), atMs)
    const second = index / 2
    recording.tick(second >= 20 && second < 25 ? 1 : 0, atMs)
  }
  recording.disconnected()
  await at.recorder.idle()
  const all = await rows(at)
  t.equal(all.length, 1)
  t.equal(all[0]!.startedAtMs, START + 14_000, 'from the key frame before')
  t.equal(all[0]!.durationMs, 22_000, 'until ten seconds after the end')
})

t.test('what a dead process left is made into files, cut anywhere; a living one is left alone', async t => {
  const at = await stage(t)
  const recording = at.recorder.open(full(at), never)
  const connection = {}
  for (let index = 0; index < 60; index++) recording.video(connection, chunks[index]!, START + index * 500)
  const partPath = async (): Promise<string> => {
    for (;;) {
      const found = readdirSync(at.folder).flatMap(name =>
        readdirSync(join(at.folder, name)).filter(file => file.endsWith('.part')).map(file => join(at.folder, name, file)))
      if (found.length > 0 && readFileSync(found[0]!).length > 20_000) return found[0]!
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  const path = await partPath()
  const copy = mkdtempSync(join(tmpdir(), 'invigil-dead-'))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  const whole = readFileSync(path)
  mkdirSync(join(copy, 'dead'))
  writeFileSync(join(copy, 'dead', basename(path)), Buffer.concat([whole, Buffer.from([0, 0, 1, 0, 9])]))
  writeFileSync(join(copy, 'dead', 'empty.part'), whole.subarray(0, 20))
  const next = createRecorder({ db: at.db, vault: at.vault, folder: copy, log: silent })
  await next.adopt()
  await next.close()
  const [row] = await rows(at)
  t.equal(row?.state, 'ready')
  t.equal((await play(at, row!.storageKey)).times.length, Math.round(row!.durationMs! / 500))
  t.same(readdirSync(copy), [], 'nothing is left behind')
  const other = createRecorder({ db: at.db, vault: at.vault, folder: at.folder, log: silent })
  await other.adopt()
  await other.close()
  t.ok(readFileSync(path).length > 0, 'the part of a living process stays')
})

t.test('the screen of a session is a recording of its own, also when its process died', async t => {
  const at = await stage(t)
  const { id, userId, examId } = full(at)
  const screen = at.recorder.openScreen({ id, userId, examId }, never)
  const camera = at.recorder.open(full(at), never)
  const connection = {}
  for (let index = 0; index < 8; index++) {
    t.equal(screen.video(connection, chunks[index]!, START + index * 1000), true)
    camera.video(connection, chunks[index]!, START + index * 500)
  }
  await new Promise(resolve => setTimeout(resolve, 1500))
  await at.recorder.close()
  screen.end()
  t.equal(screen.video(connection, chunks[8]!, START + 9000), false)
  const next = createRecorder({ db: at.db, vault: at.vault, folder: at.folder, log: silent })
  await next.adopt()
  await next.close()
  const all = await rows(at)
  t.same(
    all.map(({ source, state, durationMs }) => [source, state, durationMs]).sort(),
    [['camera', 'ready', 4000], ['screen', 'ready', 7500]])
  const { storageKey } = all.find(({ source }) => source === 'screen')!
  t.equal((await play(at, storageKey)).times.length, 8)
})

t.test('a store that fails is tried again; a session that was erased leaves nothing', async t => {
  const memory = createMemoryStorage()
  let isDown = true
  const at = await stage(t, {
    ...memory,
    put: async (key, content) => {
      if (isDown) {
        content.destroy()
        throw new StorageError('unavailable', 'down')
      }
      return await memory.put(key, content)
    }
  })
  const record = async (): Promise<void> => {
    const recording = at.recorder.open(full(at), never)
    for (let index = 0; index < 4; index++) recording.video(at, chunks[index]!, START + index * 500)
    recording.end()
    await at.recorder.idle()
  }
  await record()
  t.match(await rows(at), [{ state: 'finalizing' }])
  await at.recorder.close()
  isDown = false
  const next = createRecorder({ db: at.db, vault: at.vault, folder: at.folder, log: silent })
  await next.adopt()
  t.match(await rows(at), [{ state: 'ready' }])
  await next.close()
  await at.vault.erase(at.sessionId)
  t.equal(memory.objects.size, 0)
})

t.test('a folder that cannot be written to stops the recording, once, and nothing else', async t => {
  const at = await stage(t)
  const failures: string[] = []
  const broken = createRecorder({ db: at.db, vault: at.vault, folder: '/dev/null/no', log: silent })
  t.teardown(async () => await broken.close())
  const recording = broken.open(full(at), code => failures.push(code))
  for (let index = 0; index < 8; index++) recording.video(at, chunks[index]!, START + index * 500)
  for (let tries = 0; tries < 50 && failures.length === 0; tries++) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  recording.video(at, chunks[8]!, START + 9000)
  t.same(failures, ['begin_failed'])
})

t.test('an incident leaves a clip or its sound and its best picture, where nothing else is recorded', async t => {
  const at = await stage(t)
  const counts = { begun: 0, skipped: 0, failed: 0 }
  const recording = at.recorder.open({ ...full(at), mode: 'none', evidence: counts }, never)
  const [phone, voice] = [newId(), newId()]
  const jpegs = [...'abcdefgh'].map(name => Buffer.from(`picture ${name}`))
  const note = (id: string, kind: string, phase: 'start' | 'end' | 'instant', second: number, nowMs: number) =>
    recording.noted(
      [{ id, kind, phase, class: 'integrity', incident: kind === 'phone' ? 1 : 2, atMs: START + second * 1000 }], nowMs)
  for (let index = 0; index < 120; index++) {
    const atMs = START + index * 500
    recording.video(at, chunks[index]!, atMs)
    if (index % 2 === 0) recording.sound(tone(), atMs)
    if (recording.wantsPicture) recording.offerPicture({ atMs, jpeg: jpegs[index % 8]!, seen: { index } })
    if (index === 40) note(phone, 'phone', 'start', 18, atMs)
    if (index === 52) note(phone, 'phone', 'end', 25, atMs)
    if (index === 80) note(voice, 'voice', 'instant', 40, atMs)
    const isOn = index >= 36 && index < 52
    recording.scored(isOn ? [{ kind: 'phone', score: index === 45 ? 3 : 1, isRising: index < 40 }] : [], atMs)
    recording.tick(0, atMs)
  }
  recording.end()
  await at.recorder.idle()
  t.same(await rows(at), [], 'no recording')
  t.same(counts, { begun: 4, skipped: 0, failed: 0 })
  const kept = (await at.db.evidence.list(at.sessionId))
    .map(row => ({ ...row, of: row.eventId === phone ? 'phone' : 'voice' }))
  const found = (of: string, kind: string) => kept.find(row => row.of === of && row.kind === kind)!
  t.same(
    kept.map(({ of, kind }) => `${of} ${kind}`).sort(), ['phone clip', 'phone picture', 'voice picture', 'voice sound'])
  const best = found('phone', 'picture')
  t.match(best, { atMs: START + 22_500, mediaType: 'image/jpeg', durationMs: null, seen: { index: 45 } })
  const stored: Buffer[] = []
  for await (const part of (await at.vault.open({ sessionId: at.sessionId, key: best.storageKey }))!) {
    stored.push(part as Buffer)
  }
  t.same(Buffer.concat(stored), jpegs[45 % 8], 'the one with the highest score')
  t.equal(best.sha256, createHash('sha256').update(jpegs[45 % 8]!).digest('hex'))
  const clip = await play(at, found('phone', 'clip').storageKey)
  t.equal(clip.times.length, 37, 'from the key frame at 12 s to 30 s')
  t.ok(Math.abs(clip.duration - 18.5) < 0.6 && clip.sounds > 850, `${clip.duration} s, ${clip.sounds} packets`)
  const sound = found('voice', 'sound')
  t.match(sound, { atMs: START + 40_000, mediaType: 'audio/webm; codecs="opus"' })
  t.ok(Math.abs(sound.durationMs! - 11_000) < 200, `${sound.durationMs} ms from 35 s on`)
})

t.test('a clip lasts a minute at most, few are open at once, and what a dead process left becomes evidence', async t => {
  const at = await stage(t)
  const counts = { begun: 0, skipped: 0, failed: 0 }
  const recording = at.recorder.open({ ...full(at), mode: 'none', evidence: counts }, never)
  const ids = Array.from({ length: 6 }, () => newId())
  for (let index = 0; index < 120; index++) {
    const atMs = START + index * 1000
    recording.video(at, chunks[index]!, atMs)
    if (index === 20) {
      recording.noted(ids.map((id, incident) =>
        ({ id, kind: 'tab_switch', phase: 'start', class: 'integrity', incident, atMs })), atMs)
      const longAgo = { id: newId(), kind: 'tab_switch', phase: 'instant', class: 'integrity', incident: 9 } as const
      recording.noted([{ ...longAgo, atMs: atMs - 60_000 }], atMs)
    }
  }
  await at.recorder.close()
  t.same(counts, { begun: 4, skipped: 2, failed: 0 })
  const next = createRecorder({ db: at.db, vault: at.vault, folder: at.folder, log: silent })
  await next.adopt()
  await next.close()
  const kept = await at.db.evidence.list(at.sessionId)
  t.same(kept.map(({ eventId, kind }) => [eventId, kind]).sort(), ids.slice(0, 4).map(id => [id, 'clip']).sort())
  t.ok(kept.every(({ durationMs }) => durationMs! > 55_000 && durationMs! <= 64_000))
})
