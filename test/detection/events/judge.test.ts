import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { createJudgeState, judge, type JudgeInput } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import type { ProctorEvent } from '../../../detection/types.ts'
import { play, run } from '../../support/judged.ts'
import { faceWith, frame, frames, HAND, lookingAt, NO_FACE } from '../../support/observation.ts'

/** One input `no-frames` each second, from `fromMs` up to, but without, `toMs`. */
const ticks = (fromMs: number, toMs: number): JudgeInput[] =>
  frames(fromMs, toMs, {}, 1000).map(({ atMs }) => ({ type: 'no-frames', atMs }))

t.test('a candidate who sits there raises nothing, at any rate of frames', async t => {
  for (const everyMs of [200, 500, 2000]) t.same(play(frames(0, 60_000, { hands: [], objects: [] }, everyMs)), [])
})

t.test('no_frames starts after five seconds without frames and has no weight', async t => {
  t.same(play([...frames(0, 2000), ...ticks(2000, 9000), ...frames(9000, 11_000)]), [
    'no_frames start 1500',
    'no_frames end 9000 +7500'
  ])
  t.same(play([...frames(0, 2000), ...ticks(2000, 6000), ...frames(6000, 8000)]), [])
  t.same(play(ticks(1000, 7000)), ['no_frames start 1000'], 'not one since the start')
  t.same(
    play([...frames(0, 4000, NO_FACE), ...ticks(4000, 10_000)]),
    ['face_missing start 0', 'face_missing end 3500 +3500', 'no_frames start 3500'],
    'silence is no evidence'
  )
  const off: JudgeInput = { type: 'client', kind: 'camera_off', atMs: 2000, detail: { phase: 'start' } }
  t.same(
    play([...frames(0, 2000), off, ...ticks(2000, 20_000)]),
    ['camera_off start 2000'],
    'where the reason is known it is enough'
  )
})

t.test('connection_lost is told while it lasts, once it lasts', async t => {
  const lost: JudgeInput = { type: 'disconnected', atMs: 1000 }
  const back = (atMs: number): JudgeInput => ({ type: 'connected', atMs })
  t.same(play([lost, back(3000)]), [], 'a short one')
  t.same(play([lost, back(9000)]), ['connection_lost start 1000', 'connection_lost end 9000 +8000'])
  t.same(
    play([lost, ...ticks(2000, 9000)]),
    ['connection_lost start 1000'],
    'told while it lasts, and without no_frames'
  )
  t.same(play([lost, ...ticks(2000, 9000), back(9000), { type: 'no-frames', atMs: 12_000 }]), [
    'connection_lost start 1000',
    'connection_lost end 9000 +8000'
  ])
  t.same(play([lost, { type: 'close', atMs: 9000 }]), ['connection_lost start 1000', 'connection_lost end 9000 +8000'])
})

t.test('invalid_image is told once and then counted', async t => {
  const broken = (atMs: number): JudgeInput => ({ type: 'invalid-image', atMs, code: 'INVIGIL_ERR_IMAGE_INVALID' })
  const { events } = run([broken(0), broken(500), broken(1000), broken(11_000)])
  t.match(events, [
    {
      kind: 'invalid_image',
      phase: 'instant',
      atMs: 0,
      class: 'technical',
      weight: 0,
      detail: { code: 'INVIGIL_ERR_IMAGE_INVALID' }
    },
    { atMs: 11_000, detail: { suppressed: 2 } }
  ])
  t.equal(events.length, 2)
})

t.test('the page may report what only a page sees, at most once a second', async t => {
  const page = (kind: ProctorEvent['kind'], atMs: number, phase?: 'start' | 'end'): JudgeInput => ({
    type: 'client',
    kind,
    atMs,
    detail: { ...defined({ phase }), note: 'x' }
  })
  t.same(
    play([
      page('tab_switch', 0, 'start'),
      page('tab_switch', 100, 'start'),
      page('tab_switch', 4000, 'end'),
      page('tab_switch', 4100, 'end')
    ]),
    ['tab_switch start 0', 'tab_switch end 4000 +4000']
  )
  t.same(
    play([page('tab_switch', 0), page('paste', 100), page('paste', 900), page('paste', 1300, 'start')]),
    ['tab_switch instant 0', 'paste instant 100', 'paste instant 1300'],
    'instant ones, at most one a second'
  )
  t.same(
    play([page('phone', 0), page('no_frames', 0, 'start'), page('voice', 0)]),
    [],
    'nothing the server judges itself'
  )
  t.match(run([page('tab_switch', 0, 'start')]).events, [{ weight: 3, detail: { source: 'page', note: 'x' } }])
  for (const phase of [undefined, 'start'] as const) {
    const input: JudgeInput = {
      type: 'client',
      kind: 'tab_switch',
      atMs: 0,
      detail: { source: 'server', ...(phase && { phase }) }
    }
    t.match(run([input]).events, [{ detail: { source: 'page' } }], 'and only as what the page reports')
  }
  const flicker = [page('tab_switch', 0, 'start'), page('tab_switch', 200, 'end'), page('tab_switch', 400, 'start')]
  t.same(
    play([...flicker, ...frames(500, 3000), page('tab_switch', 5000, 'end')]),
    ['tab_switch start 0', 'tab_switch end 200 +200', 'tab_switch start 400', 'tab_switch end 5000 +4600'],
    'flickering first hides nothing'
  )
  t.same(play([...flicker, page('tab_switch', 600, 'end'), ...frames(700, 3000)]), [
    'tab_switch start 0',
    'tab_switch end 200 +200'
  ])
})

t.test('frames out of order are ignored, and a gap proves nothing', async t => {
  const { state } = run(frames(0, 2000))
  const late = judge(state, frame(700, NO_FACE), DEFAULT_POLICY)
  t.same(late, { state, events: [] })
  t.same(judge(state, frame(1500, NO_FACE), DEFAULT_POLICY).events, [], 'nor the same time again')
  t.same(play([frame(0, NO_FACE), frame(20_000, NO_FACE)]), [])
  t.same(play([...frames(0, 3000, NO_FACE), ...frames(60_000, 61_000)]), [
    'face_missing start 0',
    'face_missing end 2500 +2500'
  ])
})

t.test('a clock set back starts a fresh state; late frames do not count as a clock set back', async t => {
  const hour = 3_600_000
  t.same(play([...frames(hour, hour + 4000, NO_FACE), ...frames(0, 4000, NO_FACE)]), [
    'face_missing start 3600000',
    'face_missing end 3603500 +3500',
    'face_missing start 0'
  ])
  t.same(play([...frames(hour, hour + 4000), { type: 'no-frames', atMs: 0 }, { type: 'no-frames', atMs: 60_000 }]), [
    'no_frames start 0'
  ])
  const { state } = run(frames(hour, hour + 2000))
  t.same(judge(state, frame(hour - 20_000, NO_FACE), DEFAULT_POLICY), { state, events: [] }, 'late')
  t.match(judge(state, frame(hour - 40_000, NO_FACE), DEFAULT_POLICY).state, { newestMs: hour - 40_000, incidents: 0 })
})

t.test('closing ends every open incident, and a cause that lasts starts a new one', async t => {
  const first = run([
    ...frames(0, 4000, NO_FACE),
    { type: 'client', kind: 'window_blur', atMs: 2000, detail: { phase: 'start' } },
    { type: 'close', atMs: 4000 }
  ])
  t.same(
    first.events.map(({ kind, phase, atMs, incident, detail }) => [kind, phase, atMs, incident, detail.reason]),
    [
      ['face_missing', 'start', 0, 1, undefined],
      ['window_blur', 'start', 2000, 2, undefined],
      ['face_missing', 'end', 4000, 1, 'stop'],
      ['window_blur', 'end', 4000, 2, 'stop']
    ]
  )
  t.same(judge(first.state, { type: 'close', atMs: 5000 }, DEFAULT_POLICY).events, [], 'once')
  const again = run(
    [{ type: 'no-frames', atMs: 60_000 }, frame(3900, NO_FACE), ...frames(61_000, 65_000, NO_FACE)],
    DEFAULT_POLICY,
    first.state
  )
  t.match(again.events, [{ kind: 'face_missing', atMs: 61_000, incident: 3 }], 'the pause counts for nothing')
  t.equal(again.events.length, 1)
})

t.test('incidents are numbered on after a restart', async t => {
  t.equal(run(frames(0, 4000, NO_FACE), DEFAULT_POLICY, createJudgeState(41)).events[0]?.incident, 42)
})

t.test('a policy turns rules off, changes their numbers and weights', async t => {
  const off: Policy = {
    ...DEFAULT_POLICY,
    rules: { face_missing: { enabled: false }, tab_switch: { enabled: false }, no_frames: { enabled: false } }
  }
  t.same(
    play(
      [
        ...frames(0, 9000, NO_FACE),
        { type: 'client', kind: 'tab_switch', atMs: 0 },
        { type: 'no-frames', atMs: 90_000 }
      ],
      off
    ),
    []
  )
  const { state } = run(frames(0, 4000, NO_FACE))
  t.match(
    judge(state, frame(4000, NO_FACE), off).events,
    [{ kind: 'face_missing', phase: 'end' }],
    'and ends open events'
  )
  const strict: Policy = {
    ...DEFAULT_POLICY,
    rules: { looking_away: { enterMs: 1000, severity: 'high', limits: { sightYawDegrees: 10 } } },
    weights: { looking_away: 7, hand_detected: 7 }
  }
  t.match(run(frames(0, 2000, faceWith(lookingAt({ yaw: 15 }))), strict).events, [
    {
      kind: 'looking_away',
      severity: 'high',
      weight: 7,
      detail: { limits: { sightYawDegrees: 10, sightUpDegrees: 25 } }
    }
  ])
  t.match(run(frames(0, 4000, { hands: [HAND] }), strict).events, [{ weight: 0 }], 'information never weighs')
})
