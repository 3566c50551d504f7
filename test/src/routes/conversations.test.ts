import t from 'tap'
import { newId } from '../../../db/index.ts'
import { call, person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, UNKNOWN_ID, sit, stage } from '../../support/exams.ts'

interface Message {
  readonly id: string
  readonly text: string
  readonly kind: string
  readonly deliveredAt: string | null
  readonly seenAt: string | null
}
interface Thread {
  readonly messages: readonly Message[]
  readonly next: string | null
}

await eachDatabase(t, async (t, make) => {
  const app = await make()
  const { db } = app.services
  const { exam, teacher } = await stage(app)
  const { student, session } = await sit(app, exam)
  const [staff, mine] = [as(app, teacher), as(app, student)]
  const path = `/sessions/${session.id}`
  const thread = async (query = ''): Promise<Thread> => (await mine<Thread>('GET', `${path}/messages${query}`)).body

  await t.test('both sides write to the thread and read it in pages', async t => {
    const sent = await staff<Message>('POST', `${path}/messages`, { text: 'Hello', clientId: 's1' })
    t.match(sent, {
      status: 200,
      body: { kind: 'message', direction: 'to_candidate', by: { id: teacher.user.id, name: 'The teacher' }, delivered: false }
    })
    t.match(await staff<Message>('POST', `${path}/messages`, { text: 'Hello', clientId: 's1' }), { body: { id: sent.body.id } })
    t.match(await staff('POST', `${path}/messages`, { text: 'Eyes on the screen', kind: 'warning', canned: 'look' }), {
      body: { kind: 'warning', canned: 'look' }
    })
    t.match(await mine('POST', `${path}/messages`, { text: 'আমি কি রুলার ব্যবহার করতে পারি?', clientId: 'c1' }), {
      status: 200, body: { kind: 'question', direction: 'from_candidate', delivered: false }
    })
    t.match(await mine('POST', `${path}/messages`, { text: 'x', kind: 'warning' }), { body: { kind: 'question' } })
    const first = await thread('?limit=3')
    t.same(first.messages.map(({ kind }) => kind), ['message', 'warning', 'question'])
    t.match(await thread(`?limit=3&after=${first.next ?? ''}`), { messages: [{ text: 'x' }], next: null })
    t.same((await staff<Thread>('GET', `${path}/messages`)).body, await thread(), 'staff read the same')
    const audited = await db.audit.list({ targetId: session.id, limit: 10 })
    t.same(audited.map(({ action }) => action), ['session.warn', 'session.message'], 'a repetition is not audited')
    for (const wrong of [{ text: ' ' }, { text: 'x'.repeat(501) }, {}, { text: 'x', odd: 1 }, { text: 'a\u0000' }]) {
      t.match(await mine('POST', `${path}/messages`, wrong), { status: 400 })
    }
  })

  await t.test('each side confirms the messages of the other', async t => {
    const { messages } = await thread()
    const messageIds = messages.map(({ id }) => id)
    t.match(await mine('POST', `${path}/messages/seen`, { messageIds }), { status: 204 })
    t.same((await thread()).messages.map(({ seenAt }) => seenAt !== null), [true, true, false, false])
    t.match(await staff('POST', `${path}/messages/seen`, { messageIds }), { status: 204 })
    t.same((await thread()).messages.map(({ deliveredAt }) => deliveredAt !== null), [true, true, true, true])
    t.match(await mine('POST', `${path}/messages/seen`, { messageIds: [UNKNOWN_ID] }), { status: 204 })
  })

  await t.test('hand and break are asked for by the candidate and answered by staff', async t => {
    t.match(await staff('PUT', `${path}/hand`, { raised: true }), { status: 403 })
    t.match(await mine('PUT', `${path}/hand`, { raised: true }), { status: 200, body: { handRaisedAt: String } })
    t.match(await staff('GET', path), { body: { handRaisedAtMs: Number, breakAskedAtMs: null } })
    t.match(await staff('PUT', `${path}/hand`, { raised: false }), { body: { handRaisedAt: null } })
    t.match(await staff('POST', `${path}/break-request/answer`, { granted: true }), {
      status: 409, body: { code: 'INVIGIL_ERR_BREAK_NONE' }
    })
    t.match(await mine('PUT', `${path}/break-request`, { asked: true, reason: 'Bathroom' }), {
      body: { breakAskedAt: String }
    })
    t.match(await staff('PUT', `${path}/break-request`, { asked: true }), { status: 403 })
    t.match(await mine('POST', `${path}/break-request/answer`, { granted: true }), { status: 403 })
    t.match(await staff('POST', `${path}/break-request/answer`, { granted: true, text: 'Five minutes' }), {
      status: 200, body: { breakAskedAt: null }
    })
    t.match((await mine('GET', path)).body, { state: 'paused', breakAskedAtMs: null, pauses: [{ by: teacher.user.id }] })
    t.match((await thread()).messages.slice(-2), [
      { kind: 'break_request', text: 'Bathroom' },
      { kind: 'break_granted', text: 'Five minutes' }
    ])
    t.match(await staff('POST', `/exam/resume/${student.user.id}`, {}), { status: 200 })
  })

  await t.test('an incident is acknowledged, and again', async t => {
    const { body } = await staff<{ events: Array<{ id: string }> }>('POST', '/events', {
      sessionId: session.id, kind: 'suspicious_activity', description: 'Looks at the neighbor'
    })
    const eventId = body.events[0]!.id
    const at = `${path}/incidents/${eventId}/acknowledgement`
    t.match(await staff('PUT', at, { state: 'seen' }), { status: 200, body: { state: 'seen', note: null } })
    t.match(await staff('PUT', at, { state: 'flagged', note: 'For review' }), { status: 200 })
    t.match(await staff('GET', `${path}/acknowledgements`), {
      body: { acknowledgements: [{ eventId, state: 'flagged', note: 'For review', by: { name: 'The teacher' } }] }
    })
    t.match(await mine('GET', `${path}/acknowledgements`), { status: 403 })
    t.match(await staff('PUT', at, { state: 'guilty' }), { status: 400 })
    t.match(await staff('PUT', `${path}/incidents/${newId()}/acknowledgement`, { state: 'seen' }), {
      status: 404, body: { code: 'INVIGIL_ERR_INCIDENT_UNKNOWN' }
    })
    t.match(await db.audit.list({ targetId: session.id, limit: 1 }), [
      { action: 'session.acknowledge', detail: { eventId, state: 'flagged' } }
    ])
  })

  await t.test('a broadcast is stored for those who have an open session', async t => {
    const headers = { ...teacher.headers, 'idempotency-key': 'k1' }
    const send = async () =>
      await call(app, 'POST', `/exams/${exam.id}/broadcast`, { headers, payload: { text: 'Ten minutes left' } })
    const answers = await Promise.all([send(), send(), send()])
    for (const answer of answers) t.match(answer, { status: 200, body: { sessions: 1, delivered: 0 } })
    t.equal((await thread()).messages.filter(({ kind }) => kind === 'broadcast').length, 1, 'of three at once')
    t.match(await mine('POST', `/exams/${exam.id}/broadcast`, { text: 'x' }), { status: 403 })
  })

  await t.test('others read and write nothing of it, and after the end it can only be read', async t => {
    for (const who of [await person(app), await person(app, 'teacher')]) {
      t.match(await as(app, who)('GET', `${path}/messages`), { status: 403 })
      t.match(await as(app, who)('POST', `${path}/messages`, { text: 'x' }), { status: 403 })
    }
    t.match(await staff('POST', `${path}/terminate`, { reason: 'It is over' }), { status: 200 })
    for (const ask of [staff, mine]) {
      t.match(await ask('POST', `${path}/messages`, { text: 'x' }), {
        status: 409, body: { code: 'INVIGIL_ERR_SESSION_ENDED' }
      })
    }
    t.match(await mine('PUT', `${path}/hand`, { raised: true }), { body: { code: 'INVIGIL_ERR_SESSION_ENDED' } })
    t.not((await thread()).messages.length, 0)
  })
})
