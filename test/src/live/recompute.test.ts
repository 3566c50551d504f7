import t from 'tap'
import type { EventRow } from '../../../db/index.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { RULES } from '../../../detection/events/rules.ts'
import { SessionScores } from '../../../src/live/session/session-scores.ts'
import { recompute, wrongScores } from '../../support/recompute.ts'

const session = { id: 's', startedAtMs: 0, endedAtMs: 100_000 }

function row (incident: number, phase: string, atMs: number, about: Partial<EventRow> = {}): EventRow {
  return {
    id: `${incident}-${phase === 'end' ? 2 : 1}`,
    sessionId: 's',
    userId: 'u',
    kind: 'phone',
    phase,
    incident,
    atMs,
    durationMs: null,
    class: 'integrity',
    severity: 'high',
    weight: phase === 'end' ? 0 : 4,
    detail: {},
    createdAtMs: atMs,
    ...about
  }
}

t.test('scores follow from the rows as docs/events.md says', async t => {
  const events = [
    row(1, 'start', 10_000), row(1, 'end', 20_000), row(2, 'start', 15_000), row(2, 'end', 30_000),
    row(3, 'instant', 40_000, { weight: 2 }),
    row(4, 'start', 90_000, { kind: 'no_frames', class: 'technical', weight: 0 }),
    row(4, 'end', 100_000, { kind: 'no_frames', class: 'technical' }),
    row(5, 'instant', 50_000, { kind: 'hand_detected', class: 'information', weight: 9 })
  ]
  const right = recompute({ session, pauses: [{ startedAtMs: 60_000, endedAtMs: 70_000 }], events })
  // 100 s, less 10 s of pause and 10 s unseen; 20 s of the 80 s with an integrity event.
  t.same(right, { riskScore: 10, trustScore: 50, complianceScore: 75, seenPercent: 100, eventCount: 5, problems: [] })
  t.same(wrongScores({ ...right, riskScore: 6 }, right), ['riskScore is 6, should be 10'])
  t.same(wrongScores(right, right), [])
  t.match(recompute({ session, pauses: [], events: [] }), {
    riskScore: 0,
    trustScore: 100,
    complianceScore: 100,
    eventCount: 0
  })
})

t.test('what rows must not hold is named', async t => {
  const problems = (
    events: readonly EventRow[],
    about: Partial<typeof session> | { readonly endedAtMs: null } = {}
  ): readonly string[] =>
    recompute({ session: { ...session, ...about }, pauses: [], events, untilMs: 100_000 }).problems
  t.match(problems([row(1, 'start', 1)]), [/no end in an ended session/])
  t.same(problems([row(1, 'start', 1)], { endedAtMs: null }), [])
  t.match(problems([row(1, 'start', 1), row(1, 'start', 2), row(1, 'end', 3)]), [/2 starts/])
  t.match(problems([row(1, 'start', 1), row(1, 'end', 2), row(1, 'end', 3)]), [/2 ends/])
  t.match(problems([row(1, 'start', 5), row(1, 'end', 2)]), [/ends before it starts/])
  t.match(problems([row(1, 'start', 1), row(1, 'end', 2, { id: '0' })]), [/sorts before/])
  t.match(problems([row(1, 'end', 2)]), [/without a start/])
  t.match(problems([row(1, 'instant', 1), row(1, 'instant', 1, { kind: 'paste' })]), [/several kinds/, /2 instants/])
  t.match(problems([row(1, 'instant', 100_001)]), [/1 ms after the end/])
  t.same(
    problems([row(1, 'instant', 1, { createdAtMs: 200_000, detail: { source: 'staff' } })]),
    [],
    'staff may report later'
  )
})

/** Numbers that are the same in each run (mulberry32). */
function randomNumbers (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * below)
  }
}

t.test('for any events the four figures equal an independent computation', async t => {
  const random = randomNumbers(11)
  const kinds = [
    'face_missing',
    'phone',
    'watch_gap',
    'watch_gap',
    'too_dark',
    'camera_off',
    'connection_lost',
    'hand_detected',
    'paused'
  ] as const
  for (let list = 0; list < 500; list++) {
    const endedAtMs = 1 + random(100_000)
    const events: EventRow[] = []
    for (let incident = 1, count = random(12); incident <= count; incident++) {
      const kind = kinds[random(kinds.length)]!
      const atMs = random(110_000)
      const about = { kind, class: RULES[kind].class, weight: RULES[kind].weight }
      const phase = random(5) === 0 ? 'instant' : 'start'
      events.push(row(incident, phase, atMs, about))
      if (phase === 'start' && random(4) > 0) {
        events.push(row(incident, 'end', atMs + random(40_000), { ...about, weight: 0 }))
      }
    }
    const pauses = Array.from({ length: random(3) }, (_, index) => ({
      startedAtMs: index * 30_000 + random(10_000),
      endedAtMs: index * 30_000 + 10_000 + random(20_000)
    }))
    const seenPercentMin = random(101)
    const { problems, ...right } = recompute({
      session: { id: 's', startedAtMs: 0, endedAtMs },
      pauses,
      events,
      seenPercentMin
    })
    const tally = new SessionScores(
      {
        id: 's',
        startedAtMs: 0,
        pauses: pauses.map(pause => ({ ...pause, id: 'p', sessionId: 's', by: 'u' })),
        rows: events
      },
      { ...DEFAULT_POLICY, seenPercentMin }
    )
    const { riskLevel, ...scores } = tally.scores(endedAtMs)
    if (wrongScores(scores, right).length > 0) {
      t.fail(`list ${list}: ${wrongScores(scores, right).join(', ')}`, { events, pauses, endedAtMs })
    }
  }
  t.pass('500 lists')
})
