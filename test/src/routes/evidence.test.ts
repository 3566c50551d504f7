/** Evidence of incidents: from a candidate's socket to the page of the reviewer and the report of the candidate. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createRecorder } from '../../../src/recording/recorder.ts'
import { analysis, person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, stage, type Begun } from '../../support/exams.ts'
import { connect, JPEG } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

interface Evidence {
  readonly id: string
  readonly eventId: string
  readonly kind: string
  readonly sha256: string
  readonly seen: object
}

const silent = { info () {}, warn () {}, error () {} }
const REASON = 'Nobody is in the picture for seconds.'
// The recorder's threads do not keep a process alive.
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const folder = mkdtempSync(join(tmpdir(), 'invigil-evidence-'))
  let isAway = true
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
      analyze: async ({ atMs, pictureWidth }) => ({
        ...analysis(isAway ? { faces: [], persons: 0 } : {}, atMs),
        ...(pictureWidth !== undefined && { picture: JPEG })
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
  const { exam, teacher } = await stage(app)
  const staff = as(app, teacher)
  t.equal((await staff('PUT', `/exams/${exam.id}/policy`, { keepsEvidence: true })).status, 200)
  const who = await person(app)
  const ask = as(app, who)

  /** Starts the exam, and sends pictures without a face until that is an incident, and with one until it is over. */
  async function sit (isAgreed: boolean): Promise<Begun> {
    const consent = `/exams/${exam.id}/consent`
    const { body } = await ask<{ noticeSha256: string, items: ReadonlyArray<{ key: string }> }>('GET', consent)
    t.match(body.items.at(-1), { key: 'evidence' })
    const items = Object.fromEntries(body.items.map(({ key }) => [key, key !== 'evidence' || isAgreed]))
    await ask('PUT', consent, { noticeSha256: body.noticeSha256, items })
    const begun = await ask<Begun>('POST', `/exams/${exam.id}/start`)
    if (!isAgreed) {
      t.match(begun, { status: 409, body: { code: 'INVIGIL_ERR_CONSENT_NEEDED' } })
      return begun.body
    }
    const { port } = app.server.address() as AddressInfo
    const client = await connect(t, `ws://127.0.0.1:${port}/ws/${who.user.id}?token=${who.accessToken}`)
    await client.next('rate')
    const send = async (frames: number): Promise<void> => {
      for (let count = 0; count < frames; count++) {
        clock.ms += 500
        client.send(JPEG)
        await client.next('ack')
      }
    }
    await send(14)
    await client.log('face_missing', 'start')
    isAway = false
    await send(14)
    await client.log('face_missing', 'end')
    client.socket.terminate()
    return begun.body
  }

  await sit(false)
  const { attempt, session } = await sit(true)
  const list = async (from: LoggedIn = teacher, query = ''): Promise<readonly Evidence[]> =>
    (await as(app, from)<{ evidence: Evidence[] }>('GET', `/sessions/${session.id}/evidence${query}`)).body.evidence
  await until(async () => (await list()).length === 2)
  await ask('POST', `/attempts/${attempt.id}/submit`)
  const [picture, clip] = [...await list()].sort((a, b) => (a.kind > b.kind ? -1 : 1)) as [Evidence, Evidence]
  const open = async (url: string, headers: object) => await app.inject({ method: 'GET', url, headers: { ...headers } })
  const linkOf = async (from: LoggedIn, id: string) =>
    await as(app, from)<{ url: string, code: string }>('POST', `/evidence/${id}/link`)
  const review = `/reviews/${session.id}`
  const incident = `${review}/incidents/${picture.eventId}`

  await t.test('picture and clip are listed with their numbers', async t => {
    t.match([picture, clip], [
      { kind: 'picture', mediaType: 'image/jpeg', durationMs: null, seen: { faces: [], persons: 0 } },
      { kind: 'clip', mediaType: 'video/webm; codecs="vp8"' }
    ])
    t.equal((await list(teacher, `?eventId=${session.id}`)).length, 0)
    t.equal((await list(teacher, `?eventId=${picture.eventId}`)).length, 2)
    t.same(await list(who), [], 'nothing is decided')
  })

  await t.test('an incident is confirmed after its evidence was opened, which is logged once', async t => {
    await staff('POST', `${review}/claim`)
    await staff('POST', `${incident}/open`)
    const confirm = async () => await staff('PUT', incident, { state: 'confirmed', reason: REASON })
    t.match(await confirm(), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_UNOPENED' } })
    const { url } = (await linkOf(teacher, picture.id)).body
    const shown = await open(url, teacher.headers)
    t.match([shown.statusCode, shown.headers['content-type'], shown.headers.etag], [200, 'image/jpeg', `"${picture.sha256}"`])
    t.ok(shown.rawPayload.equals(Buffer.from(JPEG)))
    const part = await open(url, { ...teacher.headers, range: 'bytes=1-2' })
    t.match([part.statusCode, part.rawPayload.length], [206, 2])
    t.match(await confirm(), { status: 200, body: { state: 'confirmed', isWithoutEvidence: false, isOpened: true } })
    const entries = await db.audit.list({ targetType: 'evidence', targetId: picture.id, limit: 10 })
    t.match(entries, [{ action: 'evidence.view', actorId: teacher.user.id }])
    t.equal(entries.length, 1)
    t.same(await list(who), [], 'still not decided')
    t.equal((await linkOf(who, picture.id)).body.code, 'INVIGIL_ERR_NOT_YOURS')
    await staff('POST', `${review}/decision`, { decision: 'concern', reason: REASON })
  })

  await t.test('the candidate reads the evidence of what was confirmed', async t => {
    const { body } = await ask('GET', `/sessions/${session.id}/report`)
    t.match(body, {
      entries: [{ eventId: picture.eventId, state: 'confirmed' }],
      views: [{ what: 'evidence', eventId: picture.eventId, role: 'teacher' }]
    })
    t.equal((body as { entries: Array<{ evidence: object[] }> }).entries[0]!.evidence.length, 2)
    t.equal((await list(who)).length, 2)
    const { url } = (await linkOf(who, clip.id)).body
    const shown = await open(url, who.headers)
    t.match([shown.statusCode, shown.headers['content-type']], [200, 'video/webm; codecs="vp8"'])
    t.equal(shown.rawPayload.subarray(0, 4).toString('hex'), '1a45dfa3', 'a WebM')
  })

  await t.test('expired, changed, another person, erased: each is refused with its code', async t => {
    const [stranger, admin] = [await person(app, 'teacher'), await person(app, 'admin')]
    const { url } = (await linkOf(teacher, clip.id)).body
    const code = async (path: string, headers: object) => (await open(path, headers)).json().code
    t.equal((await linkOf(stranger, clip.id)).body.code, 'INVIGIL_ERR_NOT_YOURS')
    t.equal((await linkOf(admin, session.id)).body.code, 'INVIGIL_ERR_EVIDENCE_UNKNOWN')
    t.equal(await code(url, {}), 'INVIGIL_ERR_TOKEN_MISSING', 'a copied link')
    t.equal(await code(url, admin.headers), 'INVIGIL_ERR_NOT_YOURS')
    t.equal(await code(url.replace(clip.id, picture.id), teacher.headers), 'INVIGIL_ERR_LINK_INVALID')
    clock.ms += 5 * 60_000
    t.equal(await code(url, teacher.headers), 'INVIGIL_ERR_LINK_EXPIRED')
    const fresh = await linkOf(admin, clip.id)
    const stored = await db.evidence.byId(picture.id)
    await db.retention.filesDeleted(
      [{ ...stored!, kind: 'evidence', session: { id: session.id, userId: who.user.id, examId: null } }],
      { class: 'dismissed', days: 14, atMs: clock.ms }
    )
    t.equal((await linkOf(admin, picture.id)).body.code, 'INVIGIL_ERR_MEDIA_GONE')
    t.equal((await as(app, admin)('DELETE', `/users/${who.user.id}`)).status, 204)
    t.equal(await code(fresh.body.url, admin.headers), 'INVIGIL_ERR_MEDIA_GONE')
    t.same([...(media.vault.storage as unknown as { objects: Map<string, Buffer> }).objects.keys()], [])
  })
})
