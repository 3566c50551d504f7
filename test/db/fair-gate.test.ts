import t from 'tap'
import { defined } from '../../lib/defined.ts'
import { FairGate, type GateRefusal } from '../../db/fair-gate.ts'
import { laneNow, runInLane, SYSTEM_LANE, type Lane } from '../../db/lane.ts'

const lane = (key: string, waitingMax?: number): Lane => ({ key, ...defined({ waitingMax }) })
const refuse = (why: GateRefusal): Error => new Error(why)
const turn = async (): Promise<void> => { await new Promise(resolve => setImmediate(resolve)) }

/** A gate that is busy until `open` is called, and a clock that each piece of work advances. */
function busyGate ({ waitingMax = 1000 } = {}) {
  const clock = { ms: 0 }
  const gate = new FairGate({ atOnce: 1, waitingMax, refuse, now: () => clock.ms })
  const order: string[] = []
  let open = (): void => {}
  const inside = gate.run(
    () =>
      new Promise<void>(resolve => {
        open = resolve
      }),
    { lane: lane('inside') }
  )
  const add = async (
    key: string,
    { urgent = false, costMs = 1, share }: { urgent?: boolean, costMs?: number, share?: number } = {}
  ): Promise<void> => {
    await gate.run(
      async () => {
        order.push(key)
        clock.ms += costMs
      },
      { lane: { key, ...defined({ share }) }, urgent }
    )
  }
  return { gate, order, add, clock, open: async () => { await turn(); open(); await inside } }
}

await t.test('one that comes behind a flood of another lane waits for one of them, not for all', async t => {
  const { order, add, open } = busyGate()
  const all = Array.from({ length: 200 }, () => add('flood'))
  all.push(add('victim'))
  await open()
  await Promise.all(all)
  t.ok(order.indexOf('victim') <= 1, `at ${order.indexOf('victim')}`)
  t.equal(order.length, 201)
})

await t.test('lanes are charged by time: ten times the cost is a tenth of the turns', async t => {
  const { order, add, open } = busyGate()
  const all = [
    ...Array.from({ length: 100 }, () => add('dear', { costMs: 10 })),
    ...Array.from({ length: 100 }, () => add('cheap'))
  ]
  await open()
  await Promise.all(all)
  const before = order.slice(0, order.lastIndexOf('cheap')).filter(key => key === 'dear').length
  t.ok(before >= 9 && before <= 12, `${before} dear ones among 100 cheap ones`)
})

await t.test('a share of eight has eight times as many turns', async t => {
  const { order, add, open } = busyGate()
  const all = Array.from({ length: 80 }, () => [add('one'), add('eight', { share: 8 })]).flat()
  await open()
  await Promise.all(all)
  const first = order.slice(0, 45).filter(key => key === 'one').length
  t.ok(first >= 4 && first <= 7, `${first} of 45`)
})

await t.test('urgent work goes first, and the rest is not starved', async t => {
  const { order, add, open } = busyGate()
  const all = [
    ...Array.from({ length: 10 }, () => add('profile')),
    ...Array.from({ length: 40 }, () => add('answer', { urgent: true }))
  ]
  await open()
  await Promise.all(all)
  t.same(order.slice(0, 10), [
    'answer',
    'answer',
    'answer',
    'answer',
    'profile',
    'answer',
    'answer',
    'answer',
    'answer',
    'profile'
  ])
})

await t.test(
  'a lane that was idle has no time saved up, and none of its own debt forgiven while others wait',
  async t => {
    const { order, add, open } = busyGate()
    const early = [...Array.from({ length: 50 }, () => add('a'))]
    await open()
    await early[0]
    const late = Array.from({ length: 20 }, () => add('b'))
    await Promise.all([...early, ...late])
    const run = /b{3}/.test(order.map(key => key).join(''))
    t.notOk(run, 'the newcomer has every second turn, not all')
  }
)

await t.test('bounds: of a lane, of all, urgent ones by themselves', async t => {
  const { gate, open } = busyGate({ waitingMax: 3 })
  const waiting = [gate.run(async () => 1, { lane: lane('a', 2) }), gate.run(async () => 2, { lane: lane('a', 2) })]
  await t.rejects(gate.run(async () => 3, { lane: lane('a', 2) }), { message: 'lane-full' })
  waiting.push(gate.run(async () => 4, { lane: lane('b') }))
  await t.rejects(gate.run(async () => 5, { lane: lane('c') }), { message: 'full' })
  waiting.push(gate.run(async () => 6, { lane: lane('c'), urgent: true }))
  await open()
  t.same(await Promise.all(waiting), [1, 2, 4, 6])
  t.same(gate.stats, { waiting: 0, running: 0, refused: { full: 1, 'lane-full': 1, late: 0 } })
  t.equal(await gate.run(async () => 7, { lane: lane('a', 2) }), 7, 'it lets in again')
})

await t.test('work that waits past its deadline is refused, also while the gate never opens', async t => {
  let ran = false
  const gate = new FairGate({ atOnce: 1, waitingMax: 10, refuse })
  let open = (): void => {}
  const inside = gate.run(() => new Promise<void>(resolve => { open = resolve }), { lane: lane('inside') })
  // The gate's timer does not keep the process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  await t.rejects(
    gate.run(
      async () => {
        ran = true
      },
      { lane: lane('a'), untilMs: performance.now() + 10 }
    ),
    { message: 'late' }
  )
  open()
  await inside
  await turn()
  t.notOk(ran)
})

await t.test('work that fails, or throws at once, leaves its place free and fails its caller only', async t => {
  const gate = new FairGate({ atOnce: 1, waitingMax: 10, refuse })
  await t.rejects(gate.run(async () => { throw new Error('no') }, { lane: SYSTEM_LANE }), { message: 'no' })
  await t.rejects(gate.run(() => { throw new Error('at once') }, { lane: SYSTEM_LANE }), { message: 'at once' })
  t.equal(await gate.run(async () => 1, { lane: SYSTEM_LANE }), 1)
})

await t.test('a long row of work that never waits for I/O lets I/O in between', async t => {
  const gate = new FairGate({ atOnce: 1, waitingMax: 1000, refuse })
  const block = async (): Promise<void> => {
    for (const untilMs = performance.now() + 2; performance.now() < untilMs;);
  }
  let turns = 0
  let isDone = false
  const count = (): void => { turns++; if (!isDone) setImmediate(count) }
  setImmediate(count)
  await Promise.all(Array.from({ length: 50 }, () => gate.run(block, { lane: SYSTEM_LANE })))
  isDone = true
  t.ok(turns >= 8, `${turns} turns of the event loop during 100 ms of work`)
})

await t.test('a lane holds through awaits; without one it is the system\'s', async t => {
  t.equal(laneNow(), SYSTEM_LANE)
  await runInLane(lane('x'), async () => {
    await turn()
    t.equal(laneNow().key, 'x')
  })
  t.equal(laneNow(), SYSTEM_LANE)
})
