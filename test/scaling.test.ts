import t from 'tap'
import { CONSTANTS, costOf, limitsOf, resourceNeed, type Constants } from '../scripts/scaling.ts'

/** The constants with some of them replaced. */
function having (
  measured: Partial<Record<keyof Constants['measured'], number>>,
  assumed: Partial<Record<keyof Constants['assumed'], number>> = {}
): Constants {
  const replace = <T extends Readonly<Record<string, { readonly value: number }>>>(
    all: T,
    by: Readonly<Record<string, number | undefined>>
  ): T =>
      Object.fromEntries(
        Object.entries(all).map(([name, constant]) => [name, { ...constant, value: by[name] ?? constant.value }])
      ) as unknown as T
  return { measured: replace(CONSTANTS.measured, measured), assumed: replace(CONSTANTS.assumed, assumed) }
}

const PLAIN = having(
  {
    pictureMs: 9,
    soundMs: 0,
    mainMs: 0.5,
    idleMs: 1,
    jpegKb: 30,
    videoKbps: 20,
    connectionKb: 1024,
    gatewayMb: 1024,
    workerMb: 0,
    databaseRows: 100,
    databaseUpdates: 100
  },
  { fps: 2, loadMax: 0.5, rowsAnHour: 36, updatesAnHour: 0, reportsAnHour: 0, machineCores: 4 }
)

t.test('one candidate costs its frames, its sound and its rows', async t => {
  const { workerMs, mainMs, pictureKb, videoKb, rows, redisMessages } = costOf(PLAIN)
  t.same({ workerMs, mainMs, pictureKb, videoKb }, { workerMs: 18, mainMs: 2, pictureKb: 92, videoKb: 52 })
  t.equal(rows, 0.01)
  t.equal(redisMessages, 0.51)
})

t.test('a thousand candidates need a thousand times the resources of one, in whole gateways', async t => {
  const need = resourceNeed(PLAIN, 1000)
  t.equal(need.cores, 40, '20 ms a second each, half of each core used')
  t.equal(need.gateways, 10)
  t.equal(need.picturesMbit, 736)
  t.equal(need.videoMbit, 416)
  t.equal(need.rows, 10)
  t.equal(need.databaseShare, 0.1)
  t.equal(need.memoryGbAGateway, 1 + 100 / 1024)
  t.equal(Math.round(need.redisMessages), Math.round(1000 * 0.51 * 0.9 + 50))
})

t.test('a single gateway needs no Redis', async t => {
  const { gateways, redisMessages, redisMb, redisShare } = resourceNeed(PLAIN, 100)
  t.same({ gateways, redisMessages, redisMb, redisShare }, { gateways: 1, redisMessages: 0, redisMb: 0, redisShare: 0 })
})

t.test('limits are sorted by candidates, and at each limit the allowed share of the resource is used', async t => {
  const limits = limitsOf(PLAIN)
  t.same(limits, [...limits].sort((a, b) => a.candidates - b.candidates))
  const at = (what: string) => limits.find(limit => limit.what === what)?.candidates
  t.equal(at('processors'), 100, '4 cores, half used, 20 ms')
  t.equal(at('main thread'), 250)
  t.equal(at('one MySQL'), 5000)
  const carried = at('one Redis') ?? 0
  t.ok(
    resourceNeed(PLAIN, carried).redisShare <= 0.5 && resourceNeed(PLAIN, carried * 1.05).redisShare > 0.5,
    String(carried)
  )
})

t.test('every constant has a source or a meaning', async t => {
  for (const [name, { value, from }] of Object.entries(CONSTANTS.measured)) t.ok(value > 0 && from.length > 10, name)
  for (const [name, { value, meaning }] of Object.entries(CONSTANTS.assumed)) {
    t.ok(value > 0 && meaning.length > 10, name)
  }
})
