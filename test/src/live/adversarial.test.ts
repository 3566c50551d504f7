/**
 * Candidates who avoid being watched, and honest candidates with technical problems. The first group never looks well
 * watched, the second never like misconduct. docs/events.md has a table of the figures that the tests print.
 */
import t, { type Test } from 'tap'
import type { Analysis } from '../../../detection/workers/pool.ts'
import { analysis } from '../../support/app.ts'
import { connect, JPEG, room, type Candidate, type Room } from '../../support/gateway.ts'
import { CLEAR, frame, NO_FACE, type Changes } from '../../support/observation.ts'
import { until } from '../../support/until.ts'
import type { LiveSummary } from '../../../src/live/session/live-summary.ts'

const COVERED: Changes = { faces: [], quality: { ...CLEAR, blocked: true, structure: 0, brightness: 0.01 } }
const STILL: Changes = { quality: { ...CLEAR, change: 0 } }
const FRAME_MS = 500

class Case {
  readonly room: Room
  client: Candidate
  /** What the camera shows; undefined if the workers are too busy to analyze it. */
  shown: Changes | undefined = {}

  constructor (room: Room, client: Candidate) {
    this.room = room
    this.client = client
  }

  /** Sends a picture now, with `claimedMs` as its capture time. */
  async picture (claimedMs = this.room.clock.ms): Promise<void> {
    this.client.send({ type: 'frame', data: Buffer.from(JPEG).toString('base64'), capturedAt: claimedMs })
    await this.client.next(
      message =>
        message.type === 'ack' || (message.type === 'error' && message['code'] !== 'INVIGIL_ERR_SESSION_PAUSED')
    )
  }

  /** Streams for this time, two pictures a second. */
  async stream (ms: number, view: Changes | undefined = this.shown): Promise<void> {
    this.shown = view
    for (let at = 0; at < ms; at += FRAME_MS) {
      this.pass(FRAME_MS)
      await this.picture()
    }
  }

  pass (ms: number): void {
    this.room.advance(ms)
  }

  async hangUp (): Promise<void> {
    this.client.socket.terminate()
    for (let tries = 0; tries < 200 && (await this.summary()).online; tries++) {
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }

  async call (t: Test): Promise<void> {
    const { who, session, url } = this.client
    this.client = { ...await connect(t, url), who, session, url }
    await this.client.next('rate')
  }

  async summary (): Promise<LiveSummary> {
    return (await this.room.app.services.live.summary(this.client.session.id))!
  }

  async end (): Promise<LiveSummary> {
    const { live, db } = this.room.app.services
    await live.stop(this.client.session.id, this.client.who.user.id)
    const summary = await this.summary()
    const row = (await db.sessions.byId(this.client.session.id))!
    const { seenPercent, trustScore, complianceScore, riskScore } = summary
    t.same(
      [row.seenPercent, row.trustScore, row.complianceScore, row.riskScore],
      [seenPercent, trustScore, complianceScore, riskScore],
      'the row says the same'
    )
    return summary
  }
}

let theRoom: { room: Room, current: { it: Case | undefined } } | undefined

/** One server for all cases; each has a candidate of its own. */
async function begin (isConnected = true): Promise<Case> {
  if (theRoom === undefined) {
    const current: { it: Case | undefined } = { it: undefined }
    const analyze = async (job: { readonly atMs: number }): Promise<Analysis> => {
      const { DetectionError } = await import('../../../detection/errors.ts')
      const view = current.it?.shown
      if (view === undefined) throw new DetectionError('INVIGIL_ERR_FRAME_STALE', 'too late')
      return { ...analysis({}, job.atMs), observation: frame(job.atMs, view) }
    }
    theRoom = { room: await room(t, { pool: { analyze }, live: { limits: { silentMs: 1_000_000_000 } } }), current }
  }
  const { room: r, current } = theRoom
  const client = await r.candidate()
  const it = new Case(r, client)
  current.it = it
  if (!isConnected) {
    // A session whose candidate never connects; the person above only provides an account.
    await r.app.services.live.stop(client.session.id, client.who.user.id)
    const { session } = await r.app.services.db.sessions.open({ userId: client.who.user.id, atMs: r.clock.ms })
    await r.app.services.live.start(session)
    it.client = { ...client, session }
  }
  return it
}

function print (
  t: Test,
  { seenPercent, trustScore, complianceScore, riskScore, counts, unseenMsByCause }: LiveSummary
): void {
  const causes = Object.entries(unseenMsByCause)
    .map(([cause, ms]) => `${cause} ${Math.round(ms / 1000)} s`)
    .join(', ')
  t.comment(
    `seen ${seenPercent} %, risk ${riskScore}, trust ${trustScore}, compliance ${complianceScore}; ${JSON.stringify(counts)}; ${causes}`
  )
}

/** Trust and compliance are null, and the gaps are reported. */
function notWatched (t: Test, summary: LiveSummary, seenBelow: number): void {
  print(t, summary)
  t.match(summary, { trustScore: null, complianceScore: null })
  t.ok(summary.seenPercent! < seenBelow, `${summary.seenPercent} % seen`)
  t.ok((summary.counts['watch_gap'] ?? 0) > 0)
}

/** No event scores. */
function honest (t: Test, summary: LiveSummary, cause: string): void {
  print(t, summary)
  t.match(summary, { riskScore: 0 })
  t.notOk(Object.keys(summary.counts).some(kind => ['face_missing', 'spoof_suspected', 'tab_switch'].includes(kind)))
  t.ok(summary.unseenMsByCause[cause]! > 0, `told as ${cause}`)
}

t.test('never connects', async t => {
  const it = await begin(false)
  it.pass(60_000)
  const open = await it.summary()
  t.match(open, { seenPercent: 0, trustScore: null, counts: { watch_gap: 1, never_watched: 1 } }, 'while it lasts')
  t.ok(open.unseenMs >= 60_000)
  const summary = await it.end()
  notWatched(t, summary, 0.1)
  t.ok(summary.unseenMsByCause['never_connected']! >= 59_000)
})

t.test('connects again every 4 s, without a picture', async t => {
  const it = await begin()
  for (let round = 0; round < 10; round++) {
    it.pass(4_000)
    await it.hangUp()
    await it.call(t)
  }
  const summary = await it.end()
  notWatched(t, summary, 1)
  t.equal(summary.counts['watch_gap'], 1, 'one gap over all connections')
  t.equal(summary.counts['never_watched'], 1)
})

t.test('one picture, then hangs up and answers over REST', async t => {
  const it = await begin()
  await it.stream(1_000, {})
  await it.hangUp()
  it.pass(30_000)
  notWatched(t, await it.end(), 10)
})

t.test('one good picture every 4.7 s', async t => {
  const it = await begin()
  for (let round = 0; round < 15; round++) {
    it.pass(4_700)
    await it.picture()
  }
  notWatched(t, await it.end(), 10)
})

t.test('three seconds of pictures, five without', async t => {
  const it = await begin()
  for (let round = 0; round < 10; round++) {
    await it.stream(3_500, {})
    it.pass(5_000)
  }
  notWatched(t, await it.end(), 50)
})

t.test('an empty chair, with pauses in a rhythm', async t => {
  const it = await begin()
  const { live } = it.room.app.services
  const { id } = it.client.who.user
  for (let round = 0; round < 12; round++) {
    await it.stream(2_000, NO_FACE)
    await live.pause(it.client.session.id, id)
    it.pass(2_000)
    await live.resume(it.client.session.id, id)
  }
  const summary = await it.end()
  print(t, summary)
  t.ok(summary.counts['face_missing']! >= 3, JSON.stringify(summary.counts))
  t.equal(summary.counts['paused'], 12, 'each pause is an event')
  t.ok(summary.riskScore >= 6)
})

t.test('pauses in a rhythm, without pictures', async t => {
  const it = await begin()
  const { live } = it.room.app.services
  const { id } = it.client.who.user
  for (let round = 0; round < 12; round++) {
    it.pass(2_000)
    await live.pause(it.client.session.id, id)
    it.pass(1_000)
    await live.resume(it.client.session.id, id)
  }
  notWatched(t, await it.end(), 1)
})

t.test('compressed times: 8.5 s of an empty chair are claimed to be one', async t => {
  const it = await begin()
  const startMs = it.room.clock.ms
  let claimedMs = startMs
  for (let round = 0; round < 4; round++) {
    it.shown = NO_FACE
    for (let at = 0; at < 17; at++) {
      it.pass(FRAME_MS)
      claimedMs += 50
      await it.picture(claimedMs)
    }
    it.shown = {}
    for (let at = 0; at < 2; at++) {
      it.pass(FRAME_MS)
      claimedMs = it.room.clock.ms
      await it.picture(claimedMs)
    }
  }
  const summary = await it.end()
  print(t, summary)
  t.equal(summary.counts['face_missing'], 4)
  t.ok(summary.riskScore >= 8)
  t.ok(summary.complianceScore! < 30, `${summary.complianceScore}`)
})

t.test('reports the camera as off while it streams an empty chair', async t => {
  const it = await begin()
  await it.stream(2_000, {})
  it.client.send({ type: 'event', event: 'camera_off', detail: { phase: 'start' } })
  await it.client.log('camera_off', 'start')
  await it.stream(25_000, NO_FACE)
  const summary = await it.end()
  print(t, summary)
  t.ok(summary.complianceScore! < 20, `${summary.complianceScore}`)
  t.ok(summary.counts['face_missing']! >= 1)
})

t.test('an empty chair behind one still picture', async t => {
  const it = await begin()
  await it.stream(5_000, {})
  await it.stream(60_000, STILL)
  const summary = await it.end()
  notWatched(t, summary, 20)
  t.ok(summary.unseenMsByCause['frozen']! > 50_000)
})

t.test('a covered camera', async t => {
  const it = await begin()
  await it.stream(10_000, {})
  await it.stream(30_000, COVERED)
  notWatched(t, await it.end(), 40)
})

t.test('honest: is seen all the time', async t => {
  const it = await begin()
  await it.stream(60_000, {})
  const summary = await it.end()
  print(t, summary)
  t.match(summary, { seenPercent: 100, trustScore: 100, complianceScore: 100, riskScore: 0, counts: {} })
})

t.test('honest: six line breaks in ten minutes', async t => {
  const it = await begin()
  for (let round = 0; round < 6; round++) {
    await it.stream(80_000, {})
    await it.hangUp()
    it.pass(8_000)
    await it.call(t)
  }
  await it.stream(40_000, {})
  const summary = await it.end()
  honest(t, summary, 'line_lost')
  t.ok(summary.seenPercent! > 88, `${summary.seenPercent}`)
  t.match(summary, { trustScore: 100, complianceScore: 100 })
})

t.test('honest: a laptop asleep for 45 s', async t => {
  const it = await begin()
  await it.stream(240_000, {})
  await it.hangUp()
  it.pass(45_000)
  await it.call(t)
  await it.stream(60_000, {})
  const summary = await it.end()
  honest(t, summary, 'line_lost')
  t.match(summary, { trustScore: 100, complianceScore: 100 })
  t.equal(summary.counts['watch_gap'], 1)
})

t.test('honest: a slow server', async t => {
  const it = await begin()
  await it.stream(30_000, {})
  it.shown = undefined
  for (let at = 0; at < 60; at++) {
    it.pass(FRAME_MS)
    it.client.send({ type: 'frame', data: Buffer.from(JPEG).toString('base64') })
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  await it.stream(10_000, {})
  const summary = await it.end()
  honest(t, summary, 'overloaded')
  t.ok(summary.unseenMsByCause['overloaded']! > 20_000, 'ours, and told as such')
})

t.test('a camera that is turned off while the server has no time: the gap is told with its cause now', async t => {
  const it = await begin()
  const { frames } = it.room.app.services.live.counters
  const isTold = async (wanted: Partial<LiveSummary>) => t.match(await it.summary(), wanted)
  await it.stream(30_000, {})
  await isTold({ unseenMs: 0, unseenCause: null })
  it.shown = undefined
  for (let at = 0; at < 40; at++) {
    it.pass(FRAME_MS)
    const before = frames.dropped.late
    it.client.send({ type: 'frame', data: Buffer.from(JPEG).toString('base64') })
    await until(() => frames.dropped.late > before)
  }
  await isTold({
    unseenMs: 20_000,
    unseenCause: 'overloaded',
    gaps: [{ cause: 'overloaded', endedAtMs: null, startedAtMs: it.room.clock.ms - 20_000, causesMs: {} }]
  })
  it.client.send({ type: 'event', event: 'camera_off', detail: { phase: 'start' } })
  await it.client.log('camera_off', 'start')
  it.pass(2_000)
  await isTold({ unseenMs: 22_000, unseenCause: 'overloaded' })
  it.pass(2_000)
  await isTold({ unseenMs: 24_000, unseenCause: 'camera_off' })
  t.equal((await it.summary()).gaps.at(-1)!.cause, 'overloaded', 'which is what it began with')
  await it.stream(2_000, {})
  await isTold({ unseenMs: 26_000, unseenCause: 'overloaded' })
  await it.stream(4_000, {})
  await isTold({ unseenMs: 0, unseenCause: null })
  await it.end()
})

t.test('honest: a camera that breaks', async t => {
  const it = await begin()
  await it.stream(30_000, {})
  it.client.send({ type: 'event', event: 'camera_off', detail: { phase: 'start' } })
  await it.client.log('camera_off', 'start')
  it.pass(60_000)
  const summary = await it.end()
  honest(t, summary, 'camera_off')
  t.match(summary, { trustScore: null, complianceScore: null })
})

t.test('honest: the server restarts in a pause', async t => {
  const it = await begin()
  const { live, db } = it.room.app.services
  await it.stream(10_000, {})
  await live.pause(it.client.session.id, 'system')
  // Another server loads the session from the database alone.
  const second = await room(t, { db, live: { limits: { silentMs: 1_000_000_000 } } })
  second.clock.ms = it.room.clock.ms + 5_000
  await second.app.services.live.resume(it.client.session.id, 'system')
  second.advance(20_000)
  const summary = (await second.app.services.live.summary(it.client.session.id))!
  print(t, summary)
  t.notOk('never_watched' in summary.counts)
  t.same(Object.keys(summary.unseenMsByCause), ['restart'])
})
