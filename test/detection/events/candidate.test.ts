import t from 'tap'
import type { FaceObservation } from '../../../detection/types.ts'
import { run } from '../../support/judged.ts'
import { FACE, frames, type Changes } from '../../support/observation.ts'

const POSTER: FaceObservation = { ...FACE, box: { x: 500, y: 60, width: 50, height: 60 } }
const placed = (x: number, y: number, height: number): FaceObservation =>
  ({ ...FACE, box: { x, y, width: height * 0.8, height } })
const started = (ms: number, shown: (index: number) => Changes): Array<{ kind: string, atMs: number }> =>
  run(frames(0, ms, shown)).events.flatMap(({ kind, phase, atMs }) => phase === 'start' ? [{ kind, atMs }] : [])

t.test('a poster does not hide that the candidate has left', async t => {
  const leaves = (index: number): Changes => ({ faces: index < 40 ? [FACE, POSTER] : [POSTER] })
  t.match(started(30_000, leaves), [{ kind: 'face_missing', atMs: 20_000 }])
  const { events } = run(frames(0, 30_000, leaves))
  t.match(events[0]!.detail, { faceCount: 0, pictures: 1 }, 'the event says what was ignored')
})

t.test('nor does a small face that is seen only when the candidate has left', async t => {
  t.match(started(30_000, index => ({ faces: index < 40 ? [FACE] : [POSTER] })), [{ kind: 'face_missing' }])
})

t.test('somebody with a smaller face who takes the seat is there', async t => {
  t.same(started(30_000, index => ({ faces: index < 40 ? [FACE] : [placed(280, 150, 90)] })), [])
})

t.test('a candidate who comes back is seen at once, also behind a poster', async t => {
  const shown = (index: number): Changes => ({ faces: index < 40 || index > 43 ? [FACE, POSTER] : [POSTER] })
  t.same(started(30_000, shown), [])
})

t.test('a candidate who moves to the back of the room is still there', async t => {
  const rolls = (index: number): Changes => {
    const share = Math.min(1, Math.max(0, (index - 20) / 10))
    return { faces: [placed(220 + 60 * share, 100 + 30 * share, 240 - 180 * share)] }
  }
  t.same(started(30_000, rolls), [], 'rolls back and sits still')
  const returns = (index: number): Changes => ({
    faces: index < 20 ? [FACE] : index < 21 ? [] : [placed((index - 20) * 20, 100, 60)]
  })
  t.same(started(30_000, returns), [], 'walks there')
})

t.test('a candidate who sits far away from the beginning is the candidate', async t => {
  t.same(started(20_000, () => ({ faces: [placed(300, 200, 40)] })), [])
})

t.test('nothing is said of the eyes of a face that the edge cuts', async t => {
  const aside: Partial<FaceObservation> = { yawDegrees: 60, eyesClosed: true, eyeOpening: 0.02 }
  const cut = (x: number) => (index: number): Changes =>
    ({ faces: [index < 40 ? FACE : { ...placed(x, 100, 240), ...aside }] })
  t.same(started(40_000, cut(-60)), [])
  t.match(started(40_000, cut(10)), [{ kind: 'looking_away' }], 'a whole face is judged')
})
