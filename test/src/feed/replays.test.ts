import t from 'tap'
import { newId, type EventRow } from '../../../db/index.ts'
import { createReplayBudget } from '../../../src/feed/replay-budget.ts'
import { createReplayRequests } from '../../../src/sockets/replay-requests.ts'
import { lines, room, type Candidate, type Room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/** Stores so many events of a session. */
async function fill ({ app, clock }: Room, { session, who }: Candidate, count: number): Promise<void> {
  const row = (at: number): EventRow =>
    ({
      id: newId(),
      sessionId: session.id,
      userId: who.user.id,
      kind: 'note',
      phase: 'instant',
      incident: at,
      atMs: clock.ms,
      durationMs: null,
      class: 'technical',
      severity: 'low',
      weight: 0,
      detail: {},
      createdAtMs: clock.ms
    }) as unknown as EventRow
  for (let from = 0; from < count; from += 100) {
    await app.services.db.events.append(Array.from({ length: Math.min(100, count - from) }, (_, at) => row(from + at)))
  }
}

t.test('sixty replay requests get one replay, that of the last; the socket stays open and others are served', async t => {
  const r = await room(t, { live: { limits: { replayGatherMs: 1_500 } } })
  const client = await r.candidate()
  await fill(r, client, 600)
  let pages = 0
  const { events } = r.app.services.db
  const { listAfter } = events
  events.listAfter = async page => { pages++; return await listAfter(page) }
  for (let count = 0; count < 60; count++) client.send({ type: 'resume' })
  await until(() => lines(client).length >= 600)
  client.send({ type: 'event', event: 'print' })
  await client.log('print')
  await new Promise(resolve => setTimeout(resolve, 300))
  const replayed = lines(client).filter(({ kind }) => kind === 'note')
  t.equal(replayed.length, 600, 'each once')
  t.equal(pages, 4, 'three pages and the empty one that ends them')
  t.same(replayed.map(({ id }) => id), replayed.map(({ id }) => id).toSorted())
})

t.test('a second replay of the same socket waits, and a later request replaces it', async t => {
  const ran: Array<string | undefined> = []
  const startedMs: number[] = []
  const resumes = createReplayRequests({
    gatherMs: 1,
    everyMs: 100,
    bufferLive: () => {},
    onError: error => {
      throw error
    },
    run: async after => {
      startedMs.push(performance.now())
      ran.push(after)
    }
  })
  t.teardown(() => resumes.close())
  resumes.request('a')
  resumes.request('b')
  await until(() => ran.length === 1)
  for (const after of ['c', 'd', 'e']) resumes.request(after)
  await until(() => ran.length === 2)
  t.ok(startedMs[1]! - startedMs[0]! >= 80)
  t.same(ran, ['b', 'e'])
})

t.test('a running replay ends at its next page when a later one is requested', async t => {
  let next = (): void => {}
  const pages: string[] = []
  const resumes = createReplayRequests({
    gatherMs: 1,
    everyMs: 1,
    bufferLive: () => {},
    onError: error => { throw error },
    run: async (after, isReplaced) => {
      for (let page = 1; page <= 3 && !isReplaced(); page++) {
        pages.push(`${after}${page}`)
        await new Promise<void>(resolve => { next = resolve })
      }
    }
  })
  t.teardown(() => resumes.close())
  resumes.request('a')
  await until(() => pages.length === 1)
  resumes.request('b')
  for (const count of [2, 3, 4]) {
    next()
    await until(() => pages.length === count)
  }
  t.same(pages, ['a1', 'b1', 'b2', 'b3'])
  next()
})

t.test('an account without credit waits until it has some; another account does not', async t => {
  let nowMs = 0
  const slept: number[] = []
  const budget = createReplayBudget({
    student: { rowsBurst: 1000, rowsPerSecond: 100 },
    now: () => nowMs,
    sleep: async ms => {
      slept.push(ms)
      nowMs += ms
    }
  })
  const greedy = { id: 'a', role: 'student' }
  const rows = Array.from({ length: 500 })
  for (let page = 0; page < 2; page++) await budget.page(greedy, async () => rows)
  t.same(slept, [], 'within the burst')
  await budget.page(greedy, async () => rows)
  t.ok(slept.reduce((sum, ms) => sum + ms, 0) >= 400, 'waits for the forty rows that were too many')
  slept.length = 0
  await budget.page({ id: 'b', role: 'student' }, async () => rows)
  t.same(slept, [])
})

t.test('pages of all accounts are read two at a time, in turns', async t => {
  const budget = createReplayBudget()
  const order: string[] = []
  let running = 0
  let most = 0
  const read = (id: string) => async (): Promise<number[]> => {
    most = Math.max(most, ++running)
    await new Promise(resolve => setTimeout(resolve, 1))
    running--
    order.push(id)
    return []
  }
  const flood = Array.from({ length: 30 }, () => budget.page({ id: 'flood', role: 'student' }, read('flood')))
  await Promise.all([...flood, budget.page({ id: 'other', role: 'student' }, read('other'))])
  t.equal(most, 2)
  t.ok(order.indexOf('other') <= 4, `at ${order.indexOf('other')}`)
})

t.test('a monitor that subscribes again and again is answered each time, and pays for the rows', async t => {
  const r = await room(t)
  const client = await r.candidate()
  await fill(r, client, 300)
  const monitor = await r.monitor()
  for (let ref = 0; ref < 5; ref++) {
    monitor.send({ type: 'subscribe', all: true, after: '00000000-0000-7000-8000-000000000000', ref: String(ref) })
  }
  for (let ref = 0; ref < 5; ref++) t.match(await monitor.next('done'), { ref: String(ref) })
})
