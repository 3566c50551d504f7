import t from 'tap'
import type { Box, FaceObservation } from '../../../detection/types.ts'
import { run } from '../../support/judged.ts'
import { FACE, frames, type Changes } from '../../support/observation.ts'

/** A face so high, against the candidate's. */
const faceOf = (share: number, changes: Partial<FaceObservation> = {}): FaceObservation => ({
  ...FACE,
  box: { x: 500, y: 60, width: 200 * share, height: 240 * share },
  ...changes
})
const beside = (more: (index: number) => FaceObservation, objects?: Changes['objects']) => (index: number): Changes =>
  ({ faces: [FACE, more(index)], ...(objects !== undefined && { objects }) })
const told = (shown: (index: number) => Changes): string[] =>
  run(frames(0, 12_000, shown)).events
    .filter(({ phase }) => phase === 'start')
    .map(({ kind }) => kind)
    .filter(kind => kind === 'multiple_faces' || kind === 'extra_person')
const shifted = ({ x, ...box }: Box, by: number): Box => ({ ...box, x: x + by })

t.test('a small face that never moves is a picture on the wall', async t => {
  t.same(told(beside(() => faceOf(0.25))), [])
  const trembling = (index: number): FaceObservation => {
    const face = faceOf(0.25)
    return { ...face, box: shifted(face.box, index % 3 * 8), yawDegrees: index % 4 }
  }
  t.same(told(beside(trembling)), [], 'under a camera that shakes, with the noise of the mesh')
})

t.test('the body on a poster is no second person', async t => {
  const me = { label: 'person', score: 0.9, box: { x: 150, y: 100, width: 300, height: 380 } }
  const poster = { label: 'person', score: 0.8, box: { x: 480, y: 40, width: 100, height: 130 } }
  t.same(told(beside(() => faceOf(0.25), [me, poster])), [])
  t.same(told(() => ({ faces: [FACE], objects: [me, poster] })), ['extra_person'], 'a body without a face')
  const both = { label: 'person', score: 0.9, box: { x: 150, y: 30, width: 460, height: 450 } }
  t.same(told(beside(() => faceOf(0.25), [both, { ...me, box: { ...me.box, x: 0 } }])), ['extra_person'])
})

t.test('a person far behind is one as soon as they move', async t => {
  const walks = (index: number): FaceObservation => {
    const face = faceOf(0.25)
    return { ...face, box: shifted(face.box, -index * 4) }
  }
  t.same(told(beside(walks)), ['multiple_faces'], 'walks')
  t.same(told(beside(index => faceOf(0.25, { yawDegrees: index > 4 ? 20 : 0 }))), ['multiple_faces'], 'turns the head')
})

t.test('a face that comes later counts at once, and a poster that was hidden does not', async t => {
  t.same(told(index => ({ faces: index < 22 ? [FACE] : [FACE, faceOf(0.25)] })), [], 'one frame is too few')
  const later = run(frames(0, 30_000, index => ({ faces: index < 30 ? [FACE] : [FACE, faceOf(0.25)] }))).events
  t.match(later, [{ kind: 'multiple_faces', atMs: 15_000 }])
  const hidden = (index: number): Changes => ({ faces: index > 10 && index < 40 ? [FACE] : [FACE, faceOf(0.25)] })
  t.same(run(frames(0, 30_000, hidden)).events, [], 'the candidate was before it')
})

t.test('a face that comes later is a poster if its body ends in mid-air', async t => {
  const me = { label: 'person', score: 0.9, box: { x: 150, y: 100, width: 300, height: 380 } }
  const later = (body?: Box) => (index: number): Changes => index < 30
    ? { faces: [FACE], objects: [me] }
    : {
        faces: [FACE, faceOf(0.25)],
        objects: [me, ...body === undefined ? [] : [{ label: 'person', score: 0.6, box: body }]]
      }
  const kinds = (body?: Box): string[] =>
    run(frames(0, 30_000, later(body))).events.filter(({ phase }) => phase === 'start').map(({ kind }) => kind)
  t.same(kinds(), [], 'no body is seen')
  t.same(kinds({ x: 480, y: 40, width: 100, height: 130 }), [], 'head and shoulders')
  t.same(kinds({ x: 470, y: 40, width: 130, height: 440 }), ['multiple_faces'], 'down to the lower edge')
  t.same(kinds({ x: 470, y: 40, width: 110, height: 320 }), ['multiple_faces'], 'standing far away')
  t.same(kinds({ x: 400, y: 40, width: 140, height: 260 }), [], 'beside the candidate')
  t.same(kinds({ x: 310, y: 60, width: 220, height: 415 }), [], "the candidate's shoulder, joined to the poster")
  const wide = { ...me, box: { ...me.box, width: 440 } }
  const behind = run(frames(0, 30_000, index => ({
    objects: [wide],
    faces: index < 30 ? [FACE] : [FACE, faceOf(0.25, { box: { x: 480, y: 250, width: 50, height: 60 } })]
  }))).events
  t.match(behind, [{ kind: 'multiple_faces' }], 'behind the shoulder')
})

t.test('an arm of the candidate is no second person', async t => {
  const me = { label: 'person', score: 0.85, box: { x: 5, y: 1, width: 610, height: 474 } }
  const second = (score: number, x: number): string[] =>
    told(() => ({ faces: [FACE], objects: [me, { label: 'person', score, box: { x, y: 40, width: 100, height: 435 } }] }))
  t.same(second(0.48, 0), [])
  t.same(second(0.7, 0), ['extra_person'], 'surely a person')
  t.same(second(0.48, 560), ['extra_person'], 'half beside the candidate')
})

t.test('a face at the shoulder counts at once, moving or not', async t => {
  t.same(told(beside(() => faceOf(0.5))), ['multiple_faces'])
})

t.test('who is on television is not in the room, and who stands before it is', async t => {
  const tv = { label: 'tv', score: 0.8, box: { x: 430, y: 20, width: 200, height: 160 } }
  const me = { label: 'person', score: 0.9, box: { x: 150, y: 100, width: 300, height: 380 } }
  const shown = { label: 'person', score: 0.8, box: { x: 470, y: 50, width: 130, height: 120 } }
  const moving = (index: number): FaceObservation => faceOf(0.5, { yawDegrees: index % 2 * 30 })
  t.same(told(beside(moving, [tv, me, shown])), [])
  const visitor = { label: 'person', score: 0.8, box: { x: 470, y: 50, width: 150, height: 430 } }
  t.same(told(beside(moving, [tv, me, visitor])), ['multiple_faces'])
  t.same(told(() => ({ faces: [FACE], objects: [tv, me, visitor] })), ['extra_person'], 'with the face turned away')
  t.same(told(() => ({ faces: [FACE], objects: [tv, me, shown] })), [], 'a body on the screen')
})
