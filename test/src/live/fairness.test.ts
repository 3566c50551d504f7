import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import { FrameScheduler } from '../../../detection/workers/frame-scheduler.ts'
import { createCounters } from '../../../src/counters.ts'
import { FrameMailbox } from '../../../src/live/session/frame-mailbox.ts'
import { LIMITS } from '../../../src/limits.ts'
import { FlowControl, rateOf } from '../../../src/live/load/flow-control.ts'
import type { CandidateConnection } from '../../../src/live/session/candidate-connection.ts'
import { analysis } from '../../support/app.ts'
import { JPEG } from '../../support/gateway.ts'

/** A clock that the test advances; due timers run in order without waiting. */
class VirtualTime {
  nowMs = 0
  #due: Array<{ readonly atMs: number, readonly run: () => void }> = []

  after (ms: number, run: () => void): void {
    const atMs = this.nowMs + ms
    const at = this.#due.findLastIndex(due => due.atMs <= atMs)
    this.#due.splice(at + 1, 0, { atMs, run })
  }

  runUntil (atMs: number): void {
    while (this.#due.length > 0 && this.#due[0]!.atMs <= atMs) {
      const next = this.#due.shift()!
      this.nowMs = next.atMs
      next.run()
    }
    this.nowMs = atMs
  }
}

/** Workers that need a fixed time for each frame and queue a second one, as in the pool. */
function fakePool (time: VirtualTime, { workers, frameMs }: { readonly workers: number, readonly frameMs: number }) {
  const agesMs: number[] = []
  let busyMs = 0
  const workerSlots = Array.from({ length: workers }, () => ({ jobs: 0, freeAtMs: 0 }))
  const scheduler = new FrameScheduler(dispatch)
  function dispatch (): void {
    for (;;) {
      const slot = workerSlots.filter(({ jobs }) => jobs < 2).toSorted((a, b) => a.jobs - b.jobs)[0]
      const scheduled = slot === undefined ? undefined : scheduler.next(() => true)
      if (slot === undefined || scheduled === undefined) return
      const { job, end } = scheduled
      const beganMs = Math.max(time.nowMs, slot.freeAtMs)
      const isStale = beganMs > job.beginByMs
      slot.jobs++
      slot.freeAtMs = beganMs + (isStale ? 0 : frameMs)
      time.after(slot.freeAtMs - time.nowMs, () => {
        slot.jobs--
        if (isStale) job.failed(new DetectionError('INVIGIL_ERR_FRAME_STALE', 'too old'))
        else {
          busyMs += frameMs
          agesMs.push(beganMs - job.arrivedMs)
          job.done({ ...analysis({}, job.atMs), ageMs: beganMs - job.arrivedMs })
        }
        end(isStale ? 0 : frameMs)
        dispatch()
      })
    }
  }
  return {
    openFrameSource: scheduler.open.bind(scheduler),
    agesMs,
    waiting: () => scheduler.waiting,
    takeBusyMs: () => {
      const ms = busyMs
      busyMs = 0
      return ms
    }
  }
}

interface Candidate {
  readonly intake: FrameMailbox
  readonly sender: CandidateConnection
  fps: number
  analysed: number
}

/** Candidates that send at different rates and from different moments on, to workers that may be too slow. */
function exam (fpsOf: readonly number[], workers: { readonly workers: number, readonly frameMs: number }) {
  const time = new VirtualTime()
  const pool = fakePool(time, workers)
  const counters = createCounters()
  const flow = new FlowControl()
  const errors: unknown[] = []
  const log = { error: (error: unknown) => { errors.push(error) }, warn: () => {} }
  const deps = {
    pool,
    counters,
    flow,
    limits: LIMITS,
    log,
    now: () => Math.round(time.nowMs),
    elapsedMs: () => time.nowMs
  }
  const candidates = fpsOf.map((fps, index): Candidate => {
    const sender: CandidateConnection = {
      language: 'en',
      received: 0,
      dropped: 0,
      send: () => true,
      refuse: () => {},
      show: () => {},
      fail: error => errors.push(error),
      replace: () => {},
      end: () => {},
      reconnect: () => {}
    }
    const candidate: Candidate = {
      sender,
      fps,
      analysed: 0,
      intake: new FrameMailbox(
        {
          userId: String(index),
          isActive: () => true,
          isWatched: () => false,
          judge: input => {
            if (!('type' in input)) candidate.analysed++
          },
          showThumbnail: () => {},
          reportIncomparable: () => {}
        },
        deps
      )
    }
    const send = (): void => {
      candidate.intake.offer(sender, { type: 'frame', bytes: JPEG })
      // The frame rate of a camera varies a little.
      time.after(1000 / candidate.fps * (0.95 + 0.1 * (index * 0.618 + time.nowMs * 0.001) % 0.1), send)
    }
    time.after((index * 0.618 % 1) * 1000 / fps, send)
    return candidate
  })
  return { time, pool, counters, flow, candidates, errors }
}

/** Jain's index: 1 if all are equal, 1 / n if one has everything. */
function jain (values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0)
  return sum * sum / (values.length * values.reduce((total, value) => total + value * value, 0))
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0)

/** Checks that hold under any load: ages, memory, and that every frame is analyzed or dropped exactly once. */
function checkBounds (
  t: Pick<typeof import('tap').default, 'ok' | 'equal' | 'same'>,
  { pool, counters: { frames }, candidates, errors }: ReturnType<typeof exam>
): void {
  t.ok(
    Math.max(...pool.agesMs) <= LIMITS.frameAgeMsMax,
    `the oldest was ${Math.round(Math.max(...pool.agesMs))} ms old`
  )
  t.ok(
    candidates.every(({ intake }) => intake.pending <= 2),
    'two frames of each in memory at most'
  )
  t.ok(pool.waiting() <= candidates.length)
  const pending = sum(candidates.map(({ intake }) => intake.pending))
  t.equal(
    frames.received,
    frames.analysed + sum(Object.values(frames.dropped)) + pending,
    'received = analysed + dropped + under way'
  )
  t.equal(frames.received, sum(candidates.map(({ sender }) => sender.received)))
  t.equal(frames.analysed, sum(candidates.map(({ analysed }) => analysed)))
  t.equal(
    sum(Object.values(frames.dropped)),
    sum(candidates.map(({ sender }) => sender.dropped)),
    'and every sender learned of its own'
  )
  t.same(errors, [])
}

t.test('at three times the capacity equal candidates get equal shares, no frame is late, and every drop is counted', t => {
  const run = exam(Array(30).fill(5), { workers: 2, frameMs: 40 })
  run.time.runUntil(60_000)
  const shares = run.candidates.map(({ analysed }) => analysed)
  t.ok(jain(shares) >= 0.95, `Jain ${jain(shares).toFixed(4)}, ${Math.min(...shares)} to ${Math.max(...shares)} frames`)
  t.ok(sum(shares) > 0.97 * 60 * 50, 'the workers are never idle')
  checkBounds(t, run)
  t.end()
})

t.test('at three times the capacity candidates who send little lose no frame, and the others get equal shares', t => {
  const fps = Array.from({ length: 30 }, (_, index) => [0.8, 4, 10.5][index % 3]!)
  const run = exam(fps, { workers: 2, frameMs: 40 })
  run.time.runUntil(60_000)
  const of = (wanted: number): number[] =>
    run.candidates.filter(({ fps }) => fps === wanted).map(({ analysed }) => analysed)
  for (const candidate of run.candidates.filter(({ fps }) => fps === 0.8)) {
    t.ok(
      candidate.analysed >= 0.95 * candidate.sender.received,
      `${candidate.analysed} of ${candidate.sender.received}`
    )
  }
  const fast = [...of(4), ...of(10.5)]
  t.ok(jain(fast) >= 0.95, `Jain ${jain(fast).toFixed(4)}, ${Math.min(...fast)} to ${Math.max(...fast)} frames`)
  t.ok(run.counters.frames.dropped.replaced > 0)
  checkBounds(t, run)
  t.end()
})

t.test('when no frame is served within half a second, late frames are counted and the shares stay equal', t => {
  const run = exam(Array(150).fill(1), { workers: 2, frameMs: 40 })
  run.time.runUntil(120_000)
  const shares = run.candidates.map(({ analysed }) => analysed)
  t.ok(jain(shares) >= 0.95, `Jain ${jain(shares).toFixed(4)}, ${Math.min(...shares)} to ${Math.max(...shares)} frames`)
  t.ok(run.counters.frames.dropped.late > 0)
  checkBounds(t, run)
  t.end()
})

t.test('candidates that follow the rate soon send as much as the workers can analyze', t => {
  const run = exam(Array(160).fill(2), { workers: 2, frameMs: 15 })
  const { time, flow, candidates, counters: { frames }, pool } = run
  const sample = (): void => {
    flow.adjust()
    candidates.forEach((candidate, index) => { candidate.fps = rateOf('normal', flow.scale, index * 0.618 % 1).fps })
    time.after(1000, sample)
  }
  time.after(1000, sample)
  time.runUntil(60_000)
  const before = { received: frames.received, analysed: frames.analysed }
  pool.takeBusyMs()
  pool.agesMs.length = 0
  time.runUntil(240_000)
  const received = frames.received - before.received
  const share = (frames.analysed - before.analysed) / received
  t.ok(share > 0.95, `${(share * 100).toFixed(1)} % of the sent frames are analyzed`)
  const busy = pool.takeBusyMs() / (2 * 180_000)
  t.ok(busy > 0.85, `and the workers are busy for ${(busy * 100).toFixed(0)} % of the time`)
  checkBounds(t, run)
  const [median, slow] = [0.5, 0.9].map(
    part => pool.agesMs.toSorted((a, b) => a - b)[Math.floor(pool.agesMs.length * part)]!
  )
  t.ok(median! <= 100, `age p50 ${median!.toFixed(0)} ms, p90 ${slow!.toFixed(0)} ms`)
  t.end()
})
