/** Webhooks from the cause to the receiver, through HTTP, on each database. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { call, person } from '../../support/app.ts'
import { as, sit, stage } from '../../support/exams.ts'
import { eachDatabase } from '../../support/each-database.ts'

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly body: { readonly type: string, readonly timestamp: string, readonly data: Record<string, unknown> }
}

interface Webhook {
  readonly id: string
  readonly disabledReason: string | null
}

interface Delivery {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly attempts: number
  readonly status: number | null
}

/** A receiver whose answer the test chooses. */
async function receive (t: Test) {
  const received: Received[] = []
  const answer: { status: number, headers: Record<string, string> } = { status: 204, headers: {} }
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => { text += String(chunk) })
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers, text, body: JSON.parse(text) as Received['body'] })
      response.writeHead(answer.status, answer.headers).end()
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => server.close())
  return { received, answer, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

/** Which of the secrets signed it: our second implementation of the specification. */
function signers ({ headers, text }: Received, secrets: readonly string[]): boolean[] {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`
  const signatures = String(headers['webhook-signature']).split(' ')
  return secrets.map(secret => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    return signatures.includes(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  })
}

await eachDatabase(t, async (t, make) => {
  const clock = { ms: Date.now() }
  const app = await make({ env: { WEBHOOKS_TO_PRIVATE: '1' }, live: { now: () => clock.ms } })
  const { worker } = app.webhooks
  const admin = await person(app, 'admin')
  const staff = as(app, admin)
  const { received, answer, url } = await receive(t)
  const { body: made } = await staff<{ webhook: Webhook, secret: string }>('POST', '/webhooks', { url })
  const path = `/webhooks/${made.webhook.id}`
  const deliveries = async () =>
    (await staff<{ deliveries: Delivery[] }>('GET', `${path}/deliveries?limit=100`)).body.deliveries
  /** Sends all that is due, and gives what arrived. */
  async function arrivals (): Promise<Received[]> {
    received.length = 0
    clock.ms = Math.max(clock.ms, Date.now()) + 1
    while (await worker.run() > 0);
    return [...received]
  }

  await t.test('a session and an attempt are told in order, with ids only, and signed', async t => {
    const { exam, questions, teacher } = await stage(app)
    const { student, attempt } = await sit(app, exam)
    const request = as(app, student)
    await as(app, teacher)('POST', `/exam/pause/${student.user.id}`, {})
    await as(app, teacher)('POST', `/exam/resume/${student.user.id}`, {})
    t.ok(questions.length > 0)
    t.equal((await request('POST', `/attempts/${attempt.id}/submit`, {})).status, 200)
    const arrived = await arrivals()
    const types = arrived.map(({ body }) => body.type)
    for (const type of ['session.started', 'session.paused', 'session.resumed', 'session.ended', 'attempt.submitted']) {
      t.equal(types.filter(one => one === type).length, 1, `${type} once`)
    }
    const ofSession = arrived.filter(({ body }) => body.data['sequence'] !== undefined)
      .sort((a, b) => Number(a.body.data['sequence']) - Number(b.body.data['sequence']))
    t.same(ofSession.map(({ body }) => body.data['sequence']), ofSession.map((_, at) => at + 1), 'counted from 1')
    t.equal(ofSession[0]?.body.type, 'session.started')
    for (const one of arrived) {
      t.same(signers(one, [made.secret]), [true])
      t.match(one.headers['webhook-id'], /^msg_[0-9a-f-]{36}$/)
      t.ok(Math.abs(Number(one.headers['webhook-timestamp']) * 1000 - clock.ms) < 60_000)
      t.notMatch(one.text, new RegExp(`${student.user.email}|${student.user.name}`), 'no names or addresses')
      t.equal(one.body.data['userId'], student.user.id)
    }
    t.same(await arrivals(), [], 'each once')
  })

  await t.test('an endpoint gets its types only; a rotated secret signs beside the old one for a day', async t => {
    t.equal((await staff('PATCH', path, { types: ['session.ended'] })).status, 200)
    const { body: rotated } = await staff<{ secret: string }>('POST', `${path}/rotate`)
    const who = await person(app)
    const start = async () => {
      await call(app, 'POST', `/exam/start/${who.user.id}`, { headers: who.headers, payload: {} })
      await staff('POST', `/exam/stop/${who.user.id}`, {})
    }
    await start()
    const [first, ...others] = await arrivals()
    t.match(first?.body, { type: 'session.ended', data: { state: /^(stopped|terminated)$/ } })
    t.same(others, [])
    t.same(signers(first!, [made.secret, rotated.secret]), [true, true])
    clock.ms += 86_400_001
    await start()
    t.same(signers((await arrivals())[0]!, [made.secret, rotated.secret]), [false, true])
    t.equal((await staff('PATCH', path, { types: [] })).status, 200)
  })

  await t.test('a failure is tried again by the schedule with the same id, and a redirect is not followed', async t => {
    answer.status = 302
    answer.headers = { location: url.replace('/hook', '/other') }
    const { body: { deliveryId } } = await staff<{ deliveryId: string }>('POST', `${path}/test`)
    const [first, ...others] = await arrivals()
    t.match(first, { path: '/hook', body: { type: 'webhook.test' } })
    t.same(others, [])
    t.match(await deliveries().then(all => all[0]), { id: deliveryId, state: 'waiting', attempts: 1, status: 302 })
    t.same(await arrivals(), [], 'not due yet')
    Object.assign(answer, { status: 429, headers: { 'retry-after': '600' } })
    clock.ms += 6000
    const [second] = await arrivals()
    t.equal(second?.headers['webhook-id'], first?.headers['webhook-id'])
    t.equal(second?.text, first?.text)
    Object.assign(answer, { status: 200, headers: {} })
    clock.ms += 400_000
    t.same(await arrivals(), [], 'Retry-After is longer than the schedule')
    clock.ms += 300_000
    t.equal((await arrivals()).length, 1)
    t.match(await deliveries().then(all => all[0]), { state: 'done', attempts: 3, status: 200 })
    t.equal((await staff('POST', `/webhooks/deliveries/${deliveryId}/redeliver`)).status, 202)
    t.equal((await arrivals())[0]?.headers['webhook-id'], first?.headers['webhook-id'])
  })

  await t.test('two workers never send one delivery both, and a lost one is sent after its lease', async t => {
    await staff('POST', `${path}/test`)
    clock.ms += 1
    const { db } = app.services
    const [one, two] = await Promise.all([db.webhooks.claim(clock.ms, 1000, 10), db.webhooks.claim(clock.ms, 1000, 10)])
    t.equal(one.length + two.length, 1)
    t.same(await db.webhooks.claim(clock.ms + 999, 1000, 10), [])
    clock.ms += 1001
    t.equal((await arrivals()).length, 1)
    const settled = { state: 'failed', nextAtMs: null, atMs: clock.ms, status: 500, durationMs: 1, error: null } as const
    t.equal(await db.webhooks.settle([...one, ...two][0]!, settled), false, 'too late to say anything')
  })

  await t.test('410 disables an endpoint, and a replay makes up for what was missed once it is on again', async t => {
    answer.status = 410
    await staff('POST', `${path}/test`)
    await arrivals()
    const { body: { webhooks } } = await staff<{ webhooks: Webhook[] }>('GET', '/webhooks')
    t.match(webhooks, [{ disabledReason: 'gone' }])
    answer.status = 204
    await staff('POST', `${path}/test`)
    t.same(await arrivals(), [], 'nothing is sent')
    await staff('PATCH', path, { isEnabled: true })
    t.equal((await arrivals()).length, 1)
    const { body } = await staff<{ messages: number }>('POST', `${path}/replay`, { fromMs: 0, toMs: clock.ms + 1000 })
    t.ok(body.messages >= 5)
    t.equal((await arrivals()).length, body.messages)
  })

  await t.test('messages about an account are erased with it; a removed endpoint gets nothing', async t => {
    const who = await person(app)
    await call(app, 'POST', `/exam/start/${who.user.id}`, { headers: who.headers, payload: {} })
    await app.services.db.erasure.user(who.user.id)
    t.same((await arrivals()).filter(({ text }) => text.includes(who.user.id)), [])
    t.equal((await staff('DELETE', path)).status, 204)
    t.match(await staff('GET', `${path}/deliveries`), { status: 404, body: { code: 'INVIGIL_ERR_WEBHOOK_UNKNOWN' } })
    const { body } = await staff<{ entries: Array<{ action: string }> }>('GET', '/admin/audit?targetType=webhook&limit=50')
    for (const action of ['create', 'rotate', 'change', 'test', 'redeliver', 'replay', 'disabled', 'delete']) {
      t.ok(body.entries.some(entry => entry.action === `webhook.${action}`), `webhook.${action} is audited`)
    }
  })
})
