/** The storyboard of a recorded exam: from a candidate's socket to the sheets that staff open. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { createRecorder } from '../../../src/recording/recorder.ts'
import { analysis, person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, stage, type Begun } from '../../support/exams.ts'
import { connect, JPEG } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

interface Sheet {
  readonly id: string
  readonly recordingId: string
  readonly startedAtMs: number
  readonly offsetsMs: readonly number[]
  readonly columns: number
  readonly tileWidth: number
  readonly tileHeight: number
  readonly bytes: number
  readonly sha256: string
}

const silent = { info () {}, warn () {}, error () {} }
/** As many seconds as half-second frames are sent for. */
const SECONDS = 125
// The recorder's threads do not keep a process alive.
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

/** Another gray for each picture. */
const GRAYS = Array.from({ length: 20 }, (_, index) => 10 + index * 12)
const TILES = await Promise.all(GRAYS.map(async gray => Uint8Array.from(
  await sharp({ create: { width: 160, height: 120, channels: 3, background: { r: gray, g: gray, b: gray } } })
    .jpeg()
    .toBuffer()
)))

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const folder = mkdtempSync(join(tmpdir(), 'invigil-storyboard-'))
  let tiles = 0
  const app = await make({
    live: {
      now: () => clock.ms,
      recorder: {
        open: (...given) => recorder.open(...given),
        openScreen: (...given) => recorder.openScreen(...given)
      },
      limits: { tickMs: 1_000_000_000 }
    },
    pool: {
      analyze: async ({ atMs, tileWidth }) => ({
        ...analysis({}, atMs), ...(tileWidth === 160 && { tile: TILES[tiles++ % TILES.length]! })
      })
    }
  })
  const { db, media } = app.services
  const recorder = createRecorder({ db, vault: media.vault, folder, log: silent })
  t.teardown(async () => {
    await recorder.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const objects = () => [...(media.vault.storage as unknown as { objects: Map<string, Buffer> }).objects.keys()]

  /** A candidate sends two pictures a second, and hands in. */
  async function sit (policy: object) {
    tiles = 0
    const { exam, teacher } = await stage(app)
    t.equal((await as(app, teacher)('PUT', `/exams/${exam.id}/policy`, policy)).status, 200)
    const who = await person(app)
    const ask = as(app, who)
    const consent = `/exams/${exam.id}/consent`
    const { body } = await ask<{ noticeSha256: string, items: ReadonlyArray<{ key: string }> }>('GET', consent)
    await ask('PUT', consent, {
      noticeSha256: body.noticeSha256, items: Object.fromEntries(body.items.map(({ key }) => [key, true]))
    })
    const { body: { attempt, session } } = await ask<Begun>('POST', `/exams/${exam.id}/start`)
    const client = await connect(t, `ws://127.0.0.1:${port}/ws/${who.user.id}?token=${who.accessToken}`)
    await client.next('rate')
    const startedAtMs = clock.ms + 500
    for (let frame = 0; frame < SECONDS * 2; frame++) {
      clock.ms += 500
      client.send(JPEG)
      await client.next('ack')
    }
    client.socket.terminate()
    await ask('POST', `/attempts/${attempt.id}/submit`)
    return { who, teacher, sessionId: session.id, startedAtMs }
  }

  const { who, teacher, sessionId, startedAtMs } = await sit({ recording: 'full' })
  const list = async (from: LoggedIn = teacher) =>
    await as(app, from)<{ sheets: Sheet[], code: string }>('GET', `/sessions/${sessionId}/storyboard`)
  const linkOf = async (from: LoggedIn, id: string) =>
    await as(app, from)<{ url: string, code: string }>('POST', `/storyboards/${id}/link`)
  const open = async (url: string, from: LoggedIn) =>
    await app.inject({ method: 'GET', url, headers: { ...from.headers } })
  await until(async () => (await list()).body.sheets.length > 0)
  const sheet = (await list()).body.sheets[0]!

  await t.test('a picture each ten seconds, at its place in the sheet', async t => {
    t.match(sheet, { startedAtMs, columns: 10, tileWidth: 160, tileHeight: 120 })
    t.same(sheet.offsetsMs, Array.from({ length: 13 }, (_, index) => index * 10_000))
    const { url } = (await linkOf(teacher, sheet.id)).body
    const shown = await open(url, teacher)
    t.match(
      [shown.statusCode, shown.headers['content-type'], shown.headers.etag, shown.rawPayload.length],
      [200, 'image/jpeg', `"${sheet.sha256}"`, sheet.bytes]
    )
    const { data, info } = await sharp(shown.rawPayload).raw().toBuffer({ resolveWithObject: true })
    t.match(info, { width: 1600, height: 240 })
    const grays = sheet.offsetsMs.map((_, index) => {
      const [x, y] = [(index % 10) * 160 + 80, Math.floor(index / 10) * 120 + 60]
      return data[(y * info.width + x) * info.channels]!
    })
    t.ok(grays.every((gray, index) => Math.abs(gray - GRAYS[index]!) < 4), grays.join(' '))
    t.same(app.services.live.counters.storyboard, { kept: 13, skipped: 0 })
  })

  await t.test('a viewing is logged once, the candidate reads it, and it confirms no incident', async t => {
    await open((await linkOf(teacher, sheet.id)).body.url, teacher)
    const entries = await db.audit.list({ targetType: 'storyboard', targetId: sessionId, limit: 10 })
    t.match(entries, [{ action: 'storyboard.view', actorId: teacher.user.id }])
    t.equal(entries.length, 1)
    const { body } = await as(app, who)('GET', `/sessions/${sessionId}/report`)
    t.match(body, { views: [{ what: 'storyboard', eventId: null, role: 'teacher' }] })
    const { body: { events: [event] } } = await as(app, teacher)<{ events: Array<{ id: string }> }>('POST', '/events', {
      sessionId, kind: 'suspicious_activity', description: 'A second person enters the room'
    })
    await as(app, teacher)('POST', `/reviews/${sessionId}/claim`)
    const incident = `/reviews/${sessionId}/incidents/${event!.id}`
    const reason = 'Somebody stands in the door.'
    await as(app, teacher)('PUT', incident, { state: 'under_review' })
    t.match(
      await as(app, teacher)('PUT', incident, { state: 'confirmed', reason }),
      { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_UNOPENED' } }
    )
  })

  await t.test('candidates, other teachers and copied links are refused', async t => {
    const [stranger, admin] = [await person(app, 'teacher'), await person(app, 'admin')]
    const { url } = (await linkOf(teacher, sheet.id)).body
    for (const [from, code] of [[who, 'INVIGIL_ERR_FORBIDDEN'], [stranger, 'INVIGIL_ERR_NOT_YOURS']] as const) {
      t.equal((await list(from)).body.code, code)
      t.equal((await linkOf(from, sheet.id)).body.code, code)
      t.equal((await open(url, from)).json().code, 'INVIGIL_ERR_NOT_YOURS')
    }
    t.equal((await list(admin)).body.sheets.length, 1)
    t.equal((await linkOf(admin, sessionId)).body.code, 'INVIGIL_ERR_RECORDING_UNKNOWN')
    t.equal((await app.inject({ method: 'GET', url })).json().code, 'INVIGIL_ERR_TOKEN_MISSING')
    t.equal((await open(url.replace(sheet.id, sheet.recordingId), teacher)).json().code, 'INVIGIL_ERR_LINK_INVALID')
  })

  await t.test('the export of the person holds it', async t => {
    const file = await app.inject({ method: 'GET', url: `/api/v1/users/${who.user.id}/export`, headers: who.headers })
    t.equal(file.statusCode, 200)
    t.ok(file.rawPayload.includes(`storyboards/${sheet.id}.jpg`))
  })

  await t.test('it goes with the recording that it shows', async t => {
    const admin = await person(app, 'admin')
    const { url } = (await linkOf(admin, sheet.id)).body
    t.equal(objects().filter(key => key.startsWith(sessionId)).length, 2)
    const gone = await as(app, admin)('DELETE', `/recordings/${sheet.recordingId}`, { reason: 'The days are over' })
    t.equal(gone.status, 204)
    t.same(objects().filter(key => key.startsWith(sessionId)), [])
    t.same((await list()).body.sheets, [])
    t.equal((await open(url, admin)).json().code, 'INVIGIL_ERR_MEDIA_GONE')
  })

  await t.test('nothing is made without a recording, also where evidence is kept', async t => {
    await sit({ recording: 'none', keepsEvidence: true })
    t.equal(tiles, 0)
    await sit({ recording: 'incidents' })
    t.equal(tiles, 0, 'no incident, so nothing was recorded')
  })
})
