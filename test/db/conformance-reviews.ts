import type { Test } from 'tap'
import { newId, type Database, type EvidenceRow } from '../../db/index.ts'
import { AT, HOUR, newEvent, newUser, openSession, TEXT, type Open } from './rows.ts'

const LEASE_MS = 600_000

/** Every query of reviews, decisions, appeals, evidence and consents. */
export async function conformReviews (t: Test, open: Open): Promise<void> {
  /** A session that has ended with so many integrity incidents of the rule `phone`. */
  const ended = async (db: Database, incidents = 2, examId?: string) => {
    const user = await db.users.create(newUser())
    const { session } = await db.sessions.open({ userId: user.id, atMs: AT, ...(examId && { examId }) })
    const events = Array.from({ length: incidents }, (_, at) => newEvent(session.id, user.id, { incident: at + 1 }))
    const end = newEvent(session.id, user.id, { phase: 'end' })
    const note = newEvent(session.id, user.id, { class: 'technical', incident: 9 })
    await db.events.append([...events, end, note])
    const scores = { riskScore: incidents, trustScore: 50, complianceScore: 90, eventCount: incidents }
    await db.sessions.setScores(session.id, { ...scores, seenPercent: 100 }, AT)
    await db.sessions.transition(session.id, ['active'], 'stopped', AT + 5, user.id)
    return { user, sessionId: session.id, ids: events.map(({ id }) => id), endId: end.id, technicalId: note.id }
  }
  const audit = (sessionId: string, by: string, action = 'review.test') =>
    ({ actorId: by, action, targetType: 'session', targetId: sessionId, detail: {}, atMs: AT })
  const act = (sessionId: string, by: string, atMs = AT) => ({ sessionId, by, atMs, untilMs: atMs + LEASE_MS })
  const entries = async (db: Database, sessionId: string) =>
    await db.audit.list({ targetType: 'session', targetId: sessionId, limit: 50 })
  const picture = (sessionId: string, eventId: string): EvidenceRow => ({
    id: newId(),
    sessionId,
    eventId,
    kind: 'picture',
    atMs: AT,
    mediaType: 'image/jpeg',
    bytes: 5,
    sha256: 'a'.repeat(64),
    storageKey: 'evidence/x',
    durationMs: null,
    seen: { boxes: [[0, 0.5, 1, 1]], text: TEXT },
    createdAtMs: AT,
    deletedAtMs: null
  })

  await t.test('one of two reviewers claims a session, and the other after the lease', async t => {
    const db = await open(t)
    const { sessionId } = await ended(db)
    const [one, two] = [await db.users.create(newUser({ name: 'Ms One' })), await db.users.create(newUser())]
    t.equal(await db.reviews.bySession(sessionId), undefined)
    const claims = await Promise.all(
      [one, two].map(async ({ id }) => await db.reviews.claim(act(sessionId, id), audit(sessionId, id)))
    )
    t.same([...claims].sort(), ['claimed', 'taken'])
    const [winner, loser] = claims[0] === 'claimed' ? [one, two] : [two, one]
    t.match(await db.reviews.bySession(sessionId), {
      sessionId,
      state: 'in_review',
      claimedBy: winner.id,
      claimedByName: winner.name,
      claimedUntilMs: AT + LEASE_MS,
      decision: null,
      isDisputed: false,
      decidedAtMs: null
    })
    t.equal(await db.reviews.claim(act(sessionId, winner.id, AT + 9), audit(sessionId, winner.id)), 'claimed')
    t.equal((await entries(db, sessionId)).length, 1, 'a renewal is no new entry')
    const late = AT + 9 + LEASE_MS
    t.equal(await db.reviews.claim(act(sessionId, loser.id, late - 1), audit(sessionId, loser.id)), 'taken')
    t.equal(await db.reviews.claim(act(sessionId, loser.id, late), audit(sessionId, loser.id)), 'claimed')
    t.equal(await db.reviews.release(sessionId, winner.id, late), false)
    t.equal(await db.reviews.release(sessionId, loser.id, late), true)
    t.match(await db.reviews.bySession(sessionId), { state: 'in_review', claimedBy: null, claimedUntilMs: null })
  })

  await t.test('an incident is confirmed only under a claim, under review, and after it was opened', async t => {
    const db = await open(t)
    const { sessionId, ids: [first, second], endId, technicalId } = await ended(db)
    const by = (await db.users.create(newUser({ name: 'Ms Rahman' }))).id
    const set = async (eventId: string, to: 'under_review' | 'dismissed' | 'confirmed', atMs = AT) =>
      await db.reviews.setIncident({ ...act(sessionId, by, atMs), eventId, to, reason: TEXT }, audit(sessionId, by))
    t.equal(await set(first!, 'dismissed'), 'unclaimed')
    await db.reviews.claim(act(sessionId, by), audit(sessionId, by))
    t.equal(await set(first!, 'confirmed'), 'state')
    t.equal(await set(first!, 'under_review'), 'done')
    t.equal(await set(first!, 'confirmed'), 'unopened')
    const view = { sessionId, eventId: first!, viewerId: by, viewerRole: 'teacher', atMs: AT } as const
    await db.reviews.addView({ ...view, viewerId: newId(), what: 'why' })
    t.equal(await set(first!, 'confirmed'), 'unopened', 'another person opened it')
    await db.reviews.addView({ ...view, what: 'why' })
    t.equal(await db.evidence.add(picture(sessionId, first!)), true)
    t.equal(await set(first!, 'confirmed'), 'unopened', 'a picture is stored, and was not opened')
    await db.reviews.addView({ ...view, what: 'evidence' })
    t.equal(await set(first!, 'confirmed'), 'done')
    t.equal(await set(first!, 'confirmed'), 'done', 'again')
    t.equal(await set(first!, 'dismissed'), 'state', 'it goes back under review before')
    await db.reviews.addView({ ...view, eventId: second!, what: 'why' })
    await set(second!, 'under_review')
    t.equal(await set(second!, 'confirmed'), 'done')
    t.match(await db.reviews.incidents(sessionId), [
      { eventId: first, state: 'confirmed', isWithoutEvidence: false, reason: TEXT, by, byName: 'Ms Rahman', atMs: AT },
      { eventId: second, state: 'confirmed', isWithoutEvidence: true }
    ])
    for (const id of [endId, technicalId, newId()]) t.equal(await set(id, 'under_review'), 'unknown')
    t.equal(await set(second!, 'under_review', AT + LEASE_MS), 'unclaimed', 'the lease is over')
    t.equal((await entries(db, sessionId)).length, 5, 'the claim and four changes')
    t.same((await db.reviews.views(sessionId, 10)).map(({ what }) => what), ['why', 'evidence', 'why', 'why'])
    t.match(await db.reviews.rules({}), [{ kind: 'phone', confirmed: 2, dismissed: 0, undecided: Number }])
  })

  await t.test('one or two reviewers decide, and an admin where they disagree', async t => {
    const db = await open(t)
    const [one, two, admin] = [newId(), newId(), newId()]
    const decide = async (
      sessionId: string, by: string, decision: 'clear' | 'concern' | 'technical', reviewers: 1 | 2, isAdmin = false
    ) => {
      await db.reviews.claim(act(sessionId, by), audit(sessionId, by))
      return await db.reviews.decide(
        { ...act(sessionId, by), decision, reason: TEXT, reviewers, isAdmin }, audit(sessionId, by)
      )
    }
    const { sessionId: alone, ids } = await ended(db, 1)
    t.equal(
      await db.reviews.decide(
        { ...act(alone, one), decision: 'clear', reason: TEXT, reviewers: 1, isAdmin: false }, audit(alone, one)
      ),
      'unclaimed'
    )
    t.equal(await decide(alone, one, 'concern', 1), 'unconfirmed')
    t.equal(await decide(alone, one, 'clear', 1), 'done')
    t.equal(await decide(alone, one, 'clear', 1), 'decided', 'once')
    t.equal(
      await db.reviews.setIncident({ ...act(alone, one), eventId: ids[0]!, to: 'dismissed', reason: null },
        audit(alone, one)),
      'decided'
    )
    t.match(await db.reviews.bySession(alone), { state: 'decided', decision: 'clear', decidedAtMs: AT })
    t.equal((await db.reviews.decisions(alone)).length, 1)

    const { sessionId } = await ended(db, 1)
    t.equal(await decide(sessionId, one, 'clear', 2), 'waiting')
    t.equal(await decide(sessionId, one, 'clear', 2), 'second')
    await db.reviews.release(sessionId, one, AT)
    t.equal(await decide(sessionId, two, 'technical', 2), 'disputed')
    t.match(await db.reviews.bySession(sessionId), { state: 'in_review', isDisputed: true, decision: null })
    t.equal(await decide(sessionId, newId(), 'clear', 2), 'admin')
    await db.reviews.claim(act(sessionId, admin, AT + LEASE_MS), audit(sessionId, admin))
    t.equal(
      await db.reviews.decide(
        { ...act(sessionId, admin, AT + LEASE_MS), decision: 'technical', reason: TEXT, reviewers: 2, isAdmin: true },
        audit(sessionId, admin)
      ),
      'done'
    )
    t.match(await db.reviews.bySession(sessionId), { state: 'decided', decision: 'technical', isDisputed: false })
    t.same((await db.reviews.decisions(sessionId)).map(row => [row.step, row.by, row.reason]), [
      ['first', one, TEXT], ['second', two, TEXT], ['final', admin, TEXT]
    ])
  })

  await t.test('the inbox lists ended sessions by risk, then the oldest first', async t => {
    const db = await open(t)
    const owner = await db.users.create(newUser({ role: 'teacher' }))
    const exam = await db.exams.create({ ownerId: owner.id, title: 'Algebra', atMs: AT }, [])
    const made = []
    for (const incidents of [1, 3, 3, 2]) made.push(await ended(db, incidents, exam.id))
    const [low, old, young, middle] = made.map(({ sessionId }) => sessionId)
    await openSession(db)
    const ask = async (more: object = {}) =>
      (await db.reviews.inbox({ examId: exam.id, nowMs: AT, limit: 10, ...more })).map(({ id }) => id)
    t.same(await ask(), [old, young, middle, low])
    t.same(await ask({ limit: 2 }), [old, young])
    t.same(await ask({ after: { id: old, riskScore: 3 } }), [young, middle, low])
    t.same(await ask({ riskMin: 2 }), [old, young, middle])
    t.same(await ask({ overseerId: owner.id }), [old, young, middle, low])
    t.same(await ask({ overseerId: newId() }), [])
    t.same(await ask({ notUserId: made[1]!.user.id }), [young, middle, low])
    const reviewer = newId()
    await db.reviews.claim(act(young!, reviewer), audit(young!, reviewer))
    t.same(await ask({ state: 'unreviewed' }), [old, middle, low])
    t.same(await ask({ state: 'in_review' }), [young])
    t.same(await ask({ claimedBy: reviewer }), [young])
    t.same(await ask({ claimedBy: reviewer, nowMs: AT + LEASE_MS }), [])
    t.same(await ask({ appeals: ['opened'] }), [])
    const [row] = await db.reviews.inbox({ examId: exam.id, state: 'in_review', nowMs: AT, limit: 1 })
    t.match(row, { examTitle: 'Algebra', userName: 'Ada', appealState: null, review: { claimedBy: reviewer } })
  })

  await t.test('many incidents are dismissed after the sample was opened, except where others work', async t => {
    const db = await open(t)
    const examId = newId()
    const [one, two] = [await ended(db, 3, examId), await ended(db, 2, examId)]
    const busy = await ended(db, 1, examId)
    const [by, other] = [newId(), newId()]
    await db.reviews.claim(act(busy.sessionId, other), audit(busy.sessionId, other))
    const draw = async (reviewer = by, belowMs: number | null = null) => await db.reviews.drawDismissal({
      examId, kind: 'phone', belowMs, by: reviewer, atMs: AT + 1, incidentsMax: 500, draw: ids => ids.slice(0, 2)
    })
    t.match(await draw(by, 1000), { outcome: 'empty' }, 'an incident without an end has no length')
    const brief = newEvent(two.sessionId, two.user.id, { phase: 'start', incident: 21 })
    const ending = { phase: 'end', incident: 21, durationMs: 900 } as const
    await db.events.append([brief, newEvent(two.sessionId, two.user.id, ending)])
    t.match(await draw(by, 1000), { outcome: 'drawn', drawn: { eventIds: [brief.id], belowMs: 1000 } })
    t.match(await draw(by, 900), { outcome: 'empty' })
    const drawn = (await draw()).drawn!
    t.match(drawn, { examId, kind: 'phone', belowMs: null, state: 'drawn', dismissed: 0, by, atMs: AT + 1 })
    t.same([...drawn.eventIds].sort(), [...one.ids, ...two.ids, brief.id].sort())
    t.match(await draw(), { drawn: { id: drawn.id } })
    t.not((await draw(other)).drawn?.id, drawn.id)
    const dismiss = async (reviewer = by) => await db.reviews.dismissDrawn(
      drawn.id, reviewer, TEXT, AT + 2,
      { actorId: by, action: 'review.dismiss_rule', targetType: 'exam', targetId: examId, atMs: AT }
    )
    t.match(await dismiss(), { outcome: 'unopened', dismissed: 0 })
    t.match(await dismiss(other), { outcome: 'unknown' })
    for (const { sessionId, eventId, isOpened } of await db.reviews.sampleOf(drawn)) {
      t.equal(isOpened, false)
      await db.reviews.addView({ sessionId, eventId, viewerId: by, viewerRole: 'teacher', what: 'why', atMs: AT })
    }
    t.match(await db.reviews.sampleOf(drawn), Array(2).fill({ isOpened: true, state: 'open' }))
    t.match(await dismiss(), { outcome: 'done', dismissed: 6 })
    t.match(await dismiss(), { outcome: 'done', dismissed: 6 }, 'once')
    t.match(await db.reviews.bulkDismissal(drawn.id), { state: 'done', dismissed: 6 })
    t.same((await db.reviews.incidents(one.sessionId)).map(({ state }) => state), Array(3).fill('dismissed'))
    t.equal((await db.reviews.incidents(two.sessionId)).length, 3)
    t.same(await db.reviews.incidents(busy.sessionId), [])
    t.match(await draw(), { outcome: 'empty' })
    t.same(await db.reviews.rules({ examId }), [{ kind: 'phone', confirmed: 0, dismissed: 6, undecided: 1 }])
    t.same(await db.reviews.rules({ examId, overseerId: newId() }), [])
  })

  await t.test('an appeal is opened once after the decision, answered, and closed', async t => {
    const db = await open(t)
    const { sessionId, ids } = await ended(db)
    const [by, other] = [newId(), newId()]
    const openIt = async () =>
      await db.appeals.open({ sessionId, text: TEXT, atMs: AT + 1 }, audit(sessionId, 'x', 'appeal.open'))
    t.equal(await openIt(), false)
    await db.reviews.claim(act(sessionId, by), audit(sessionId, by))
    await db.reviews.addView({
      sessionId, eventId: ids[0]!, viewerId: by, viewerRole: 'admin', what: 'why', atMs: AT
    })
    for (const to of ['under_review', 'confirmed'] as const) {
      await db.reviews.setIncident({ ...act(sessionId, by), eventId: ids[0]!, to, reason: TEXT }, audit(sessionId, by))
    }
    t.equal(
      await db.reviews.decide(
        { ...act(sessionId, by), decision: 'concern', reason: TEXT, reviewers: 1, isAdmin: false }, audit(sessionId, by)
      ),
      'done'
    )
    t.same((await Promise.all([openIt(), openIt()])).sort(), [false, true])
    t.same(
      (await db.reviews.inbox({ nowMs: AT, appeals: ['opened', 'answered'], limit: 10 })).map(({ id }) => id),
      [sessionId]
    )
    const close = async (state: 'upheld' | 'overturned') => await db.appeals.close(
      { sessionId, state, reason: TEXT, by: other, atMs: AT + 3, dismissEventIds: [ids[0]!] }, audit(sessionId, other)
    )
    t.equal(await close('overturned'), false, 'before the answer')
    const answer = async () =>
      await db.appeals.answer({ sessionId, text: TEXT, by: other, atMs: AT + 2 }, audit(sessionId, other))
    t.same((await Promise.all([answer(), answer()])).sort(), [false, true])
    t.same((await Promise.all([close('overturned'), close('overturned')])).sort(), [false, true])
    t.same(await db.appeals.bySession(sessionId), {
      sessionId,
      state: 'overturned',
      text: TEXT,
      openedAtMs: AT + 1,
      answer: TEXT,
      answeredBy: other,
      answeredAtMs: AT + 2,
      reason: TEXT,
      closedBy: other,
      closedAtMs: AT + 3
    })
    t.match(await db.reviews.incidents(sessionId), [{ eventId: ids[0], state: 'dismissed', by: other }])
    t.match(await db.reviews.bySession(sessionId), { state: 'decided', decision: 'clear' })
    t.same((await db.reviews.decisions(sessionId)).map(({ step }) => step), ['first', 'appeal'])
  })

  await t.test('notes and evidence go with their session', async t => {
    const db = await open(t)
    const { sessionId, user, ids: [eventId] } = await ended(db)
    const note = await db.reviews.addNote({
      sessionId, eventId: eventId!, kind: 'comment', authorId: user.id, text: TEXT, atMs: AT
    })
    t.match(note, { eventId, kind: 'comment', authorId: user.id, authorName: 'Ada', text: TEXT, atMs: AT })
    t.same(await db.reviews.notes(sessionId), [note])
    const row = picture(sessionId, eventId!)
    t.equal(await db.evidence.add(row), true)
    t.equal(await db.evidence.add(picture(sessionId, eventId!)), false, 'one picture an incident')
    t.equal(await db.evidence.add(picture(newId(), newId())), false, 'no such session')
    t.same(await db.evidence.list(sessionId), [row])
    t.same(await db.evidence.byId(row.id), row)
    const file = {
      id: row.id,
      kind: 'evidence',
      storageKey: row.storageKey,
      session: { id: sessionId, userId: user.id, examId: null }
    } as const
    const deletion = { class: 'dismissed', days: 14, atMs: AT + 9 } as const
    t.equal(await db.retention.filesDeleted([file], deletion), 1)
    t.equal(await db.retention.filesDeleted([file], deletion), 0)
    t.same(await db.evidence.list(sessionId), [])
    t.match(await db.evidence.byId(row.id), { deletedAtMs: AT + 9, seen: {} })
    await db.users.delete(user.id)
    t.same(await db.reviews.notes(sessionId), [])
    t.equal(await db.evidence.byId(row.id), undefined)
  })

  await t.test('a consent holds until it is withdrawn or given to other words', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const examId = newId()
    const consent = {
      userId: user.id,
      examId,
      noticeVersion: '1',
      noticeSha256: 'a'.repeat(64),
      language: 'bn',
      notice: TEXT,
      items: { camera: true, sound: false },
      givenAtMs: AT
    }
    const given = await Promise.all([db.consents.give(consent), db.consents.give(consent)])
    t.equal(given[0].id, given[1].id)
    t.same(await db.consents.current(user.id, examId), given[0])
    t.match(given[0], { ...consent, withdrawnAtMs: null })
    const other = await db.consents.give({ ...consent, noticeSha256: 'b'.repeat(64), givenAtMs: AT + HOUR })
    t.equal((await db.consents.current(user.id, examId))?.id, other.id)
    const withdraw = async () => await db.consents.withdraw(
      user.id, examId, AT + 2 * HOUR, { ...audit(examId, user.id), targetType: 'exam' }
    )
    t.same((await Promise.all([withdraw(), withdraw()])).sort(), [false, true])
    t.equal(await db.consents.current(user.id, examId), undefined)
    t.match(await db.consents.list(user.id, examId), [{ id: other.id, withdrawnAtMs: AT + 2 * HOUR }, {}])
    t.same(await db.consents.list(user.id, newId()), [])
    await db.users.delete(user.id)
    t.same(await db.consents.list(user.id), [])
  })
}
