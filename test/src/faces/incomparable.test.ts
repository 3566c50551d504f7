/** An enrolled face that other models made: candidates are not compared with it, and an event reports this. */
import t from 'tap'
import { analysis, faceChange, person, vector, type LoggedIn } from '../../support/app.ts'
import { as, stage, type Begun } from '../../support/exams.ts'
import { connect, JPEG, room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/** Users whose enrolled face the workers cannot compare. */
const enrolled = new Set<string>()
const r = await room(t, {
  pool: {
    analyze: async ({ enrolled, atMs }) => analysis({ ...(enrolled !== undefined && { incomparable: true }) }, atMs)
  },
  live: { enrolledFace: async userId => (enrolled.has(userId) ? vector(0) : undefined) }
})
const { db, live } = r.app.services

async function enrol (who: LoggedIn): Promise<void> {
  enrolled.add(who.user.id)
  await r.app.faces.store(who.user.id, vector(0), faceChange(who, r.clock.ms - 90 * 24 * 3_600_000))
}

async function notedEvents (sessionId: string) {
  await live.flush()
  return (await db.events.listBySession(sessionId, { limit: 100 })).filter(({ kind }) => kind.startsWith('identity_'))
}

const identityOf = async (who: LoggedIn) =>
  (await as(r.app, who)<{ identity: object }>('GET', `/exam/summary/${who.user.id}`)).body.identity

t.test('an exam reports it once, with the first picture, and the summary says why the candidate is not compared', async t => {
  const { exam, teacher } = await stage(r.app)
  t.match(await as(r.app, teacher)('PUT', `/exams/${exam.id}/policy`, { identity: 'required' }), { status: 200 })
  const who = await person(r.app)
  await enrol(who)
  const { status, body } = await as(r.app, who)<Begun>('POST', `/exams/${exam.id}/start`)
  t.equal(status, 201)
  const about = { demand: 'required', isConfirmed: false }
  t.match(
    await identityOf(who),
    { ...about, isCompared: true, reason: null },
    'before the first picture nothing is known against it'
  )

  const client = await connect(t, `${r.url}${body.socketPath}?token=${who.accessToken}`)
  await client.next('rate')
  for (let count = 0; count < 3; count++) {
    r.advance(500)
    client.send(JPEG)
    await client.next('ack')
  }
  t.match(await notedEvents(body.session.id), [
    {
      kind: 'identity_none',
      phase: 'instant',
      class: 'information',
      severity: 'low',
      weight: 0,
      detail: { reason: 'incomparable', needs: 'enroll-again' }
    }
  ])
  t.match(await identityOf(who), { ...about, isCompared: false, reason: 'incomparable' })
  t.match(await live.summary(body.session.id), { riskScore: 0, counts: { identity_none: 1 } }, 'people judge')

  // Staff remove the events while it runs: the next picture reports it again.
  t.match(await as(r.app, teacher)('POST', `/exam/clear-logs/${who.user.id}`, {}), { status: 200 })
  t.match(await identityOf(who), { isCompared: true })
  client.send(JPEG)
  await client.next('ack')
  r.advance(500)
  client.send(JPEG)
  await client.next('ack')
  await until(async () => (await notedEvents(body.session.id)).length === 1)
  client.socket.close()
  t.match(await as(r.app, who)('POST', `/attempts/${body.attempt.id}/submit`), { status: 200 })
  t.match(await identityOf(who), { ...about, isCompared: false, reason: 'incomparable' }, 'also when it is over')
})

t.test('a session without an exam reports it too, and a user without a face gets no event', async t => {
  const { who, session, ...client } = await r.candidate()
  client.send(JPEG)
  await client.next('ack')
  t.same(await notedEvents(session.id), [])
  t.match(await identityOf(who), { demand: null, isCompared: false, reason: 'none' })

  const other = await person(r.app)
  await enrol(other)
  const begun = await as(r.app, other)<{ id: string, socketPath: string }>('POST', `/exam/start/${other.user.id}`, {})
  const line = await connect(t, `${r.url}${begun.body.socketPath}?token=${other.accessToken}`)
  await line.next('rate')
  line.send(JPEG)
  await line.next('ack')
  await until(async () => (await notedEvents(begun.body.id)).length === 1)
  t.match(await identityOf(other), { demand: null, isCompared: false, reason: 'incomparable' })
})
