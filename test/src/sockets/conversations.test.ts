import t, { type Test } from 'tap'
import { analysis, call } from '../../support/app.ts'
import { as, stage, type Begun } from '../../support/exams.ts'
import { connect, JPEG, room, type Candidate, type Client, type Message } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/** Sends a monitor's message and returns its answer. */
let asked = 0
async function does (monitor: Client, message: object): Promise<Message> {
  const ref = `r${++asked}`
  monitor.send({ ...message, ref })
  return await monitor.next(reply => (reply.type === 'done' || reply.type === 'error') && reply['ref'] === ref)
}
const subscribed = async <Monitor extends Client>(monitor: Monitor): Promise<Monitor> => {
  await does(monitor, { type: 'subscribe', all: true })
  return monitor
}
/** The next state of a thread message that passes. */
const threadMessage = async (monitor: Client, passes: (message: Record<string, unknown>) => boolean) =>
  ((await monitor.next(
    reply => reply.type === 'messages' && (reply['data'] as Record<string, unknown>[]).some(passes)
  ))['data'] as Record<string, unknown>[]).find(passes)!
const again = async (t: Test, client: Candidate): Promise<Client> => {
  client.socket.terminate()
  await client.closed
  const next = await connect(t, client.url)
  await next.next('rate')
  return next
}

t.test('a message of staff is sent again until the page confirms it, and monitors see each step', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const [one, two] = [await subscribed(await r.monitor()), await subscribed(await r.monitor())]
  const { id: sessionId } = client.session
  const done = await does(one, { type: 'warn', sessionId, text: 'Please look at the screen', canned: 'look' })
  t.match(done, { type: 'done', delivered: true, messageId: String })
  const messageId = done['messageId'] as string
  t.match(await client.next('message'), {
    id: messageId, from: 'The teacher', kind: 'warning', level: 'warning', canned: 'look', at: String
  })
  t.match(await threadMessage(two, ({ id }) => id === messageId), {
    direction: 'to_candidate', kind: 'warning', by: { id: one.who.user.id }, deliveredAt: null, seenAt: null
  })

  const back = await again(t, client)
  t.match(await back.next('message'), { id: messageId, text: 'Please look at the screen' }, 'not confirmed: again')
  back.send({ type: 'received', messageIds: [messageId] })
  t.match(await threadMessage(two, ({ id, deliveredAt }) => id === messageId && deliveredAt !== null), { seenAt: null })
  back.send({ type: 'seen', messageIds: [messageId] })
  t.match(await threadMessage(two, ({ id, seenAt }) => id === messageId && seenAt !== null), { deliveredAt: String })

  back.socket.terminate()
  await back.closed
  await until(async () => (await r.app.services.live.summary(sessionId))?.online === false)
  const absent = await does(one, { type: 'message', sessionId, text: 'Are you there?' })
  t.match(absent, { type: 'done', delivered: false })
  const third = await connect(t, client.url)
  t.match(await third.next('message'), { id: absent['messageId'], level: 'info' }, 'once the page is there')
  t.equal(third.received.filter(({ type }) => type === 'message').length, 1, 'a confirmed one is not repeated')
})

t.test('a candidate writes to staff: once for a client id, seen by staff, in bounds', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const monitor = await subscribed(await r.monitor())
  const { id: sessionId } = client.session
  client.send({ type: 'message', text: 'May I use a ruler?', clientId: 'c1' })
  const { message } = await client.next('sent') as unknown as { message: { id: string } }
  t.match(message, { kind: 'question', direction: 'from_candidate', clientId: 'c1', seenAt: null })
  client.send({ type: 'message', text: 'May I use a ruler?', clientId: 'c1' })
  t.match(await client.next('sent'), { message: { id: message.id } })
  t.match(await threadMessage(monitor, ({ id }) => id === message.id), {
    text: 'May I use a ruler?', by: { name: 'The student' }
  })

  const late = await r.monitor()
  late.send({ type: 'subscribe', all: true })
  t.match(await threadMessage(late, ({ id }) => id === message.id), { seenAt: null }, 'a later monitor gets it')
  t.match(await does(late, { type: 'seen', sessionId, messageIds: [message.id] }), { type: 'done' })
  const seen = await threadMessage(monitor, ({ id, seenAt }) => id === message.id && seenAt !== null)
  t.type(seen['deliveredAt'], 'string')
  const isSeen = (reply: Message): boolean => (reply['message'] as { seenAt?: unknown } | undefined)?.seenAt !== null
  t.match(await client.next(reply => reply.type === 'sent' && isSeen(reply)), { message: { id: message.id } })
  const latest = await subscribed(await r.monitor())
  t.notOk(latest.received.some(({ type }) => type === 'messages'), 'what was seen is not sent to new monitors')

  for (const wrong of [{ text: ' ', clientId: 'c2' }, { text: 'x'.repeat(501), clientId: 'c2' }, { text: 'x' }]) {
    client.send({ type: 'message', ...wrong })
    t.match(await client.next('error'), { code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  }
  client.send({ type: 'message', text: 'half \ud83d', clientId: 'c2' })
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  for (let count = 2; count <= 20; count++) client.send({ type: 'message', text: 'x', clientId: `n${count}` })
  client.send({ type: 'message', text: 'one too many', clientId: 'n21' })
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_MESSAGES_FAST', ref: 'n21' })
  client.send({ type: 'message', text: 'May I use a ruler?', clientId: 'c1' })
  const isKnown = (reply: Message): boolean => (reply['message'] as { id?: string } | undefined)?.id === message.id
  t.match(await client.next(isKnown), { type: 'sent' }, 'a known one is answered')
})

t.test('a raised hand outlives page and memory, and staff lower it', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const monitor = await subscribed(await r.monitor())
  const { id: sessionId } = client.session
  client.send({ type: 'hand', raised: true })
  const { handRaisedAt } = await client.next('requests')
  t.type(handRaisedAt, 'string')
  t.match(await monitor.next('hand'), { sessionId, raised: true, at: handRaisedAt })
  t.match(await monitor.next(reply => reply.type === 'session' && reply['handRaisedAt'] !== null), { handRaisedAt })
  client.send({ type: 'hand', raised: true })
  t.match(await client.next('requests'), { handRaisedAt }, 'since the first time')
  const back = await again(t, client)
  t.match(await back.next('requests'), { handRaisedAt, breakAskedAt: null })
  t.match(
    (await call(r.app, 'GET', '/sessions?state=open', { headers: monitor.who.headers })).body,
    { sessions: [{ id: sessionId, handRaisedAtMs: Date.parse(handRaisedAt as string) }] }
  )
  monitor.send({ type: 'hand', sessionId, raised: true })
  t.match(await monitor.next('error'), { code: 'INVIGIL_ERR_MESSAGE_INVALID' }, 'staff only lower it')
  t.match(await does(monitor, { type: 'hand', sessionId, raised: false }), { type: 'done' })
  t.match(await back.next('requests'), { handRaisedAt: null })
  t.match(await monitor.next('hand'), { raised: false })
  t.match(await r.app.services.db.audit.list({ targetId: sessionId, limit: 1 }), [{ action: 'session.hand' }])
  for (let count = 0; count < 30; count++) back.send({ type: 'hand', raised: count % 2 === 0 })
  t.match(await back.next('error'), { code: 'INVIGIL_ERR_MESSAGES_FAST' }, 'a hand that waves is not followed')
})

t.test('a break is asked for, declined with words, asked for again and granted', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const monitor = await subscribed(await r.monitor())
  const { id: sessionId } = client.session
  t.match(await does(monitor, { type: 'break', sessionId, granted: true }), { code: 'INVIGIL_ERR_BREAK_NONE' })
  client.send({ type: 'break', asked: true, reason: 'I need the bathroom' })
  t.match(await client.next('requests'), { breakAskedAt: String })
  t.match(await threadMessage(monitor, ({ kind }) => kind === 'break_request'), { text: 'I need the bathroom' })
  t.match(await monitor.next(reply => reply.type === 'session' && reply['breakAskedAt'] !== null), { sessionId })
  const back = await again(t, client)
  t.match(await back.next('requests'), { breakAskedAt: String }, 'still open after a reload')
  await back.next('status')

  t.match(await does(monitor, { type: 'break', sessionId, granted: false, text: 'In ten minutes' }), { type: 'done' })
  t.match(await back.next('message'), { kind: 'break_declined', text: 'In ten minutes' })
  t.match(await back.next('requests'), { breakAskedAt: null })
  t.match(await r.app.services.db.sessions.byId(sessionId), { state: 'active' })
  back.send({ type: 'break', asked: true, reason: 'Now?' })
  await back.next('requests')
  back.send({ type: 'break', asked: false })
  t.match(await back.next('requests'), { breakAskedAt: null }, 'withdrawn')
  back.send({ type: 'break', asked: true, reason: 'Now, please' })
  await back.next('requests')

  const two = await subscribed(await r.monitor())
  const answers = await Promise.all([monitor, two].map(async one =>
    await does(one, { type: 'break', sessionId, granted: true })))
  t.same(answers.map(({ type, code }) => code ?? type).sort(), ['INVIGIL_ERR_BREAK_NONE', 'done'], 'of two one answers')
  t.match(await back.next('status'), { state: 'paused', reason: 'Now, please' })
  t.match(await back.next('message'), { kind: 'break_granted' })
  t.match(await back.next(reply => reply.type === 'requests' && reply['breakAskedAt'] === null), {})
  const own = { headers: client.who.headers, payload: {} }
  t.match(await call(r.app, 'POST', `/exam/resume/${client.who.user.id}`, own), { status: 403 }, 'it is a pause of staff')
  t.match(await does(monitor, { type: 'resume', sessionId }), { type: 'done' })
  t.match(await back.next('status'), { state: 'active' })
  t.same(
    (await r.app.services.db.audit.list({ targetId: sessionId, limit: 10 }))
      .filter(({ action }) => action === 'session.break')
      .map(({ detail }) => detail['granted']),
    [true, false]
  )
})

t.test('an acknowledgement reaches other monitors at once and later ones on subscribing', async t => {
  const r = await room(t)
  const client = await r.candidate()
  const [one, two] = [await subscribed(await r.monitor()), await subscribed(await r.monitor())]
  const { id: sessionId } = client.session
  client.send({ type: 'event', event: 'paste' })
  const [{ id: eventId }] = (await one.log('paste'))['data'] as [{ id: string }]
  const before = await r.app.services.live.summary(sessionId)
  t.match(await does(one, { type: 'acknowledge', sessionId, eventId, state: 'not_relevant', note: 'own notes' }), {
    type: 'done', action: 'acknowledge'
  })
  t.match(await two.next('acknowledgements'), {
    sessionId, data: [{ eventId, state: 'not_relevant', note: 'own notes', by: { id: one.who.user.id } }]
  })
  t.equal((await r.app.services.live.summary(sessionId))?.riskScore, before?.riskScore, 'it changes no score')
  t.match(await does(two, { type: 'acknowledge', sessionId, eventId: sessionId, state: 'seen' }), {
    code: 'INVIGIL_ERR_INCIDENT_UNKNOWN'
  })
  const late = await subscribed(await r.monitor())
  t.match(await late.next('acknowledgements'), { data: [{ eventId, state: 'not_relevant' }] })
  t.notOk(client.received.some(({ type }) => type === 'acknowledgements'), 'the candidate does not read it')
})

t.test('monitors see who looks at a session, until that one looks elsewhere or leaves', async t => {
  const r = await room(t)
  const [client, other] = [await r.candidate(), await r.candidate()]
  const [one, two] = [await subscribed(await r.monitor()), await subscribed(await r.monitor())]
  t.match(await does(one, { type: 'looking', sessionId: client.session.id }), { type: 'done', action: 'looking' })
  const by = { id: one.who.user.id, name: 'The teacher' }
  t.match(await two.next('looking'), { sessionId: client.session.id, by, looking: true })
  const late = await r.monitor('admin')
  late.send({ type: 'subscribe', all: true })
  t.match(await late.next('looking'), { sessionId: client.session.id, by, looking: true }, 'a later monitor too')
  t.match(await does(one, { type: 'looking', sessionId: other.session.id }), { type: 'done' })
  t.match(await two.next('looking'), { sessionId: client.session.id, looking: false })
  t.match(await two.next('looking'), { sessionId: other.session.id, looking: true })
  one.socket.terminate()
  t.match(await two.next('looking'), { sessionId: other.session.id, by, looking: false })
  t.notOk(one.received.some(({ type }) => type === 'looking'), 'not of oneself')
  t.match(await does(two, { type: 'looking', sessionId: client.who.user.id }), { code: 'INVIGIL_ERR_SESSION_UNKNOWN' })

  const { exam } = await stage(r.app)
  const own = await r.candidate()
  await as(r.app, own.who)('POST', `/exam/stop/${own.who.user.id}`, {})
  const { body: begun } = await as(r.app, own.who)<Begun>('POST', `/exams/${exam.id}/start`)
  t.match(await does(two, { type: 'looking', sessionId: begun.session.id }), { code: 'INVIGIL_ERR_NOT_YOURS' })
})

t.test('a session that staff look at has larger thumbnails, and more of them, for a while', async t => {
  const widths: Array<number | undefined> = []
  const r = await room(t, {
    pool: {
      analyze: async job => {
        widths.push(job.thumbnailWidth)
        return analysis({}, job.atMs)
      }
    }
  })
  const client = await r.candidate()
  const monitor = await subscribed(await r.monitor())
  const frame = async (): Promise<void> => {
    r.clock.ms += 1_000
    client.send(JPEG)
    await client.next('ack')
  }
  for (let count = 0; count < 3; count++) await frame()
  await does(monitor, { type: 'looking', sessionId: client.session.id })
  for (let count = 0; count < 3; count++) await frame()
  t.same(widths, [160, undefined, 160, 480, 480, 480])
  r.clock.ms += 15_000
  await frame()
  t.equal(widths.at(-1), 160)
})

t.test('a broadcast reaches every candidate of the exam, once for a key', async t => {
  const r = await room(t)
  const { exam, teacher } = await stage(r.app)
  const monitor = await connect(t, `${r.url}/ws/monitor`, { headers: teacher.headers })
  const join = async (): Promise<{ readonly who: Candidate['who'], readonly client: Client, readonly id: string }> => {
    const { who } = await r.candidate()
    await as(r.app, who)('POST', `/exam/stop/${who.user.id}`, {})
    const { body } = await as(r.app, who)<Begun>('POST', `/exams/${exam.id}/start`)
    const client = await connect(t, `${r.url}/ws/${who.user.id}?token=${who.accessToken}`)
    await client.next('rate')
    return { who, client, id: body.session.id }
  }
  const [one, two] = [await join(), await join()]
  const beside = await r.candidate()
  two.client.socket.terminate()
  await two.client.closed
  await until(async () => (await r.app.services.live.summary(two.id))?.online === false)
  await subscribed(monitor)
  const send = async (text: string, key?: string) =>
    await call(r.app, 'POST', `/exams/${exam.id}/broadcast`, {
      headers: { ...teacher.headers, ...(key !== undefined && { 'idempotency-key': key }) },
      payload: { text, canned: 'tenMinutes' }
    })
  t.match(await send('Ten minutes left', 'k1'), { status: 200, body: { sessions: 2, delivered: 1 } })
  const { id } = await one.client.next('message') as unknown as { id: string }
  t.match(one.client.received.find(({ type }) => type === 'message'), { kind: 'broadcast', text: 'Ten minutes left' })
  one.client.send({ type: 'received', messageIds: [id] })
  t.match(await threadMessage(monitor, row => row['id'] === id && row['deliveredAt'] !== null), { kind: 'broadcast' })
  t.match(await send('Ten minutes left', 'k1'), { body: { sessions: 2, delivered: 1 } }, 'the same answer')
  t.match(await send('Five minutes left', 'k1'), { status: 409, body: { code: 'INVIGIL_ERR_KEY_USED' } })
  const back = await connect(t, `${r.url}/ws/${two.who.user.id}?token=${two.who.accessToken}`)
  t.match(await back.next('message'), { kind: 'broadcast', text: 'Ten minutes left' }, 'one who was away gets it later')
  t.match(await send('Five minutes left'), { body: { sessions: 2, delivered: 2 } })
  t.same(
    (await as(r.app, two.who)<{ messages: Array<{ text: string }> }>('GET', `/sessions/${two.id}/messages`))
      .body.messages.map(({ text }) => text),
    ['Ten minutes left', 'Five minutes left']
  )
  t.notOk(beside.received.some(({ type }) => type === 'message'))
})
