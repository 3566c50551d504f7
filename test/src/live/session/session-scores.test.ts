import t from 'tap'
import type { EventRow } from '../../../../db/index.ts'
import { DEFAULT_POLICY } from '../../../../detection/events/policy.ts'
import { SessionScores } from '../../../../src/live/session/session-scores.ts'

function row (incident: number, about: Partial<EventRow> = {}): EventRow {
  return {
    id: String(incident),
    sessionId: 's',
    userId: 'u',
    kind: 'x_chat',
    phase: 'instant',
    incident,
    atMs: 0,
    durationMs: null,
    class: 'integrity',
    severity: 'low',
    weight: 1,
    detail: { source: 'page' },
    createdAtMs: 0,
    ...about
  }
}

const create = (): SessionScores => new SessionScores({ id: 's', startedAtMs: 0, pauses: [], rows: [] }, DEFAULT_POLICY)
const bounds = { ownKindsMax: 2, ownEventsMax: 3 }
const pageReports = (...kinds: readonly string[]) => kinds.map(kind => ({ kind, detail: { source: 'page' } }))

t.test('level and counts include all events', async t => {
  const tally = create()
  for (let incident = 1; incident <= 12; incident++) {
    tally.add(row(incident, { weight: incident % 3 === 0 ? 2.1 : 0.7, phase: 'start' }))
    tally.add(row(incident, { weight: 0, phase: 'end', atMs: 10 }))
    tally.add(row(100 + incident, { class: 'information', weight: 5, kind: 'voice' }))
    t.equal(tally.riskLevel, tally.scores(1000).riskLevel, `${incident}`)
  }
  t.match(tally.scores(1000), { riskScore: 14, eventCount: 24 })
  const counts = tally.counts
  tally.add(row(200))
  t.same(
    [counts, tally.counts],
    [
      { x_chat: 12, voice: 12 },
      { x_chat: 13, voice: 12 }
    ],
    'what was given stays as it was'
  )
  tally.clear()
  t.match([tally.riskLevel, tally.counts, tally.scores(1000)], ['Low', {}, { riskScore: 0, eventCount: 0 }])
})

t.test('the quota limits a page\'s custom kinds and their events', async t => {
  const tally = create()
  t.notOk(tally.withinQuota(pageReports('x_a', 'x_b', 'x_c'), bounds), 'kinds')
  t.notOk(tally.withinQuota(pageReports('x_a', 'x_a', 'x_a', 'x_a'), bounds), 'events')
  tally.add(row(1, { kind: 'x_a', phase: 'start' }))
  tally.add(row(1, { kind: 'x_a', phase: 'end' }))
  tally.add(row(2, { kind: 'x_b' }))
  t.ok(tally.withinQuota(pageReports('x_a'), bounds), 'an end is no other event')
  t.notOk(tally.withinQuota(pageReports('x_c'), bounds))
  tally.add(row(3, { kind: 'x_b' }))
  t.notOk(tally.withinQuota(pageReports('x_a'), bounds))
  t.ok(tally.withinQuota(pageReports('tab_switch', 'paste'), bounds), 'known kinds are for the judge')
  t.ok(
    tally.withinQuota([{ kind: 'x_c', detail: { source: 'staff' } }], bounds),
    'staff is not bound by what the page told'
  )
  tally.clear()
  t.ok(tally.withinQuota(pageReports('x_c'), bounds))
  for (let incident = 10; incident < 20; incident++) {
    tally.add(row(incident, { kind: `x_${incident}`, detail: { source: 'staff' } }))
  }
  t.ok(tally.withinQuota(pageReports('x_c', 'x_d'), bounds), 'nor the page by staff')
})

t.test('an end that sorts before its start still ends it, and no end is accepted twice', async t => {
  // As after a restart with the clock set back: rows are read in the order of their ids.
  const rows = [row(1, { phase: 'end', atMs: 20, weight: 0 }), row(1, { phase: 'start', atMs: 10 })]
  const tally = new SessionScores({ id: 's', startedAtMs: 0, pauses: [], rows }, DEFAULT_POLICY)
  t.same([tally.open(), tally.endings(30, 'restart', 30)], [[], []], 'it is not ended again with each restart')
  t.equal(tally.scores(100).complianceScore, 90)
  const open = create()
  open.add(row(2, { phase: 'start', atMs: 10 }))
  t.ok(open.accepts(row(2, { phase: 'end' })))
  t.notOk(open.accepts(row(2, { phase: 'start' })), 'nor a second start')
  open.add(row(2, { phase: 'end', atMs: 20 }))
  t.notOk(open.accepts(row(2, { phase: 'end' })))
  t.notOk(open.accepts(row(3, { phase: 'end' })), 'nor an end without a start')
})

t.test('a fork computes the effect of a change and leaves the original as it is', async t => {
  const tally = create()
  tally.add(row(1, { phase: 'start', atMs: 50 }))
  const fork = tally.fork()
  for (const end of fork.endings(60, 'stopped', 60)) fork.add(end)
  fork.changeState('active', 'paused', 80, 'staff-id')
  t.same([tally.hasOpen, fork.hasOpen, tally.pauses.length, fork.pauses.length], [true, false, 0, 1])
  t.same([tally.scores(100).complianceScore, fork.scores(100).complianceScore], [50, 87.5])
})
