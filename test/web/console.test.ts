import t from 'tap'
import {
  attentionOf, orderQueue, SEEN_AGAIN_MS, type Acknowledged, type AttentionInput
} from '../../web/src/proctor/logic/attention.ts'
import {
  findingsOf, incidentsOf, mainFinding, measuresOf, type Finding, type ProctorEvent
} from '../../web/src/proctor/logic/incidents.ts'
import { gridFor, step } from '../../web/src/proctor/logic/grid.ts'
import { keepPicture, pictureAt, sample, type Picture } from '../../web/src/proctor/logic/pictures.ts'
import {
  candidateAttention, foldRoom, placeOf, RECONNECT_MS, type Candidate, type RoomMessage, type SessionMessage,
  type ThreadMessage
} from '../../web/src/proctor/logic/room.ts'
import { countRooms } from '../../web/src/proctor/logic/rooms.ts'
import { nextTone, SILENT, type Tone } from '../../web/src/proctor/logic/sound-policy.ts'
import { marksOf, neighbor, stretchOf } from '../../web/src/proctor/logic/timeline.ts'

const AT = Date.UTC(2026, 11, 3, 10)

let made = 0
function event (
  kind: string,
  phase: ProctorEvent['phase'],
  seconds: number,
  more: Partial<ProctorEvent> = {}
): ProctorEvent {
  return {
    id: `id-${String(++made).padStart(4, '0')}`,
    event: kind,
    time: new Date(AT + seconds * 1000).toISOString(),
    kind,
    phase,
    incident: 1,
    class: 'integrity',
    severity: 'medium',
    weight: 2,
    ...more
  }
}

const finding = (more: Partial<Finding> = {}): Finding => ({
  id: 'f',
  kind: 'face_missing',
  text: 'No face',
  class: 'integrity',
  severity: 'medium',
  startMs: AT,
  endMs: undefined,
  weight: 2,
  detail: {},
  ...more
})

const input = (findings: readonly Finding[], more: Partial<AttentionInput> = {}): AttentionInput => ({
  findings,
  acknowledged: new Map(),
  handRaised: false,
  isAsking: false,
  isCalled: false,
  isLineLost: false,
  ...more
})

t.test('events become findings: an end closes its start, a repeated one counts once', async t => {
  const start = event('phone', 'start', 0, { severity: 'high', detail: { objectScore: 0.7 } })
  const paste = event('paste', 'instant', 2, { incident: 2 })
  const end = event('phone', 'end', 14, { detail: { frames: 28 } })
  const orphan = event('gaze', 'end', 15, { incident: 9 })
  const found = findingsOf([end, start, paste, start, orphan])
  t.match(found, [
    { id: start.id, startMs: AT, endMs: AT + 14_000, detail: { objectScore: 0.7, frames: 28 } },
    { id: paste.id, startMs: AT + 2000, endMs: AT + 2000 }
  ])
  t.equal(found.length, 2)
})

t.test('findings within five seconds are one incident, whose worst finding gives it its words', async t => {
  const at = (seconds: number, end: number | undefined, more: Partial<Finding> = {}): Finding => finding({
    id: `f${seconds}`, startMs: AT + seconds * 1000, endMs: end === undefined ? undefined : AT + end * 1000, ...more
  })
  const incidents = incidentsOf([
    at(0, 4), at(3, 20, { severity: 'high', kind: 'phone' }), at(25, 26), at(32, 33), at(60, undefined), at(600, 601)
  ])
  t.same(incidents.map(({ id, startMs, endMs }) => [id, startMs - AT, endMs === undefined ? null : endMs - AT]), [
    ['f0', 0, 26_000],
    ['f32', 32_000, 33_000],
    ['f60', 60_000, null]
  ], 'one that is open takes in all that follows')
  t.equal(mainFinding(incidents[0]!).kind, 'phone')
})

t.test('measured values are short, and those that explain nothing are left out', async t => {
  t.same(
    measuresOf(finding({
      detail: {
        enterMs: 2500,
        sightYawDegrees: 33.6,
        score: 0.71234,
        faces: 2,
        models: { a: '1' },
        limits: { faces: 2, waitMs: 800 },
        labels: ['cell phone', 'book'],
        none: null,
        direction: 'left'
      }
    })),
    [
      { name: 'enterMs', value: '2.5 s' },
      { name: 'sightYawDegrees', value: '34°' },
      { name: 'score', value: '0.71' },
      { name: 'faces', value: '2' },
      { name: 'limits', value: 'faces: 2; waitMs: 0.8 s' },
      { name: 'labels', value: 'cell phone, book' },
      { name: 'direction', value: 'left' }
    ]
  )
  const inBangla = {
    nameOf: (name: string) => `<${name}>`,
    textOf: (text: string, name: string) => name === 'why' ? undefined : text === 'left' ? 'বাঁ দিকে' : text,
    numberOf: (value: number, digits: number) => value.toLocaleString('bn', { maximumFractionDigits: digits }),
    secondsOf: (seconds: string) => `${seconds} সেকেন্ড`
  }
  t.same(
    measuresOf(finding({ detail: { enterMs: 2500, yawDegrees: -33.6, why: 'English words', direction: 'left' } }), inBangla),
    [
      { name: '<enterMs>', value: '২.৫ সেকেন্ড' },
      { name: '<yawDegrees>', value: '-৩৪°' },
      { name: '<direction>', value: 'বাঁ দিকে' }
    ]
  )
})

t.test('attention is the worst open finding by how long it lasts, and fresh ones that fade', async t => {
  const now = (findings: readonly Finding[], seconds: number, more: Partial<AttentionInput> = {}): number =>
    Math.round(attentionOf(input(findings, more), AT + seconds * 1000))
  t.equal(now([], 0), 0)
  t.equal(now([finding()], 0), 40)
  t.equal(now([finding()], 60), 80)
  t.equal(now([finding()], 180), 160)
  t.equal(now([finding()], 3600), 160, 'at most four times')
  t.equal(now([finding({ severity: 'high' }), finding({ id: 'g' })], 0), 100, 'the worst, not the sum')
  t.equal(now([finding({ class: 'coverage', severity: 'info' })], 0), 30)
  t.equal(now([finding({ class: 'information', severity: 'info' })], 60), 0)
  t.equal(now([finding({ endMs: AT })], 0), 20)
  t.equal(now([finding({ endMs: AT })], 180), 10, 'half after three minutes')
  t.equal(now([], 0, { isLineLost: true }), 30)
  t.equal(now([], 0, { handRaised: true, isAsking: true }), 200)
  t.equal(now([], 0, { isCalled: true }), 150)
})

t.test('what was seen counts again only after a minute more of the same', async t => {
  const seen = (state: Acknowledged['state']) => ({ acknowledged: new Map([['f', { state, atMs: AT + 10_000 }]]) })
  const at = (state: Acknowledged['state'], ms: number): number => attentionOf(input([finding()], seen(state)), AT + ms)
  t.equal(at('seen', 20_000), 0)
  t.equal(at('seen', 10_000 + SEEN_AGAIN_MS - 1), 0)
  t.not(at('seen', 10_000 + SEEN_AGAIN_MS), 0)
  t.not(at('flagged', 10_000 + SEEN_AGAIN_MS), 0)
  t.equal(at('not_relevant', 600_000), 0)
  t.not(attentionOf(input([finding(), finding({ id: 'new' })], seen('seen')), AT + 20_000), 0, 'something new')
})

t.test('the queue keeps its order unless the difference is over a fifth', async t => {
  const order = (before: readonly string[], scores: Record<string, number>): string[] =>
    orderQueue(before, new Map(Object.entries(scores)))
  t.same(order([], { a: 10, b: 30, c: 0, d: 20 }), ['b', 'd', 'a'])
  t.same(order(['a', 'b'], { a: 100, b: 119 }), ['a', 'b'])
  t.same(order(['a', 'b'], { a: 100, b: 121 }), ['b', 'a'])
  t.same(order(['a', 'b', 'c'], { a: 0, b: 10, c: 50 }), ['c', 'b'], 'one that is quiet leaves')
  t.same(order(['a', 'b'], { a: 100, b: 40, n: 60 }), ['a', 'n', 'b'], 'a new one comes where it belongs')
})

t.test('a timeline shows what is at least partly within its stretch', async t => {
  const stretch = stretchOf(60_000, AT, AT + 120_000)
  t.same(stretch, { fromMs: AT + 60_000, toMs: AT + 120_000 })
  t.same(stretchOf(undefined, AT, AT + 120_000).fromMs, AT)
  const marks = marksOf([
    finding({ id: 'before', endMs: AT + 30_000 }),
    finding({ id: 'over', endMs: AT + 90_000 }),
    finding({ id: 'open', startMs: AT + 105_000, class: 'technical' })
  ], [{ id: 'm', atMs: AT + 75_000, text: 'warned' }, { id: 'early', atMs: AT, text: 'begun' }], stretch)
  t.same(marks.map(({ id, lane, left, width }) => [id, lane, left, width]), [
    ['over', 'integrity', 0, 0.5],
    ['m', 'milestone', 0.25, 0],
    ['open', 'technical', 0.75, 0.25]
  ])
  const three = [0, 10, 20].map(seconds => finding({ id: String(seconds), startMs: AT + seconds * 1000 }))
  t.equal(neighbor(three, AT + 10_000, 1)?.id, '20')
  t.equal(neighbor(three, AT + 10_000, -1)?.id, '0')
  t.equal(neighbor(three, AT + 20_000, 1), undefined)
})

t.test('a strip of pictures is bounded in time and in number, and gives the picture of a moment', async t => {
  let strip: readonly Picture[] = []
  for (let second = 0; second <= 900; second++) {
    strip = keepPicture(strip, { atMs: AT + second * 1000, data: String(second) })
  }
  t.equal(strip.length, 301)
  t.equal(strip[0]!.data, '300')
  t.equal(pictureAt(strip, AT + 451_000)?.data, '450')
  t.equal(pictureAt(strip, AT)?.data, '300')
  t.same(sample(strip, AT + 400_000, AT + 410_000, 3).map(({ data }) => data), ['398', '406', '412'])
})

t.test('tones are ten seconds apart, repeated once after thirty, and end when the cause was seen', async t => {
  let state = SILENT
  const play = (causes: Record<string, Tone>, seconds: number): Tone | undefined => {
    const next = nextTone(state, new Map(Object.entries(causes)), AT + seconds * 1000)
    state = next.state
    return next.tone
  }
  t.equal(play({}, 0), undefined)
  t.equal(play({ a: 'hand' }, 0), 'hand')
  t.equal(play({ a: 'hand', b: 'serious' }, 5), undefined, 'too soon')
  t.equal(play({ a: 'hand', b: 'serious' }, 10), 'serious')
  t.equal(play({ a: 'hand', b: 'serious' }, 25), undefined)
  t.equal(play({ a: 'hand', b: 'serious' }, 30), 'hand', 'repeated')
  t.equal(play({ a: 'hand' }, 90), undefined, 'once; what was seen is silent')
  t.equal(play({ a: 'hand', b: 'serious' }, 120), 'serious', 'and is new when it comes back')
})

t.test('fifty candidates are on the wall of a laptop without scrolling, and few have large pictures', async t => {
  const tile = (count: number, width: number, height: number) => {
    const { columns, rows } = gridFor(count, width, height)
    t.ok(columns * rows >= count)
    return [Math.floor(width / columns), Math.floor(height / rows)]
  }
  const [width, height] = tile(50, 1116, 790)
  t.ok(width! >= 120 && height! >= 95, `${width} × ${height}`)
  t.same(gridFor(4, 1116, 790), { columns: 2, rows: 2 })
  t.same(gridFor(1, 1116, 790), { columns: 1, rows: 1 })
  t.same(gridFor(0, 0, 0).columns, 1)
  t.same([step(0, 'ArrowDown', 8, 50), step(49, 'ArrowDown', 8, 50), step(3, 'Home', 8, 50)], [8, 49, 0])
})

const SESSION: SessionMessage = {
  type: 'session',
  sessionId: 's',
  userId: 'u',
  name: 'Nusrat',
  examId: 'e',
  state: 'active',
  online: true,
  startedAt: new Date(AT).toISOString(),
  handRaisedAt: null,
  breakAskedAt: null,
  scores: {
    riskScore: 0, riskLevel: 'Low', trustScore: 100, complianceScore: 100, seenPercent: 100, eventCount: 0
  }
}
const question: ThreadMessage = {
  id: 'm1',
  sessionId: 's',
  direction: 'from_candidate',
  kind: 'question',
  text: 'May I?',
  by: { id: 'u', name: 'Nusrat' },
  createdAt: new Date(AT).toISOString(),
  deliveredAt: null,
  seenAt: null
}

t.test('a candidate is folded from messages: nothing is known before the first session', async t => {
  const fold = (messages: readonly RoomMessage[], nowMs = AT): Candidate | undefined =>
    messages.reduce<Candidate | undefined>((before, message) => foldRoom(before, message, nowMs), undefined)
  t.equal(fold([{ type: 'presence', sessionId: 's', online: true, at: '' }]), undefined)
  const seen = { ...question, seenAt: new Date(AT + 5).toISOString() }
  const candidate = fold([
    SESSION,
    { type: 'messages', sessionId: 's', data: [question] },
    { type: 'logs', sessionId: 's', data: [event('phone', 'start', 0, { id: 'e1', severity: 'high' })] },
    { type: 'logs', sessionId: 's', data: [event('phone', 'start', 0, { id: 'e1', severity: 'high' })] },
    { type: 'looking', sessionId: 's', by: { id: 'p', name: 'Ms Rahman' }, looking: true }
  ])!
  t.match(candidate, { events: { length: 1 }, findings: [{ id: 'e1' }] })
  t.same([...candidate.viewers], [['p', 'Ms Rahman']])
  t.equal(candidateAttention(candidate, AT), 300, 'a serious incident and a question')
  const answered = foldRoom(candidate, { type: 'messages', sessionId: 's', data: [seen] }, AT)!
  t.equal(candidateAttention(answered, AT), 100)
  t.equal(foldRoom(answered, { type: 'messages', sessionId: 's', data: [question] }, AT)!.thread[0]!.seenAt, seen.seenAt,
    'a time that was set stays')
  const acknowledged = foldRoom(answered, {
    type: 'acknowledgements',
    sessionId: 's',
    data: [{ eventId: 'e1', state: 'seen', note: null, by: { id: 'p', name: 'P' }, at: new Date(AT).toISOString() }]
  }, AT)!
  t.equal(candidateAttention(acknowledged, AT + 1000), 0)

  const away = foldRoom(candidate, { type: 'presence', sessionId: 's', online: false, at: '' }, AT)!
  t.equal(placeOf(away, AT + RECONNECT_MS - 1), 'reconnecting')
  t.equal(placeOf(away, AT + RECONNECT_MS), 'missing')
  t.equal(placeOf(fold([{ ...SESSION, online: false }])!, AT), 'missing', 'one who never came')
  t.equal(placeOf(fold([{ ...SESSION, state: 'paused' }])!, AT), 'paused')
})

t.test('rooms are counted by exam, those with missing candidates first, sessions without an exam last', async t => {
  const of = (sessionId: string, more: Partial<SessionMessage>): SessionMessage => ({ ...SESSION, sessionId, ...more })
  t.same(countRooms([
    of('1', { examId: null }), of('2', { examId: 'a' }), of('3', { examId: 'b', online: false }),
    of('4', { examId: 'a', state: 'paused' }), of('5', { examId: 'b', state: 'stopped' })
  ]), [
    { examId: 'b', present: 0, missing: 1, paused: 0 },
    { examId: 'a', present: 1, missing: 0, paused: 1 },
    { examId: null, present: 1, missing: 0, paused: 0 }
  ])
})
