/** The parts of the console that need no browser: filters, the queue's groups, delayed ends, time left, calm tiles. */
import t from 'tap'
import { newIn } from '../../web/src/proctor/logic/attention.ts'
import { CALM_MS, mayWait } from '../../web/src/proctor/logic/calm.ts'
import { createDelayed } from '../../web/src/proctor/logic/delayed.ts'
import { timeLeft, type Facts } from '../../web/src/proctor/logic/facts.ts'
import { isFiltering, matches, oneOf, PLACES, type Filter } from '../../web/src/proctor/logic/filter.ts'
import {
  foldRoom, SEEN_LISTED_MS, seenFinding, type Candidate, type RoomMessage, type SessionMessage
} from '../../web/src/proctor/logic/room.ts'

const AT = Date.UTC(2026, 11, 3, 10)

const SESSION: SessionMessage = {
  type: 'session',
  sessionId: 's',
  userId: 'u',
  name: 'Nusrat Jahan',
  examId: 'e',
  state: 'active',
  online: true,
  startedAt: new Date(AT).toISOString(),
  handRaisedAt: null,
  breakAskedAt: null,
  scores: {
    riskScore: 0, riskLevel: 'Low', trustScore: null, complianceScore: null, seenPercent: null, eventCount: 0
  }
}

const log = (severity: 'low' | 'medium' | 'high', phase: 'start' | 'end' = 'start', atMs = AT): RoomMessage => ({
  type: 'logs',
  sessionId: 's',
  data: [{
    id: phase === 'start' ? 'event-1' : 'event-2',
    event: 'No face',
    time: new Date(atMs).toISOString(),
    kind: 'face_missing',
    phase,
    incident: 1,
    class: 'integrity',
    severity,
    weight: 2
  }]
})

const seen = (state: 'seen' | 'not_relevant', atMs: number): RoomMessage => ({
  type: 'acknowledgements',
  sessionId: 's',
  data: [{ eventId: 'event-1', state, note: null, by: { id: 'p', name: 'P' }, at: new Date(atMs).toISOString() }]
})

const after = (...messages: readonly RoomMessage[]): Candidate =>
  [SESSION, ...messages].reduce<Candidate | undefined>((known, message) => foldRoom(known, message, AT), undefined)!

const ALL: Filter = { place: undefined, marked: undefined, words: '' }

t.test('the console is filtered by place, by what is wrong now, and by name', async t => {
  const quiet = after()
  const serious = after(log('high'))
  const lost = after({ type: 'presence', sessionId: 's', online: false, at: '' })
  t.notOk(isFiltering(ALL))
  t.ok(isFiltering({ ...ALL, words: ' a' }))
  const fits = (candidate: Candidate, filter: Partial<Filter>) => matches(candidate, { ...ALL, ...filter }, AT)
  t.ok(fits(quiet, {}))
  t.same([fits(quiet, { words: 'NUSRAT' }), fits(quiet, { words: 'karim' })], [true, false])
  t.same([fits(quiet, { place: 'present' }), fits(lost, { place: 'present' })], [true, false])
  t.ok(fits(lost, { place: 'reconnecting' }))
  for (const marked of ['serious', 'notable', 'any'] as const) {
    t.same([fits(serious, { marked }), fits(quiet, { marked })], [true, false], marked)
  }
  t.notOk(fits(after(log('medium')), { marked: 'serious' }))
  t.ok(fits(after(log('medium')), { marked: 'notable' }))
  t.same([fits(after(log('low')), { marked: 'notable' }), fits(after(log('low')), { marked: 'any' })], [false, true])
  t.same([fits(lost, { marked: 'technical' }), fits(serious, { marked: 'technical' })], [true, false])
  t.notOk(fits(after(log('high'), seen('seen', AT)), { marked: 'any' }), 'what was seen is not wrong now')
  t.same([oneOf(PLACES, 'paused'), oneOf(PLACES, 'x'), oneOf(PLACES, null)], ['paused', undefined, undefined])
})

t.test('what staff have seen is listed until it has been over for a while', async t => {
  t.equal(seenFinding(after(), AT), undefined)
  t.equal(seenFinding(after(log('high')), AT), undefined, 'nobody has seen it')
  const open = after(log('high'), seen('seen', AT))
  t.match(seenFinding(open, AT + 2 * SEEN_LISTED_MS), { id: 'event-1' }, 'it lasts')
  const over = after(log('high'), log('high', 'end', AT + 1), seen('seen', AT))
  t.match(seenFinding(over, AT + SEEN_LISTED_MS - 1), { id: 'event-1' })
  t.equal(seenFinding(over, AT + SEEN_LISTED_MS), undefined)
  t.equal(seenFinding(after(log('high'), seen('not_relevant', AT)), AT), undefined)
})

t.test('candidates who belong into a queue that stands still are counted', async t => {
  t.equal(newIn(['a'], new Map([['a', 50], ['b', 1], ['c', 0.5], ['d', 200]])), 2)
  t.equal(newIn(['a', 'gone'], new Map([['a', 0]])), 0)
})

t.test('an end is carried out after its delay, can be taken back until then, and at once when the page is left', async t => {
  const ran: string[] = []
  let changes = 0
  const ends = createDelayed<string>({
    delayMs: 5, now: () => AT, run: value => { ran.push(value) }, onChange: () => { changes++ }
  })
  ends.add('a', 'first')
  ends.add('a', 'again')
  ends.add('b', 'second')
  t.same(ends.waiting.map(({ key, value, dueAtMs }) => [key, value, dueAtMs]), [
    ['a', 'first', AT + 5], ['b', 'second', AT + 5]
  ])
  t.equal(ends.undo('b'), true)
  t.equal(ends.undo('b'), false)
  ends.flush()
  t.same(ran, ['first'])
  t.equal(ends.undo('a'), false)
  t.equal(changes, 4)
  await new Promise<void>(resolve => {
    createDelayed<string>({
      delayMs: 1,
      run: value => {
        ran.push(value)
        resolve()
      },
      onChange () {}
    }).add('c', 'third')
  })
  t.same(ran, ['first', 'third'])
})

t.test('the time left runs by this page\'s clock, and stands in a pause', async t => {
  const facts: Facts = {
    assigned: 3,
    notBegun: 0,
    candidates: [],
    clocks: new Map([
      ['runs', { remainingMs: 60_000, isPaused: false }],
      ['stands', { remainingMs: 60_000, isPaused: true }],
      ['endless', { remainingMs: null, isPaused: false }]
    ]),
    atMs: AT
  }
  const left = (userId: string, ms: number) => timeLeft(facts, userId, AT + ms)
  t.same([left('runs', 0), left('runs', 20_000), left('runs', 90_000)], [60_000, 40_000, 0])
  t.equal(left('stands', 90_000), 60_000)
  t.same([left('endless', 0), left('unknown', 0), timeLeft(undefined, 'runs', AT)], [undefined, undefined, undefined])
})

t.test('a quiet tile waits with new pictures and figures, and with nothing else', async t => {
  const picture = (candidate: Candidate, ms: number): Candidate =>
    foldRoom(candidate, { type: 'thumbnail', sessionId: 's', at: '', data: 'x' }, AT + ms)!
  const drawn = picture(after(), 0)
  t.notOk(mayWait(after(), drawn), 'the first picture is shown at once')
  t.ok(mayWait(drawn, picture(drawn, CALM_MS - 1)))
  t.notOk(mayWait(drawn, picture(drawn, CALM_MS)))
  const told = (message: RoomMessage) => foldRoom(drawn, message, AT + 1)!
  t.ok(mayWait(drawn, told({ ...SESSION, scores: { ...SESSION.scores, riskScore: 3 } })))
  t.notOk(mayWait(drawn, told({ ...SESSION, handRaisedAt: new Date(AT).toISOString() })))
  t.notOk(mayWait(drawn, told(log('low'))))
  t.notOk(mayWait(drawn, told({ type: 'presence', sessionId: 's', online: false, at: '' })))
  t.notOk(mayWait(drawn, told({ type: 'looking', sessionId: 's', by: { id: 'p', name: 'P' }, looking: true })))
})
