import t from 'tap'
import type { Model } from '../../../detection/models/runtime.ts'
import { detectObjects } from '../../../detection/objects/detect.ts'
import { countPeople, isHead, withoutParts } from '../../../detection/objects/people.ts'
import type { Box, Image, ObjectObservation } from '../../../detection/types.ts'

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height })
const object = (label: string, score: number, ...at: [number, number, number, number]): ObjectObservation => ({
  label,
  score,
  box: box(...at)
})

t.test('a weak person within a larger one is a part of that one', async t => {
  const whole = object('person', 0.85, 0, 0, 100, 200)
  const arm = object('person', 0.32, 0, 20, 40, 100)
  t.same(withoutParts([whole, arm]), [whole])
  t.same(
    withoutParts([object('person', 0.447, 0, 0, 100, 200), object('person', 0.413, 2, 0, 45, 140)]).length,
    1,
    'of one who is hardly sure as well'
  )
  const beside = object('person', 0.32, 60, 20, 100, 100)
  t.same(withoutParts([whole, beside]), [whole, beside], 'not one beside it')
  const child = object('person', 0.85, 20, 90, 60, 110)
  t.same(withoutParts([whole, child]), [whole, child], 'nor one who is surely there')
  const weak = object('person', 0.3, 20, 90, 60, 110)
  t.same(withoutParts([whole, weak], [box(40, 10, 20, 25)]), [whole], 'one face is one person')
  t.same(
    withoutParts([whole, weak], [box(40, 10, 20, 25), box(45, 95, 20, 25)]),
    [whole, weak],
    'a child with its own face in front of another person'
  )
  const tie = object('tie', 0.4, 40, 50, 10, 60)
  t.same(withoutParts([whole, tie]), [whole, tie], 'nor anything else')
  t.same(withoutParts([arm, { ...whole, score: 0.3 }]), [arm], 'of two weak ones the surer stays')
  t.same(withoutParts([child, { ...whole, score: 0.5 }]).length, 2, 'who is sure stays beside surer ones')
})

t.test('what hangs under a face is worn', async t => {
  const man = object('person', 0.47, 64, 164, 616, 794)
  const tie = object('person', 0.84, 312, 372, 90, 321)
  t.same(withoutParts([tie, man], [box(303, 101, 198, 248)]), [man])
  t.same(withoutParts([tie, man]), [tie, man], 'by a face only')
  const behind = object('person', 0.84, 560, 180, 90, 321)
  t.same(withoutParts([behind, man], [box(303, 101, 198, 248)]), [behind, man], 'not beside it')
  const before = object('person', 0.84, 250, 372, 300, 600)
  t.same(withoutParts([before, man], [box(303, 101, 198, 248)]), [before, man], 'nor a wider box')
})

t.test('a phone as large as a head, round a face, is the head', async t => {
  const face = box(104, 94, 119, 131)
  t.ok(isHead(box(84, 20, 160, 208), [face]), 'a man before a white wall')
  t.notOk(isHead(box(84, 20, 160, 208), []), 'no face, no head')
  t.notOk(isHead(box(210, 120, 40, 60), [face]), 'at the ear')
  t.notOk(isHead(box(104, 160, 119, 70), [face]), 'before the mouth')
  t.notOk(isHead(box(40, 20, 230, 280), [face]), 'a phone that shows the face')
})

t.test('persons and faces without one are people', async t => {
  const person = object('person', 0.9, 100, 0, 200, 300)
  t.equal(countPeople([], []), 0)
  t.equal(countPeople([person], [box(150, 50, 60, 80)]), 1, 'the same')
  t.equal(countPeople([person], [box(150, 50, 60, 80), box(400, 50, 60, 80)]), 2, 'another beside')
  t.equal(countPeople([object('chair', 0.9, 0, 0, 320, 240)], [box(20, 0, 280, 240)]), 1, 'a face that fills the picture')
})

t.test('heads and parts are not reported', async t => {
  const grey: Image = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3) }
  // Left, top, right, bottom, score, class: two persons, of whom one is a part, and a phone.
  const data = Float32Array.of(0, 0, 30, 32, 0.9, 0, 2, 2, 10, 20, 0.3, 0, 8, 4, 22, 24, 0.6, 67)
  const objects: Model = {
    name: 'fake',
    inputs: [{ name: 'images', dims: [1, 3, 32, 32] }],
    outputs: ['output0'],
    metadata: {},
    run: async () => ({ output0: { data, dims: [1, 3, 6] } })
  }
  const labels = async (faces: Box[]) => (await detectObjects({ objects }, grey, { faces })).map(({ label }) => label)
  t.same(await labels([]), ['person', 'cell phone'])
  t.same(await labels([box(10, 10, 10, 12)]), ['person'])
})
