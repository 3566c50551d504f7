import { Readable } from 'node:stream'
import { strFromU8, unzipSync } from 'fflate'
import t from 'tap'
import { verifyReport, type PublicKey } from '../../../lib/signed-report/verify.ts'
import { newId } from '../../../db/index.ts'
import { person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, sit, stage, UNKNOWN_ID } from '../../support/exams.ts'

const PICTURE = Buffer.from([255, 216, 1, 2, 3])
const REASON = 'A phone lies beside the keyboard.'

interface Issued {
  readonly id: string
  readonly sha256: string
  readonly kid: string
  readonly decision: string | null
  readonly entries: number
}

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const app = await make({ live: { now: () => clock.ms } })
  const { exam, teacher } = await stage(app, { title: 'Physics #1 "প্রথম"' })
  const { student, session, attempt } = await sit(app, exam)
  const admin = await person(app, 'admin')
  const [staff, boss, mine] = [as(app, teacher), as(app, admin), as(app, student)]
  const path = `/sessions/${session.id}/signed-reports`
  const issue = async (send: typeof staff, language = 'en') => await send<Issued>('POST', path, { language })
  const download = async ({ headers }: LoggedIn, id: string) =>
    await app.inject({ url: `/api/v1${path}/${id}`, headers })
  const keys = async () => (await app.inject('/.well-known/invigil-keys.json')).json<{ keys: PublicKey[] }>().keys
  const actions = async (action: string) =>
    (await app.services.db.audit.list({ targetType: 'session', targetId: session.id, limit: 100 }))
      .filter(entry => entry.action === action)
  const addPicture = async (eventId: string) => {
    const id = newId()
    const storageKey = `${session.id}/evidence/${id}.jpg`
    const { db, media } = app.services
    const sealed = await media.vault.put({ sessionId: session.id, key: storageKey }, Readable.from([PICTURE]))
    const row = { id, sessionId: session.id, eventId, storageKey, ...sealed, createdAtMs: clock.ms, deletedAtMs: null }
    await db.evidence.add({
      ...row, kind: 'picture', atMs: clock.ms, durationMs: null, mediaType: 'image/jpeg', seen: {}
    })
  }
  const nextMoment = () => { clock.ms += 1000 }

  await t.test('staff issue a report after the end of the session, and it verifies', async t => {
    t.match(await issue(staff), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_RUNS' } })
    for (const description of ['#panic("no code")', 'Looks aside']) {
      await staff('POST', '/events', { sessionId: session.id, kind: 'suspicious_activity', description })
    }
    await mine('POST', `/attempts/${attempt.id}/submit`)
    t.match(await issue(mine), { status: 409, body: { code: 'INVIGIL_ERR_REPORT_EARLY' } })
    t.match(await issue(staff, 'fr'), { status: 400 })
    nextMoment()
    const { status, body } = await issue(staff)
    t.match({ status, decision: body.decision }, { status: 200, decision: null })
    t.same((await issue(staff)).body, body, 'nothing changed since')
    const { rawPayload, headers } = await download(teacher, body.id)
    t.match(headers, { 'content-type': 'application/zip', 'content-disposition': /attachment; filename="report-/ })
    const verified = await verifyReport(rawPayload, await keys())
    t.match(verified, { verdict: 'genuine', problems: [], sha256: body.sha256, kid: body.kid })
    t.equal(verified.entries, body.entries)
  })

  await t.test('each issue and each download is in the audit log, and strangers get neither', async t => {
    t.equal((await actions('report.issue')).length, 1)
    t.match(await actions('report.download'), [{ actorId: teacher.user.id, detail: { id: String, sha256: String } }])
    const { body: { reports: [report] } } = await staff<{ reports: Issued[] }>('GET', path)
    const [stranger, foreign] = [await person(app), await person(app, 'teacher')]
    for (const who of [stranger, foreign]) {
      t.equal((await issue(as(app, who))).status, 403)
      t.equal((await as(app, who)('GET', path)).status, 403)
      t.equal((await download(who, report!.id)).statusCode, 403)
    }
    t.match((await download(teacher, UNKNOWN_ID)).json(), { code: 'INVIGIL_ERR_REPORT_UNKNOWN' })
    t.same((await mine<{ reports: Issued[] }>('GET', path)).body.reports, [], 'it was issued before the decision')
    t.match((await download(student, report!.id)).json(), { code: 'INVIGIL_ERR_REPORT_UNKNOWN' })
    t.equal((await actions('report.download')).length, 1, 'a refusal is no download')
  })

  await t.test('after the decision the candidate gets the same report without measured values', async t => {
    const review = `/reviews/${session.id}`
    await staff('POST', `${review}/claim`)
    const { body: { incidents: [first, second] } } =
      await staff<{ incidents: Array<{ eventId: string }> }>('GET', review)
    await staff('POST', `${review}/incidents/${first!.eventId}/open`)
    t.match(
      await staff('PUT', `${review}/incidents/${first!.eventId}`, { state: 'confirmed', reason: REASON }), { status: 200 }
    )
    for (const { eventId } of [first!, second!]) await addPicture(eventId)
    await staff('PUT', `${review}/incidents/${second!.eventId}`, { state: 'dismissed' })
    await staff('POST', `${review}/decision`, { decision: 'concern', reason: REASON })
    nextMoment()
    const { body } = await issue(mine, 'bn')
    t.equal(body.decision, 'concern')
    const [own, full] = [await download(student, body.id), await download(teacher, body.id)]
    const [ownFiles, fullFiles] = [own, full].map(({ rawPayload }) => unzipSync(rawPayload))
    for (const name of Object.keys(fullFiles!)) {
      t.equal(strFromU8(ownFiles![name]!) === strFromU8(fullFiles![name]!), name !== 'events.jsonl', name)
    }
    t.notMatch(strFromU8(ownFiles!['events.jsonl']!), /"weight"|no code/)
    t.match(strFromU8(fullFiles!['events.jsonl']!), /no code/)
    t.match(await verifyReport(own.rawPayload, await keys()), {
      verdict: 'genuine',
      entries: body.entries,
      withoutDetail: 2,
      report: {
        language: 'bn',
        candidate: { id: student.user.id, name: 'The student' },
        exam: { id: exam.id, title: 'Physics #1 "প্রথম"' },
        attempt: { number: 1, state: 'submitted' },
        decision: 'concern',
        decisions: [{ step: 'first', reason: REASON, by: 'The teacher' }],
        incidents: [{ state: 'confirmed', reason: REASON, isWithoutEvidence: true }, { state: 'dismissed' }],
        views: [{ what: 'why', role: 'teacher' }],
        evidence: [{ eventId: first!.eventId, bytes: PICTURE.length }],
        issuer: { kid: body.kid, isSelfIssued: false },
        appeal: null
      }
    })
    t.match(strFromU8(ownFiles!['report.pdf']!), /^%PDF-/)
    const pictures = Object.keys(ownFiles!).filter(name => name.startsWith('evidence/'))
    t.same(pictures.map(name => Buffer.from(ownFiles![name]!)), [PICTURE], 'of the confirmed incident')
    nextMoment()
    await mine('POST', `/sessions/${session.id}/appeal`, { text: 'It is a calculator.' })
    nextMoment()
    const after = await issue(mine, 'bn')
    t.not(after.body.id, body.id, 'the appeal is new')
    t.match((await mine<{ reports: Issued[] }>('GET', path)).body.reports.map(({ id }) => id), [after.body.id, body.id])
  })

  await t.test('the erasure of the teacher withdraws the reports with the teacher\'s words, and deletes their files', async t => {
    const { media: { vault } } = app.services
    const stored = async () => {
      const found: string[] = []
      for await (const { key } of vault.storage.list(`${session.id}/reports/`)) found.push(key)
      return found
    }
    t.equal((await stored()).length, 6, 'two files of three reports')
    const { body: { reports: [report] } } = await boss<{ reports: Issued[] }>('GET', path)
    t.equal((await boss('DELETE', `/users/${teacher.user.id}`)).status, 204)
    t.same(await stored(), [])
    t.match(await boss('GET', path), { body: { reports: [{ withdrawnAtMs: Number }, { withdrawnAtMs: Number }, {}] } })
    t.match((await download(student, report!.id)).json(), { code: 'INVIGIL_ERR_REPORT_GONE' })
    nextMoment()
    const again = await issue(mine)
    t.match(await verifyReport((await download(student, again.body.id)).rawPayload, await keys()), {
      verdict: 'genuine', report: { decisions: [{ reason: '', by: null }] }
    })
    await vault.erase(session.id)
    t.match((await download(student, again.body.id)).json(), { code: 'INVIGIL_ERR_REPORT_GONE' })
    t.not((await issue(mine)).body.id, again.body.id, 'a report whose file is gone is issued anew')
    t.equal((await boss('DELETE', `/users/${student.user.id}`)).status, 204)
    t.same(await stored(), [], 'and the candidate\'s own go with the candidate')
    t.equal((await keys()).length, 1, 'keys stay')
  })
})
