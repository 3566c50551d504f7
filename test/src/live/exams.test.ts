import t from 'tap'
import { newId } from '../../../db/index.ts'
import { person } from '../../support/app.ts'
import { as, stage, type Begun, type Stage } from '../../support/exams.ts'
import { connect, room, type Candidate, type Room } from '../../support/gateway.ts'

/** A candidate with an open attempt at that exam and an open socket. */
async function sitter (
  t: Parameters<typeof room>[0],
  r: Room,
  { exam }: Pick<Stage, 'exam'>,
  language = 'en'
): Promise<Omit<Candidate, 'session'> & { readonly sessionId: string, readonly attemptId: string }> {
  const who = await person(r.app)
  const { body } = await as(r.app, who)<Begun>('POST', `/exams/${exam.id}/start`)
  const url = `${r.url}${body.socketPath}?token=${who.accessToken}&lang=${language}`
  const client = await connect(t, url)
  await client.next('rate')
  return { ...client, who, url, sessionId: body.session.id, attemptId: body.attempt.id }
}

t.test('a session is judged by its exam\'s policy and its candidate\'s accommodation', async t => {
  const r = await room(t)
  const set = await stage(r.app)
  const staff = as(r.app, set.teacher)
  await staff('PUT', `/exams/${set.exam.id}/policy`, {
    weights: { paste: 7 },
    rules: { copy: { enabled: false } },
    riskLimits: { medium: 6, high: 20 }
  })
  const one = await sitter(t, r, set)
  one.send({ type: 'event', event: 'copy' })
  one.send({ type: 'event', event: 'paste' })
  await one.log('paste')
  t.notOk(one.received.some(message => JSON.stringify(message).includes('"copy"')), 'a rule that is off')
  t.match(await r.app.services.live.summary(one.sessionId), { riskScore: 7, riskLevel: 'Medium', counts: { paste: 1 } })

  const two = await person(r.app)
  await staff('PUT', `/exams/${set.exam.id}/accommodations/${two.user.id}`, {
    reason: 'dictation',
    flags: { weights: { paste: 0 } }
  })
  const begun = await as(r.app, two)<Begun>('POST', `/exams/${set.exam.id}/start`)
  const client = await connect(t, `${r.url}${begun.body.socketPath}?token=${two.accessToken}`)
  await client.next('rate')
  client.send({ type: 'event', event: 'paste' })
  await client.log('paste')
  t.match(await r.app.services.live.summary(begun.body.session.id), {
    riskScore: 0,
    riskLevel: 'Low',
    counts: { paste: 1 }
  })

  await r.app.services.live.stop(one.sessionId, 'system')
  t.match(
    await r.app.services.live.summary(one.sessionId),
    { riskScore: 7, riskLevel: 'Medium' },
    'and so it is when it is over'
  )
})

t.test('the policy\'s action for a risk level runs once: a warning, a call for a proctor, the end', async t => {
  const r = await room(t)
  const set = await stage(r.app)
  const policy = { weights: { paste: 5, copy: 5 }, riskLimits: { medium: 5, high: 10 } }
  const put = async (more: object) =>
    await as(r.app, set.teacher)('PUT', `/exams/${set.exam.id}/policy`, { ...policy, ...more })
  await put({ actions: { medium: 'warn', high: 'ask' } })
  const monitor = await connect(t, `${r.url}/ws/monitor`, { headers: set.teacher.headers })
  monitor.send({ type: 'subscribe', exams: [set.exam.id] })
  await monitor.next('done')
  const one = await sitter(t, r, set, 'bn')
  one.send({ type: 'event', event: 'paste' })
  t.match(await one.next('message'), { level: 'warning', from: 'ইনভিজিল', text: /নিয়ম/ }, "in the candidate's language")
  one.send({ type: 'event', event: 'copy' })
  t.match(await monitor.next('call'), { sessionId: one.sessionId, riskLevel: 'High', at: /T/ })
  t.equal(one.received.filter(({ type }) => type === 'message').length, 1)

  await put({ actions: { medium: 'none', high: 'terminate' } })
  const two = await sitter(t, r, set)
  for (const event of ['paste', 'copy']) two.send({ type: 'event', event })
  t.match(
    await monitor.next(message => message.type === 'call' && message['sessionId'] === two.sessionId),
    { riskLevel: 'High' },
    'not switched on: a person is asked'
  )
  await put({ actions: { medium: 'none', high: 'terminate' }, mayTerminate: true })
  const three = await sitter(t, r, set)
  for (const event of ['paste', 'copy']) three.send({ type: 'event', event })
  t.match(await three.next(message => message.type === 'status' && message['state'] === 'terminated'), {
    reason: 'risk'
  })
  await three.closed
  t.match(await r.app.services.db.audit.list({ targetId: three.sessionId, limit: 1 }), [
    { action: 'session.risk-terminate', actorId: null, detail: { riskLevel: 'High', riskScore: 10 } }
  ])
  while ((await r.app.services.db.attempts.byId(three.attemptId))?.state === 'open') {
    await new Promise(resolve => setImmediate(resolve))
  }
  t.match(await r.app.services.db.attempts.byId(three.attemptId), { submittedBy: 'terminated' })
})

t.test('teachers watch and act on the sessions of their own exams and of none', async t => {
  const r = await room(t)
  const [own, foreign] = [await stage(r.app), await stage(r.app)]
  const [mine, theirs, loose] = [await sitter(t, r, own), await sitter(t, r, foreign), await r.candidate()]
  const monitor = await connect(t, `${r.url}/ws/monitor`, { headers: own.teacher.headers })
  monitor.send({ type: 'subscribe', all: true, after: '00000000-0000-7000-8000-000000000000' })
  await monitor.next('done')
  const admin = await r.monitor('admin')
  admin.send({ type: 'subscribe', all: true })
  await admin.next('done')
  const reported = (client: typeof monitor) =>
    [...new Set(client.received.filter(({ type }) => type === 'session').map(message => message['sessionId']))].sort()
  t.same(reported(monitor), [mine.sessionId, loose.session.id].sort())
  t.same(reported(admin), [mine.sessionId, theirs.sessionId, loose.session.id].sort())

  for (const client of [theirs, loose, mine]) {
    client.send({ type: 'event', event: 'print' })
    await client.log('print')
  }
  await monitor.next(message => message.type === 'logs' && message['sessionId'] === mine.sessionId)
  await monitor.next(message => message.type === 'logs' && message['sessionId'] === loose.session.id)
  t.notOk(monitor.received.some(message => message['sessionId'] === theirs.sessionId), 'nothing of another\'s exam')

  const replay = await connect(t, `${r.url}/ws/monitor`, { headers: own.teacher.headers })
  replay.send({ type: 'subscribe', all: true, after: '00000000-0000-7000-8000-000000000000' })
  await replay.next('done')
  t.same(
    [...new Set(replay.received.filter(({ type }) => type === 'logs').map(message => message['sessionId']))].sort(),
    [mine.sessionId, loose.session.id].sort(),
    'nor of what was stored'
  )

  for (const message of [
    { type: 'subscribe', sessions: [theirs.sessionId] },
    { type: 'subscribe', exams: [foreign.exam.id] },
    { type: 'subscribe', exams: [newId()] },
    { type: 'warn', sessionId: theirs.sessionId, text: 'x' },
    { type: 'terminate', sessionId: theirs.sessionId }
  ]) {
    monitor.send({ ...message, ref: 'x' })
    t.match(
      await monitor.next('error'),
      { code: 'INVIGIL_ERR_NOT_YOURS', ref: 'x' },
      JSON.stringify(message).slice(0, 60)
    )
  }
  monitor.send({ type: 'warn', sessionId: mine.sessionId, text: 'Sit still' })
  t.match(await mine.next('message'), { text: 'Sit still' })
  t.match(await as(r.app, own.teacher)('POST', `/exam/pause/${theirs.who.user.id}`), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS' }
  })
  t.match(await as(r.app, own.teacher)('POST', `/exam/pause/${mine.who.user.id}`), { status: 200 })
})

t.test('an admin who becomes a teacher no longer watches sessions that only admins may watch', async t => {
  const r = await room(t)
  const monitor = await r.monitor('admin')
  await r.app.services.db.users.setRole(monitor.who.user.id, 'teacher')
  await r.app.services.live.accountChanged(monitor.who.user.id)
  t.match(await monitor.closed, { code: 4403 })
})
