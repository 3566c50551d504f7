/** `invigil rules`: what reviewers say of each rule, on each database. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { newId, openDatabase } from '../../../db/index.ts'
import { SERVERS } from '../../support/servers.ts'

const AT = 1_790_000_000_000
const REASON = 'Somebody handed over a note'

async function prints (t: Test, url: string, dataDir: string): Promise<void> {
  const db = await openDatabase({ url })
  const teacher = await db.users.create({
    email: 'teacher@example.org', name: 'T', role: 'admin', passwordHash: null, createdAtMs: 1
  })
  const exam = await db.exams.create({ ownerId: teacher.id, title: 'Physics', atMs: AT })
  const { session } = await db.sessions.open({ userId: teacher.id, examId: exam.id, atMs: AT })
  const sessionId = session.id
  const events = (['phone', 'phone', 'phone', 'voice'] as const).map((kind, at) => ({
    id: newId(),
    sessionId,
    userId: teacher.id,
    kind,
    phase: 'instant' as const,
    incident: at + 1,
    atMs: AT,
    durationMs: null,
    class: 'integrity' as const,
    severity: 'high' as const,
    weight: 1,
    detail: {},
    createdAtMs: AT
  }))
  await db.events.append(events)
  await db.sessions.transition(sessionId, ['active'], 'stopped', AT, 'system')
  const act = { sessionId, by: teacher.id, atMs: AT, untilMs: AT + 60_000 }
  const audit = { actorId: teacher.id, action: 'x', targetType: 'session', targetId: sessionId, atMs: AT }
  await db.reviews.claim(act, audit)
  for (const [index, to] of (['confirmed', 'dismissed', 'dismissed'] as const).entries()) {
    const eventId = events[index]!.id
    await db.reviews.addView({ sessionId, eventId, what: 'why', viewerId: teacher.id, viewerRole: 'admin', atMs: AT })
    await db.reviews.setIncident({ ...act, eventId, to: 'under_review', reason: null }, audit)
    t.equal(await db.reviews.setIncident({ ...act, eventId, to, reason: REASON }, audit), 'done')
  }
  await db.close()
  const run = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath, ['--import=./test/support/typescript.js', 'src/cli/main.ts', 'rules', ...args],
      { encoding: 'utf8', env: { ...process.env, DATABASE_URL: url, DATA_DIR: dataDir } })
    t.equal(status, 0, stderr)
    return stdout.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as unknown)
  }
  const lines = [
    { rule: 'phone', confirmed: 1, dismissed: 2, undecided: 0, confirmedShare: { share: 0.333, low: 0.061, high: 0.792 } },
    { rule: 'voice', confirmed: 0, dismissed: 0, undecided: 1, confirmedShare: null }
  ]
  t.same(run(), lines)
  t.same(run('--exam', exam.id), lines)
  t.same(run('--exam', newId()), [])
}

t.test('on SQLite', async t => {
  const folder = t.testdir()
  await prints(t, `file:${join(folder, 'invigil.db')}`, folder)
})
for (const { name, missing, start } of SERVERS) {
  t.test(`on ${name}`, { skip: missing(), timeout: 240_000 }, async t => {
    const server = await start()
    t.teardown(() => server.stop())
    await prints(t, server.url, t.testdir())
  })
}
