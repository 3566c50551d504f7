/** The screen of a candidate, from the policy to the file that plays, over a real socket on each database. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import t, { type Test } from 'tap'
import { createRecorder, type Recorder } from '../../../src/recording/recorder.ts'
import { analysis, person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, stage, type Begun } from '../../support/exams.ts'
import { connect, lines, type Client, JPEG } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'
import { makeVp8, type Vp8Chunk } from '../../support/vp8.ts'

const SCREEN = { recording: 'full', recordsScreen: true, watching: 'wanted' }
const chunks = await makeVp8(12, { width: 1280, height: 800 })
const silent = { info () {}, warn () {}, error () {} }
// The recorder's threads do not keep a process alive.
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

/** The message of a frame of the screen, or of the camera. */
function frame ({ isKey, bytes }: Vp8Chunk, atMs: number, kind = 4): Buffer {
  const head = Buffer.from([0x49, 0x56, 1, kind, isKey ? 2 : 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  head.writeBigUInt64BE(BigInt(atMs), 5)
  return Buffer.concat([head, bytes])
}

interface Row {
  readonly id: string
  readonly source: string
  readonly mode: string
  readonly state: string
  readonly durationMs: number
  readonly bytes: number
  readonly failure: string | null
}

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const folder = mkdtempSync(join(tmpdir(), 'invigil-screen-'))
  const analyzed: number[] = []
  let broken: Recorder | undefined
  const app = await make({
    live: {
      now: () => clock.ms,
      recorder: {
        open: (...given) => recorder.open(...given),
        openScreen: (...given) => (broken ?? recorder).openScreen(...given)
      },
      limits: { tickMs: 1_000_000_000, screenBurst: 100, screenBytesBurst: 100_000_000 }
    },
    pool: {
      analyze: async ({ atMs, video }) => {
        analyzed.push(...(video?.chunks ?? []).map(({ bytes }) => bytes.length))
        return analysis({}, atMs)
      }
    }
  })
  const { db, media, live } = app.services
  const recorder = createRecorder({ db, vault: media.vault, folder, log: silent })
  t.teardown(async () => {
    await recorder.close()
    await broken?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const { exam, teacher } = await stage(app)
  const admin = await person(app, 'admin')
  const staff = as(app, teacher)
  const setPolicy = async (policy: object) => await staff('PUT', `/exams/${exam.id}/policy`, policy)

  async function agree (who: LoggedIn, items: Readonly<Record<string, boolean>> = {}): Promise<readonly string[]> {
    const ask = as(app, who)
    const path = `/exams/${exam.id}/consent`
    const { body } = await ask<{ noticeSha256: string, items: ReadonlyArray<{ key: string }> }>('GET', path)
    const all = Object.fromEntries(body.items.map(({ key }) => [key, true]))
    await ask('PUT', path, { noticeSha256: body.noticeSha256, items: { ...all, ...items } })
    return body.items.map(({ key }) => key)
  }
  const begin = async (who: LoggedIn) => await as(app, who)<Begun & { code: string }>('POST', `/exams/${exam.id}/start`)
  const open = async (t: Test, who: LoggedIn): Promise<Client> =>
    await connect(t, `ws://127.0.0.1:${port}/ws/${who.user.id}?token=${who.accessToken}`)
  const recordings = async (sessionId: string, query = ''): Promise<readonly Row[]> =>
    (await staff<{ recordings: readonly Row[] }>('GET', `/recordings?sessionId=${sessionId}${query}`)).body.recordings
  /** The server has read everything that was sent before. */
  async function settled (client: Client): Promise<void> {
    client.send({ type: 'nonsense' })
    await client.next(({ type, code }) => type === 'error' && code === 'INVIGIL_ERR_MESSAGE_INVALID')
  }
  const noted = async (client: Client, kind: string, phase: string, times = 1): Promise<void> =>
    await until(() => lines(client).filter(line => line.kind === kind && line.phase === phase).length === times)
  async function sendScreen (client: Client, from = 0, to = chunks.length): Promise<void> {
    for (const chunk of chunks.slice(from, to)) {
      clock.ms += 1000
      client.send(frame(chunk, clock.ms))
      // The bounds go by the real time.
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    await settled(client)
  }

  await t.test('the policy records the screen only with everything else', async t => {
    for (const policy of [
      { ...SCREEN, recording: 'incidents' }, { ...SCREEN, recording: 'none' }, { ...SCREEN, watching: 'none' },
      { recordsScreen: true }, { preset: 'normal', recordsScreen: true }
    ]) {
      t.match(await setPolicy(policy), { status: 422, body: { code: 'INVIGIL_ERR_SCREEN_POLICY' } }, JSON.stringify(policy))
    }
    t.match(await setPolicy(SCREEN), { status: 200, body: { policy: SCREEN } })
    const who = await person(app)
    t.match((await as(app, who)('GET', `/exams/${exam.id}`)).body, { recording: 'full', recordsScreen: true })
  })

  await t.test('without the consent to it the exam does not start, and the words name another way', async t => {
    const who = await person(app)
    t.same(await agree(who, { screenRecording: false }), ['camera', 'sound', 'screen', 'recording', 'screenRecording'])
    t.match(await begin(who), { status: 409, body: { code: 'INVIGIL_ERR_CONSENT_NEEDED', message: /another way/ } })
    await agree(who)
    t.equal((await begin(who)).status, 201)
  })

  await t.test('frames become a recording of their own that plays, and no detector sees them', async t => {
    const who = await person(app)
    await agree(who)
    const { body: { session, attempt } } = await begin(who)
    const client = await open(t, who)
    t.match(await client.next('rate'), { screen: { fps: 1, width: 1280 } })
    client.send(frame(chunks[1]!, clock.ms))
    t.match(await client.next('keyframe'), { of: 'screen' })
    await sendScreen(client)
    client.send(frame(chunks[0]!, clock.ms, 2))
    await client.next(({ type, code }) => type === 'error' && code === 'INVIGIL_ERR_VIDEO_INVALID')
    client.socket.terminate()
    await until(async () => (await recordings(session.id)).some(({ state }) => state === 'ready'))
    await as(app, who)('POST', `/attempts/${attempt.id}/submit`)
    t.same(analyzed, [])
    const [row, ...others] = await recordings(session.id)
    t.same(others, [])
    t.match(row, { source: 'screen', mode: 'full', durationMs: 11_500, failure: null, mediaType: 'video/webm; codecs="vp8"' })
    t.equal((await recordings(session.id, '&source=screen')).length, 1)
    t.equal((await recordings(session.id, '&source=camera')).length, 0)

    const { body: link } = await staff<{ url: string }>('POST', `/recordings/${row!.id}/link`)
    const answer = await app.inject({ method: 'GET', url: link.url, headers: { ...teacher.headers } })
    t.equal(answer.statusCode, 200)
    const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(answer.rawPayload) })
    const track = (await input.getPrimaryVideoTrack())!
    let packets = 0
    for await (const { byteLength } of new EncodedPacketSink(track).packets()) packets += byteLength > 0 ? 1 : 0
    t.same([track.codedWidth, track.codedHeight, packets], [1280, 800, 12])
    t.equal(await input.getPrimaryAudioTrack(), null)
    t.match(await db.audit.list({ targetType: 'recording', targetId: row!.id, limit: 5 }), [{ action: 'recording.view' }])
    t.match(await staff('POST', `/recordings/${row!.id}/analyze`), { status: 409, body: { code: 'INVIGIL_ERR_RECORDING_SCREEN' } })

    const zip = await app.inject({ method: 'GET', url: `/api/v1/users/${who.user.id}/export`, headers: { ...who.headers } })
    t.equal(unzipSync(zip.rawPayload)[`recordings/${row!.id}.webm`]?.length, row!.bytes, 'it is exported')
    const days = { recordingDays: 1, dismissedDays: null, confirmedDays: null, recordsDays: null, face: null }
    await setPolicy({ ...SCREEN, retention: days })
    t.match((await as(app, admin)('GET', '/admin/retention')).body, { due: [{ sessionId: session.id, class: 'recording', count: 1 }] })
    clock.ms += 2 * 86_400_000
    await app.sweeper.runIfDue()
    t.match(await recordings(session.id), [{ state: 'deleted' }], 'its days are over')
    t.equal((await staff<{ code: string }>('POST', `/recordings/${row!.id}/link`)).body.code, 'INVIGIL_ERR_MEDIA_GONE')
    await setPolicy(SCREEN)
  })

  await t.test('bad frames get their codes and are counted, and the camera goes on', async t => {
    const who = await person(app)
    await agree(who)
    const { body: { session } } = await begin(who)
    const client = await open(t, who)
    await client.next('rate')
    const before = { ...live.counters.screen.dropped }
    const code = async (message: Buffer): Promise<unknown> => {
      client.send(message)
      return (await client.next('error'))['code']
    }
    const key = chunks[0]!
    t.equal(await code(frame({ ...key, isKey: false }, clock.ms)), 'INVIGIL_ERR_SCREEN_INVALID')
    t.equal(await code(frame({ ...key, bytes: key.bytes.subarray(0, 6) }, clock.ms)), 'INVIGIL_ERR_SCREEN_INVALID')
    t.equal(await code(Buffer.from([0x49, 0x56, 1, 4, 0])), 'INVIGIL_ERR_MESSAGE_INVALID')
    t.equal(live.counters.screen.dropped.invalid, before.invalid + 2)
    const { events } = (await staff<{ events: ReadonlyArray<{ kind: string }> }>(
      'GET', `/sessions/${session.id}/events?limit=100`)).body
    t.notOk(events.some(({ kind }) => kind === 'invalid_image'))
    const small = await makeVp8(1)
    client.send(frame(small[0]!, clock.ms, 2))
    await client.next('ack')
    await as(app, who)('DELETE', `/exams/${exam.id}/consent`)
    t.equal((await client.closed).code, 1000, 'a withdrawal ends the session')
    t.match(await begin(who), { status: 409, body: { code: 'INVIGIL_ERR_CONSENT_NEEDED' } })
  })

  await t.test('where the policy or the consent does not allow it, frames are refused', async t => {
    await setPolicy({ recording: 'none' })
    const who = await person(app)
    t.notOk((await agree(who)).includes('recording'))
    const { body: { session } } = await begin(who)
    const client = await open(t, who)
    t.notOk('screen' in await client.next('rate'))
    client.send(frame(chunks[0]!, clock.ms))
    t.match(await client.next('error'), { code: 'INVIGIL_ERR_SCREEN_UNWANTED', message: /not recorded/ })

    // The policy changes meanwhile, and another gateway takes the session: the candidate has not agreed to this.
    await setPolicy(SCREEN)
    await db.sessions.take(session.id)
    client.send({ type: 'event', event: 'paste' })
    await client.closed
    const next = await open(t, who)
    t.notOk('screen' in await next.next('rate'))
    next.send(frame(chunks[0]!, clock.ms))
    t.equal((await next.next('error'))['code'], 'INVIGIL_ERR_SCREEN_UNWANTED')
    for (let count = 0; count < 3; count++) {
      clock.ms += 500
      next.send(JPEG)
      await next.next('ack')
    }
    await new Promise(resolve => setTimeout(resolve, 500))
    t.same(await recordings(session.id), [], 'neither the screen nor the camera is recorded')
  })

  await t.test('a disk that fails ends the recording and not the exam; staff see both, and a page that shares nothing', async t => {
    broken = createRecorder({ db, vault: media.vault, folder: '/dev/null/no', log: silent })
    const who = await person(app)
    await agree(who)
    const { body: { session, attempt } } = await begin(who)
    const client = await open(t, who)
    await client.next('rate')
    clock.ms += 25_000
    live.tick(clock.ms)
    await noted(client, 'screen_share_stopped', 'start')
    await sendScreen(client, 0, 4)
    await noted(client, 'screen_share_stopped', 'end')
    await noted(client, 'recording_failed', 'instant')
    await sendScreen(client, 4, 8)
    t.ok(live.counters.screen.dropped.failed >= 4)
    client.send({ type: 'event', event: 'screen_share_stopped', phase: 'start' })
    await noted(client, 'screen_share_stopped', 'start', 2)
    const { events } = (await staff<{ events: ReadonlyArray<{ kind: string, detail: object }> }>(
      'GET', `/sessions/${session.id}/events?limit=100`)).body
    t.match(events.find(({ kind }) => kind === 'recording_failed')?.detail, { code: 'begin_failed', of: 'screen' })
    t.match(events.filter(({ kind }) => kind === 'screen_share_stopped'), [
      { class: 'technical', weight: 0 }, { class: 'technical', weight: 0 }, { class: 'technical', weight: 0 }
    ])
    t.equal((await as(app, who)('POST', `/attempts/${attempt.id}/submit`)).status, 200)
  })
})
