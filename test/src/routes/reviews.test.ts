import t from 'tap'
import type { FastifyInstance } from 'fastify'
import { person, type LoggedIn } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, sit, stage, UNKNOWN_ID } from '../../support/exams.ts'

interface Incident {
  readonly eventId: string
  readonly state: string
  readonly isOpened: boolean
}
interface Review {
  readonly review: { readonly state: string, readonly decision: string | null, readonly claimedBy: string | null }
  readonly incidents: readonly Incident[]
  readonly scores: Readonly<Record<'all' | 'remaining', { readonly riskScore: number }>>
  readonly decisions: readonly unknown[]
  readonly [key: string]: unknown
}
interface Report {
  readonly entries: ReadonlyArray<{ readonly eventId: string, readonly state: string, readonly comments: unknown[] }>
  readonly views: ReadonlyArray<{ readonly what: string, readonly role: string }>
  readonly mayAppeal: boolean
  readonly [key: string]: unknown
}
interface Inbox {
  readonly sessions: ReadonlyArray<{ readonly id: string, readonly appealState: string | null }>
  readonly next: string | null
}

const REASON = 'A phone lies beside the keyboard.'

/** Ends the session of a candidate with so many reports by staff. */
async function finish (
  app: FastifyInstance, teacher: LoggedIn,
  { student, session, attempt }: Awaited<ReturnType<typeof sit>>, reports: number
) {
  const staff = as(app, teacher)
  for (let at = 0; at < reports; at++) {
    await staff('POST', '/events', {
      sessionId: session.id, kind: 'suspicious_activity', description: `Report ${at}`
    })
  }
  await as(app, student)('POST', `/attempts/${attempt.id}/submit`)
}

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const app = await make({ live: { now: () => clock.ms } })
  const { exam, teacher } = await stage(app)
  const own = await sit(app, exam)
  const { student, session } = own
  const other = await sit(app, exam)
  const admin = await person(app, 'admin')
  const [staff, boss, mine] = [as(app, teacher), as(app, admin), as(app, student)]
  const path = `/reviews/${session.id}`
  const read = async () => (await staff<Review>('GET', path)).body
  const report = async () => (await mine<Report>('GET', `/sessions/${session.id}/report`)).body

  await t.test('a review begins after the session has ended, with one reviewer', async t => {
    t.match(await staff('POST', `${path}/claim`), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_RUNS' } })
    await finish(app, teacher, own, 2)
    await finish(app, teacher, other, 3)
    const inbox = await staff<Inbox>('GET', `/reviews?examId=${exam.id}&limit=1`)
    t.same(inbox.body.sessions.map(({ id }) => id), [other.session.id], 'the higher risk first')
    const rest = await staff<Inbox>('GET', `/reviews?examId=${exam.id}&limit=1&after=${inbox.body.next!}`)
    t.match(rest.body, { sessions: [{ id: session.id, review: { state: 'unreviewed' } }], next: null })
    const foreign = await person(app, 'teacher')
    t.same((await as(app, foreign)<Inbox>('GET', '/reviews?all=true')).body.sessions, [])
    t.match(await as(app, foreign)('GET', path), { status: 403 })
    t.match(await mine('GET', path), { status: 403 })
    const first = (await read()).incidents[0]!
    const judge = async (state: string, reason?: string) =>
      await staff('PUT', `${path}/incidents/${first.eventId}`, { state, ...(reason !== undefined && { reason }) })
    t.match(await judge('dismissed'), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_UNCLAIMED' } })
    t.match(await staff('POST', `${path}/claim`), { status: 200, body: { state: 'in_review', claimedBy: teacher.user.id } })
    t.match(await boss('POST', `${path}/claim`), {
      status: 409, body: { code: 'INVIGIL_ERR_REVIEW_TAKEN', details: { claimedByName: 'The teacher' } }
    })
    t.match((await staff<Inbox>('GET', '/reviews?mine=true')).body.sessions, [{ id: session.id }])
    t.match(await report(), { state: 'in_review', entries: [], decision: null, mayAppeal: false })
  })

  await t.test('only a person confirms, with a reason, after opening what there is', async t => {
    const [first, second] = (await read()).incidents
    const one = `${path}/incidents/${first!.eventId}`
    const confirm = async (reason: string) => await staff('PUT', one, { state: 'confirmed', reason })
    t.match(await confirm('short'), { status: 422, body: { code: 'INVIGIL_ERR_REASON_SHORT' } })
    t.match(await confirm(REASON), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_STATE' } })
    t.match(await staff('PUT', one, { state: 'under_review' }), { status: 200, body: { isOpened: false } })
    t.match(await confirm(REASON), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_UNOPENED' } })
    t.match(await staff('POST', `${one}/open`), {
      status: 200, body: { incident: { state: 'under_review', isOpened: true }, why: { description: 'Report 0' } }
    })
    t.match(await confirm(`  ${REASON} `), {
      status: 200, body: { state: 'confirmed', reason: REASON, isWithoutEvidence: true, by: { name: 'The teacher' } }
    })
    const unknown = `${path}/incidents/${UNKNOWN_ID}`
    t.match(await staff('POST', `${unknown}/open`), { status: 404, body: { code: 'INVIGIL_ERR_INCIDENT_UNKNOWN' } })
    t.match(await staff('PUT', unknown, { state: 'dismissed' }), { status: 404 })
    t.match(await staff('PUT', `${path}/incidents/${second!.eventId}`, { state: 'dismissed' }), { status: 200 })
    const { scores } = await read()
    t.equal(scores.remaining.riskScore, scores.all.riskScore / 2)
    t.match(await staff('POST', `${path}/notes`, { text: 'Ask about the phone.', eventId: first!.eventId }), { status: 200 })
    t.match((await report()).entries, [{ eventId: first!.eventId, state: 'under_review', reason: null }],
      'the candidate reads judgments after the decision')
    t.match((await staff('GET', `/reviews/rules?examId=${exam.id}`)).body, {
      rules: [{
        kind: 'suspicious_activity',
        confirmed: 1,
        dismissed: 1,
        undecided: 0,
        confirmedShare: { share: 0.5, low: 0.095, high: 0.905 }
      }]
    })
  })

  await t.test('the decision ends the review, and the candidate reads it with who looked', async t => {
    const decide = async (reason = REASON) => await staff('POST', `${path}/decision`, { decision: 'concern', reason })
    t.match(await decide('no'), { status: 422 })
    clock.ms += 600_000
    t.match(await decide(), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_UNCLAIMED' } }, 'ten minutes are over')
    await staff('POST', `${path}/claim`)
    t.match(await decide(), { status: 200, body: { outcome: 'done', review: { state: 'decided', decision: 'concern' } } })
    await staff('POST', `${path}/claim`)
    t.match(await decide(), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_DECIDED' } })
    const { entries: [entry], views, scores, decision } = await report()
    t.match(decision, { decision: 'concern', reason: REASON, by: 'The teacher' })
    t.match(entry, { state: 'confirmed', reason: REASON, isWithoutEvidence: true, comments: [] })
    t.match(views, [{ what: 'why', role: 'teacher' }])
    t.ok(scores)
    t.match(await mine('POST', `/sessions/${session.id}/report/comments`, { eventId: entry!.eventId, text: 'My calculator' }),
      { status: 200 })
    t.match((await read())['notes'], [{ kind: 'note' }, { kind: 'comment', text: 'My calculator' }])
    t.match(await staff('GET', `/sessions/${session.id}/report`), { status: 403 })
  })

  await t.test('another person answers an appeal, and overturning it recomputes the scores', async t => {
    const appeal = async () => await mine('POST', `/sessions/${session.id}/appeal`, { text: 'It is a calculator.' })
    const early = as(app, other.student)
    t.match(await early('POST', `/sessions/${other.session.id}/appeal`, { text: 'x' }), {
      status: 409, body: { code: 'INVIGIL_ERR_APPEAL_EARLY' }
    })
    t.equal((await report()).mayAppeal, true)
    clock.ms += 14 * 24 * 3_600_000
    t.match(await appeal(), { status: 409, body: { code: 'INVIGIL_ERR_APPEAL_LATE' } })
    clock.ms -= 24 * 3_600_000
    t.match(await boss('POST', `${path}/appeal/answer`, { text: 'x' }), {
      status: 404, body: { code: 'INVIGIL_ERR_APPEAL_NONE' }
    })
    t.match(await appeal(), { status: 200, body: { state: 'opened' } })
    t.match(await appeal(), { status: 409, body: { code: 'INVIGIL_ERR_APPEAL_EXISTS' } })
    t.match((await boss<Inbox>('GET', '/reviews?appeals=true')).body.sessions, [{ id: session.id, appealState: 'opened' }])
    t.equal((await read())['mayCloseAppeal'], false)
    t.match(await staff('POST', `${path}/appeal/answer`, { text: 'No.' }), {
      status: 409, body: { code: 'INVIGIL_ERR_APPEAL_FIRST_REVIEWER' }
    })
    const close = async () => await boss('POST', `${path}/appeal/outcome`, { outcome: 'overturned', reason: REASON })
    t.match(await close(), { status: 409, body: { code: 'INVIGIL_ERR_APPEAL_STATE' } }, 'the answer comes first')
    t.match(await boss('POST', `${path}/appeal/answer`, { text: 'We looked again.' }), { body: { state: 'answered' } })
    t.match(await close(), { status: 200, body: { state: 'overturned', reason: REASON } })
    t.match(await close(), { status: 409 })
    const { scores, review, incidents } = await read()
    t.match(review, { state: 'decided', decision: 'clear' })
    t.same(incidents.map(({ state }) => state), ['dismissed', 'dismissed'])
    t.equal(scores.remaining.riskScore, 0)
    t.match(await report(), { decision: { decision: 'clear', by: 'The admin' }, appeal: { state: 'overturned' } })
    const audited = await app.services.db.audit.list({ targetType: 'session', targetId: session.id, limit: 100 })
    const count = (action: string) => audited.filter(entry => entry.action === action).length
    t.same(
      ['review.claim', 'review.incident', 'review.decide', 'appeal.open', 'appeal.answer', 'appeal.close'].map(count),
      [3, 3, 1, 1, 1, 1]
    )
  })

  await t.test('many incidents are dismissed after their sample was opened, and none after a confirmation', async t => {
    interface Drawn {
      readonly id: string
      readonly sample: ReadonlyArray<{ readonly sessionId: string, readonly eventId: string }>
    }
    const at = `/exams/${exam.id}/dismissals`
    const draw = async (body: object) => await staff<Drawn>('POST', at, body)
    t.match(await draw({ kind: 'phone' }), { status: 409, body: { code: 'INVIGIL_ERR_DISMISSAL_EMPTY' } })
    t.match(await draw({ kind: 'x_own' }), { status: 400 }, 'known rules only')
    const { status, body: drawn } = await draw({ kind: 'suspicious_activity', belowMs: 3000 })
    t.match([status, drawn], [201, { state: 'drawn', count: 3, dismissed: 0, isMine: true, belowMs: 3000 }])
    t.match(drawn.sample, Array(3).fill({ sessionId: other.session.id, state: 'open', isOpened: false }))
    t.equal((await draw({ kind: 'suspicious_activity', belowMs: 3000 })).body.id, drawn.id, 'the same again')
    const dismiss = async (who = staff, reason = REASON) => await who('POST', `${at}/${drawn.id}/dismiss`, { reason })
    t.match(await dismiss(staff, 'no'), { status: 422, body: { code: 'INVIGIL_ERR_REASON_SHORT' } })
    t.match(await dismiss(), {
      status: 409, body: { code: 'INVIGIL_ERR_REVIEW_SAMPLE', details: { needed: 3, opened: 0 } }
    })
    const incident = ({ sessionId, eventId }: Drawn['sample'][number]) => `/reviews/${sessionId}/incidents/${eventId}`
    for (const one of drawn.sample) await staff('POST', `${incident(one)}/open`)
    t.match(await dismiss(boss), { status: 404, body: { code: 'INVIGIL_ERR_DISMISSAL_UNKNOWN' } }, 'of another reviewer')
    t.match(await staff('GET', `${at}/${UNKNOWN_ID}`), { status: 404, body: { code: 'INVIGIL_ERR_DISMISSAL_UNKNOWN' } })

    const [first] = drawn.sample
    await staff('POST', `/reviews/${other.session.id}/claim`)
    const judge = async (state: string) => await staff('PUT', incident(first!), { state, reason: REASON })
    await judge('under_review')
    t.match(await judge('confirmed'), { status: 200 })
    t.match(await dismiss(), { status: 409, body: { code: 'INVIGIL_ERR_DISMISSAL_CONFIRMED' } })
    t.match(await draw({ kind: 'suspicious_activity' }), {
      status: 409, body: { code: 'INVIGIL_ERR_DISMISSAL_CONFIRMED' }
    }, 'nor by another selection that holds it')
    t.same((await staff<Review>('GET', `/reviews/${other.session.id}`)).body.incidents.map(({ state }) => state).sort(),
      ['confirmed', 'open', 'open'])

    await judge('under_review')
    t.match(await dismiss(), { status: 200, body: { state: 'done', dismissed: 3 } })
    t.match(await dismiss(), { status: 200, body: { state: 'done', dismissed: 3 } }, 'once')
    const entries = await app.services.db.audit.list({ targetType: 'exam', targetId: exam.id, limit: 100 })
    const bulk = entries.filter(({ action }) => action === 'review.dismiss_rule')
    t.equal(bulk.length, 1, 'one act')
    t.same([...bulk[0]!.detail['ids'] as string[]].sort(), drawn.sample.map(({ eventId }) => eventId).sort())
    await staff('DELETE', `/reviews/${other.session.id}/claim`)
  })

  await t.test('where two reviewers disagree, an admin decides', async t => {
    const { body: { policy, version } } = await staff<{ policy: object, version: number }>('GET', `/exams/${exam.id}/policy`)
    t.match(await staff('PUT', `/exams/${exam.id}/policy`, { ...policy, reviewers: 2 }), { status: 200 }, String(version))
    const decide = async (who: LoggedIn, decision: string) => {
      await as(app, who)('POST', `/reviews/${other.session.id}/claim`)
      return await as(app, who)('POST', `/reviews/${other.session.id}/decision`, { decision, reason: REASON })
    }
    const second = await person(app, 'admin')
    t.match(await decide(teacher, 'clear'), { status: 200, body: { outcome: 'waiting', review: { state: 'in_review' } } })
    t.match(await decide(teacher, 'clear'), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_SECOND' } })
    await staff('DELETE', `/reviews/${other.session.id}/claim`)
    t.match(await decide(second, 'technical'), { status: 200, body: { outcome: 'disputed' } })
    t.match(await decide(teacher, 'clear'), { status: 409, body: { code: 'INVIGIL_ERR_REVIEW_ADMIN' } })
    await staff('DELETE', `/reviews/${other.session.id}/claim`)
    t.match(await decide(admin, 'technical'), { body: { outcome: 'done', review: { decision: 'technical' } } })
  })
})
