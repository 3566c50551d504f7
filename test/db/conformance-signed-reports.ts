import type { Test } from 'tap'
import { newId, type SignedReport } from '../../db/index.ts'
import { AT, newUser, openSession, type Open } from './rows.ts'

/** Every query of signed reports and their keys. */
export async function conformSignedReports (t: Test, open: Open): Promise<void> {
  const report = (sessionId: string, about: Partial<SignedReport> = {}): SignedReport => ({
    id: newId(),
    sessionId,
    language: 'bn',
    decision: 'concern',
    kid: 'k'.repeat(43),
    sha256: 'a'.repeat(64),
    chainHead: 'b'.repeat(64),
    entries: 7,
    bytes: 2 ** 33,
    issuedBy: newId(),
    issuedAtMs: AT,
    withdrawnAtMs: null,
    ...about
  })
  const audit = (sessionId: string) =>
    ({ actorId: null, action: 'report.issue', targetType: 'session', targetId: sessionId, atMs: AT })

  await t.test('reports of a session are listed newest first, with an audit entry each, and go with it', async t => {
    const db = await open(t)
    const { session: { id }, user } = await openSession(db)
    const [first, second] = [report(id), report(id, { decision: null, issuedAtMs: AT + 0.5 })]
    for (const each of [first, second]) await db.signedReports.add(each, audit(id))
    t.same(await db.signedReports.list(id), [{ ...second, issuedAtMs: AT }, first])
    t.same(await db.signedReports.byId(first.id), first)
    t.equal((await db.audit.list({ targetType: 'session', targetId: id, limit: 9 })).length, 2)
    await t.rejects(db.signedReports.add(report(newId()), audit(id)), { code: 'missing' })
    t.equal((await db.audit.list({ targetType: 'session', targetId: id, limit: 9 })).length, 2, 'nothing was issued')
    await db.users.delete(user.id)
    t.same(await db.signedReports.list(id), [])
  })

  await t.test('the erasure of a reviewer withdraws the reports that quote the reviewer, and no others', async t => {
    const db = await open(t)
    const reviewer = await db.users.create(newUser())
    const [judged, other] = [(await openSession(db)).session.id, (await openSession(db)).session.id]
    for (const id of [judged, other]) await db.sessions.transition(id, ['active'], 'stopped', AT + 5, reviewer.id)
    const act = { sessionId: judged, by: reviewer.id, atMs: AT + 9, untilMs: AT + 99 }
    await db.reviews.claim(act, audit(judged))
    const outcome = await db.reviews.decide(
      { ...act, decision: 'clear', reason: 'Nothing was found.', reviewers: 1, isAdmin: false }, audit(judged)
    )
    t.equal(outcome, 'done')
    const [quoting, silent] = [report(judged), report(other)]
    await db.signedReports.add(quoting, audit(judged))
    await db.signedReports.add(silent, audit(other))
    await db.erasure.user(reviewer.id)
    t.match(await db.signedReports.byId(quoting.id), { withdrawnAtMs: Number })
    t.match(await db.signedReports.byId(silent.id), { withdrawnAtMs: null })
    t.match(await db.signedReports.leftovers(10), [{ id: quoting.id }])
    await db.signedReports.filesDeleted(quoting.id)
    t.same(await db.signedReports.leftovers(10), [])
  })

  await t.test('a key that two gateways add at once is there once, and stays', async t => {
    const db = await open(t)
    const key = { kid: newId(), x: 'x'.repeat(43), isSelfIssued: true, firstUsedAtMs: AT }
    await Promise.all([db.signedReports.addKey(key), db.signedReports.addKey({ ...key, firstUsedAtMs: AT + 1 })])
    const later = { ...key, kid: newId(), isSelfIssued: false, firstUsedAtMs: AT + 10 }
    await db.signedReports.addKey(later)
    const keys = await db.signedReports.keys()
    t.equal(keys.filter(({ kid }) => kid === key.kid).length, 1)
    t.ok(keys.findIndex(({ kid }) => kid === key.kid) < keys.findIndex(({ kid }) => kid === later.kid))
    t.match(keys.find(({ kid }) => kid === later.kid), later)
  })
}
