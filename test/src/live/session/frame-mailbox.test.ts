import type { FastifyBaseLogger } from 'fastify'
import t from 'tap'
import type { AnalyzeJob } from '../../../../detection/workers/pool.ts'
import type { Observation } from '../../../../detection/types.ts'
import { createCounters } from '../../../../src/counters.ts'
import { FrameMailbox } from '../../../../src/live/session/frame-mailbox.ts'
import { LIMITS } from '../../../../src/limits.ts'
import type { CandidateConnection } from '../../../../src/live/session/candidate-connection.ts'
import { analysis, frameSourceOn, vector } from '../../../support/app.ts'
import { until } from '../../../support/until.ts'

/** A mailbox whose enrolled face comes from `read`, and the faces that its frames were compared with. */
function openMailbox (read: () => Promise<Float32Array | undefined>, about: Partial<Observation> = {}) {
  const clock = { ms: 1000 }
  const compared: Array<Float32Array | undefined> = []
  const reports: string[] = []
  const counters = createCounters()
  const log = {
    error: (_: object, text: string) => reports.push(text),
    warn: (_: object, text: string) => reports.push(text)
  } as unknown as FastifyBaseLogger
  const analyze = async ({ enrolled, atMs }: AnalyzeJob) => {
    compared.push(enrolled)
    return analysis(about, atMs)
  }
  const deps = {
    pool: { openFrameSource: (give: Parameters<typeof frameSourceOn>[1]) => frameSourceOn(analyze, give) },
    counters,
    limits: LIMITS,
    log,
    now: () => clock.ms,
    elapsedMs: () => clock.ms,
    flow: { add: () => {} },
    enrolledFace: read
  }
  const intake = new FrameMailbox(
    {
      userId: 'asha',
      isActive: () => true,
      isWatched: () => false,
      judge: () => {},
      showThumbnail: () => {},
      reportIncomparable: () => {
        reports.push('reported')
      }
    },
    deps
  )
  const sender: CandidateConnection = {
    language: 'en',
    received: 0,
    dropped: 0,
    send: () => true,
    refuse: () => {},
    show: () => {},
    fail: () => {},
    replace: () => {},
    end: () => {},
    reconnect: () => {}
  }
  const frame = async (atMs: number) => {
    clock.ms = atMs
    const before = counters.frames.analysed
    intake.offer(sender, { type: 'frame', bytes: Uint8Array.of(1) }, atMs)
    await until(() => counters.frames.analysed > before)
  }
  return { compared, told: reports, frame }
}

t.test('a database error does not disable identity checks: the face is read again some seconds later', async t => {
  let reads = 0
  const { compared, told: reports, frame } = openMailbox(async () => {
    if (++reads < 3) throw new Error('the database is away')
    return vector(0)
  })
  for (const atMs of [1000, 2000, 5999]) await frame(atMs)
  t.equal(reads, 1, 'not at every frame')
  await frame(6000)
  await frame(7000)
  t.same(compared, Array(5).fill(undefined), 'meanwhile the exam goes on')
  await frame(11_000)
  await frame(11_500)
  await frame(30_000)
  t.same(compared.slice(-2), [vector(0), vector(0)])
  t.equal(reads, 3, 'and not once more than needed')
  t.equal(reports.length, 2)
})

t.test('a face made by other models is reported once, and not sent to the workers again', async t => {
  const { compared, told: reports, frame } = openMailbox(async () => vector(0), { incomparable: true })
  for (const atMs of [1000, 2000, 3000]) await frame(atMs)
  t.same(compared, [vector(0), undefined, undefined])
  t.match(reports, [/other models/, 'reported'])
  t.equal(reports.length, 2)
})
