import t from 'tap'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { play, run } from '../../support/judged.ts'
import { FACE, faceWith, frames, lookingAt, SECOND, type Changes } from '../../support/observation.ts'

t.test('the baseline is learnt in the first seconds', async t => {
  const after = (usual: Changes, then: Changes) => {
    const { events } = run([
      ...frames(0, 12_000, usual),
      ...frames(12_000, 16_000, then),
      ...frames(16_000, 20_000, usual)
    ])
    return events
      .filter(({ phase }) => phase === 'start')
      .map(({ kind, atMs, detail }) => [kind, atMs, detail.direction, detail.by])
  }
  const aside = faceWith(lookingAt({}, { yaw: -12 }))
  t.same(after({}, aside), [['looking_away', 12_000, 'left', 'eyes']], 'eyes held aside under a still head')
  t.same(play(frames(0, 4500, aside)), [], 'mean nothing before it is known')
  t.same(
    play([...frames(0, 5000), ...frames(5000, 9500, aside), ...frames(9500, 30_000)]),
    ['looking_away start 5000', 'looking_away end 9500 +4500'],
    'five seconds are enough to begin with'
  )
  t.same(
    play([...frames(0, 5000, aside), ...frames(5000, 30_000)]),
    [],
    'who looked aside first is not reported for looking back'
  )
  t.same(after(aside, {}), [], 'a camera that stands beside the screen')
  t.same(
    after(faceWith(lookingAt({ yaw: -10 }, { yaw: 8 })), faceWith(lookingAt({ yaw: 15 }, { yaw: -15 }))),
    [],
    'a head that turns while the eyes stay'
  )
  t.same(after(faceWith(lookingAt({ pitch: 18 })), faceWith(lookingAt({ pitch: -8 }))), [], 'a camera low before the screen')
  t.same(after({}, faceWith(lookingAt({ pitch: 26 }))), [['looking_away', 12_000, 'up', 'head']])
  const off = run(frames(0, 12_000, faceWith(lookingAt({ yaw: -30 }))))
  t.match(
    off,
    { events: [{ kind: 'looking_away' }], state: { baseline: undefined } },
    'nothing is learned while the candidate looks away'
  )
  t.equal(
    run(frames(0, 12_000, faceWith(lookingAt({ yaw: -20 })))).state.baseline?.sightYawDegrees,
    -15,
    'nor more than a camera beside the screen explains'
  )

  const narrow = faceWith({ eyeOpening: 0.12, eyesClosed: true })
  t.equal(
    run(frames(0, 20_000, { faces: [FACE, SECOND] })).state.baseline,
    undefined,
    'with two faces it is unknown whose baseline it is'
  )
  t.same(play(frames(0, 4400, narrow)), [], 'narrow eyes are not closed')
  t.same(run([...frames(0, 3000), ...frames(3000, 6000, narrow), ...frames(6000, 12_000)]).events, [])
  const { state, events } = run(frames(0, 40_000, index => index % 8 < 7 ? narrow : faceWith({ eyeOpening: 0.14 })))
  t.equal(state.baseline?.eyeOpening, 0.12)
  t.same(events, [], 'nor later, when it is known that they always are')
  t.equal(
    run([{ type: 'close', atMs: 41_000 }], DEFAULT_POLICY, state).state.baseline?.eyeOpening,
    0.12,
    'a pause keeps the baseline'
  )
  t.equal(
    run(frames(0, 60_000, faceWith({ eyeOpening: 0.14 }), 2500)).state.baseline?.eyeOpening,
    0.14,
    'at a frame every two and a half seconds as well'
  )
})
