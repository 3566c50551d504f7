import t from 'tap'
import { accuracyPage } from '../../bench/accuracy-page.ts'
import type { SessionResult } from '../../bench/sessions/tally.ts'

const session = (name: string, set: SessionResult['set'], about: Partial<SessionResult> = {}): SessionResult => ({
  name,
  set,
  durationMs: 1_800_000,
  frames: 3600,
  honest: 3,
  found: [],
  missed: [],
  repeated: 0,
  falseIncidents: [],
  unexplained: [],
  ...about
})

t.test('the page has the figures, the faults and the list of what was not measured', async t => {
  const phone = { kind: 'phone', expect: 'must', startMs: 10_000, endMs: 18_000, what: 'holds a telephone' } as const
  const page = accuracyPage({
    machine: { cpu: 'x', cores: 2, memoryGb: 8, node: 'v20.0.0', date: '2026-01-02' },
    detectors: {
      score: { 'one face': '80/80' },
      landmarks: { pictures: 57, unmatched: 1, medianPercent: 0.5, p95Percent: 1.5, irisMedianPercent: 0.4 },
      identity: { pictures: 194, genuine: 700, impostor: 18_000, fnmrAtFmr1e2: 0.009, fnmrAtFmr1e3: 0.03 },
      right: 80,
      of: 80
    },
    results: [
      session('one', 'develop', { found: [{ truth: phone, delayMs: 2000 }] }),
      session('two', 'held out', {
        missed: [phone],
        falseIncidents: [{ kind: 'looking_away', atMs: 5000, raisedMs: 8000, endMs: 9000 }],
        unexplained: [{ kind: 'hand_detected', atMs: 0, raisedMs: 1, endMs: 2 }]
      }),
      session('three', 'fresh', { durationMs: 900_000, found: [{ truth: phone, delayMs: 4000 }] }),
      session('four', 'seats', { durationMs: 900_000, found: [{ truth: phone, delayMs: 3000 }] }),
      session('five', 'new people', {
        durationMs: 900_000,
        groups: ['elderly'],
        found: [{ truth: { ...phone, kind: 'face_missing' }, delayMs: 2500 }],
        falseIncidents: [{ kind: 'eyes_closed', atMs: 5000, raisedMs: 8000, endMs: 9000 }]
      })
    ],
    portraits: [
      { group: 'all', pictures: 20, missed: 0, closed: 2, light: 0, lifeless: 3, judged: 20 },
      { group: 'glasses', pictures: 10, missed: 0, closed: 2, light: 0, lifeless: 3, judged: 10 },
      { group: 'beard', pictures: 10, missed: 0, closed: 0, light: 0, lifeless: 0, judged: 10 },
      { group: 'hat', pictures: 2, missed: 0, closed: 2, light: 0, lifeless: 0, judged: 2 }
    ],
    groups: [{ group: 'with glasses', pictures: 7, missed: 1, extra: 0, gazeWrong: 0, eyesWrong: 2, mouthWrong: 0 }]
  })
  t.match(page, /on 2026-01-02 \(2 cores, Node v20\.0\.0\)/)
  t.match(page, '| one face | 80/80 |')
  t.match(page, '| develop | 1 | 0.50 | 1 of 1 | 100 % | 0 | 0 | 0.00 | 6.0 | 3 | 2.0 s | 2.0 s |')
  t.match(page, '| held out | 1 | 0.50 | 0 of 1 | 0 % | 0 | 1 | 2.00 | 9.5 | 3 | – | – |')
  t.match(page, '| `phone` | 3 of 4 | 30–95 % | 3.0 s | 4.0 s |')
  t.match(page, '| glasses | 10 | 0 of 10 (0–28 %) | 2 of 10 (6–51 %) | 0 of 10 (0–28 %) | 3 of 10 (11–60 %) |')
  t.match(page, 'the largest gap is 20 %, between glasses and beard')
  t.match(page, '| elderly | 1 | 0.25 | 1 | 19.0 |')
  t.match(page, 'missed `phone` at 10.0–18.0 s (holds a telephone); false `looking_away` at 5.0–9.0 s')
  t.match(page, '| fresh | 1 | 0.25 | 1 of 1 | 100 % | 0 | 0 | 0.00 | 12.0 | 3 | 4.0 s | 4.0 s |')
  t.match(page, '| seats | 1 | 0.25 | 1 of 1 | 100 % | 0 | 0 | 0.00 | 12.0 | 3 | 3.0 s | 3.0 s |')
  t.match(page, '| with glasses | 7 | 1 (14.3 %) | 0 | 0 | 2 (28.6 %) | 0 |')
  t.match(page, '## Not measured')
  t.notMatch(page, /NaN|undefined/)
})
