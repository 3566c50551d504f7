/** Things that are held: one name for each, closer looks at what may be a phone, and the second detector. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { afterCloserLook, closerSquare, placeToLook } from '../../../detection/objects/closer.ts'
import { decodeOpenImages, lowerPart, withBooks } from '../../../detection/objects/open-images.ts'
import { areRivals, withoutRivals } from '../../../detection/objects/rivals.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { DEFAULT_CADENCE } from '../../../detection/pipeline/cadence.ts'
import { createPipeline, INITIAL_TRACK } from '../../../detection/pipeline/pipeline.ts'
import type { Box, ObjectObservation, Region } from '../../../detection/types.ts'

const shared = path.resolve('../shared')
const picture = path.join(shared, 'testdata2/images/objects/Book-Detector-YOLOv8_Book_Detector_cropped_books_book_img_1.jpg')
const skip = existsSync(picture) ? false : `no ${picture}`

const at = (label: string, score: number, box: Partial<Box> = {}): ObjectObservation =>
  ({ label, score, box: { x: 100, y: 100, width: 100, height: 100, ...box } })

t.test('of two names for one held thing the likelier holds; what bears it is another thing', async t => {
  const phone = at('cell phone', 0.4)
  const wider = { width: 160 } // IoU 0.625
  t.ok(areRivals(phone, at('laptop', 0.8, wider)))
  t.notOk(areRivals(phone, at('laptop', 0.8, { width: 300 })), 'a phone on a laptop')
  t.notOk(areRivals(phone, at('person', 0.8, wider)))
  t.ok(areRivals(phone, at('person', 0.8, { width: 120 })), 'a face in hard light')
  t.notOk(areRivals(phone, at('cell phone', 0.8)))
  t.same(
    withoutRivals([at('laptop', 0.8, wider), phone, at('cell phone', 0.3, { x: 400 })]).map(({ score }) => score),
    [0.8, 0.3]
  )
})

t.test('an unsure phone is looked at more closely, a badge under a face is not', async t => {
  const face: Box = { x: 90, y: 0, width: 120, height: 80 }
  const none = { hands: [], turn: 0 }
  const x = (objects: ObjectObservation[], faces = [face], places: Parameters<typeof placeToLook>[2] = none) =>
    placeToLook(objects, faces, places)?.x
  t.equal(x([at('remote', 0.9), at('cell phone', 0.3, { x: 20 }), at('cell phone', 0.2)]), 20)
  t.equal(x([at('cell phone', 0.6), at('cell phone', 0.3, { x: 400 })]), undefined, 'one is sure')
  t.equal(x([at('cell phone', 0.1)]), undefined)
  t.equal(x([at('cell phone', 0.1)], []), 100)
  t.equal(x([at('cell phone', 0.1, { x: 300 })]), 300, 'beside the face')
  const last: Box = { x: 7, y: 0, width: 20, height: 20 }
  t.equal(x([], [face], { ...none, last }), 7, 'where it was seen last')
  const hand = (centerX: number): Region => ({ centerX, centerY: 50, width: 20, height: 20, rotation: 0 })
  t.same(
    [0, 1, 2, 3, 4, 5, 6].map(turn => x([], [face], { hands: [hand(30), hand(60)], turn })),
    [20, undefined, undefined, 50, undefined, undefined, 20],
    'the hands by turns'
  )
  t.same(closerSquare({ x: 600, y: 440, width: 40, height: 80 }, { width: 640, height: 480 }), {
    centerX: 540, centerY: 380, width: 200, height: 200, rotation: 0
  }, 'moved into the picture')
  t.equal(closerSquare({ x: 300, y: 200, width: 10, height: 20 }, { width: 640, height: 480 }).width, 144)
})

t.test('the closer look replaces the unsure phone, with other names for it', async t => {
  const suspect = at('cell phone', 0.2)
  const first = [at('person', 0.9, { width: 400 }), suspect]
  t.same(
    afterCloserLook(first, suspect.box, [at('cell phone', 0.5, { width: 80 }), at('remote', 0.4), at('cup', 0.9, { x: 300 })])
      .map(({ label, score }) => [label, score]),
    [['person', 0.9], ['remote', 0.4], ['cell phone', 0.35]],
    'never sure'
  )
  t.same(afterCloserLook(first, suspect.box, [at('cell phone', 0.8, { x: 400 })]), [first[0]], 'another place')
})

t.test('the second detector: anchors, boxes, names', async t => {
  const boxes = new Float32Array(1917 * 4)
  const logits = new Float32Array(1917 * 24).fill(-9)
  // The first anchor of 19 × 19 cells is 0.1 wide: moved by a tenth of it, twice as wide, half as high.
  boxes.set([0, 1, 5 * Math.log(0.5), 5 * Math.log(2)], 0)
  logits[21] = 0
  logits[3] = 5 // a laptop is left out
  // The last one is 0.974 wide and in the middle: a camera.
  logits[1916 * 24 + 22] = Math.log(0.4 / 0.6)
  const [book, camera, ...others] = decodeOpenImages(boxes, logits, 0.1)
  t.same(others, [])
  t.equal(book!.label, 'book')
  t.equal(book!.score, 0.5)
  const rounded = ({ x, y, width, height }: Box): number[] =>
    [x, y, width, height].map(n => Math.round(n * 1000) / 1000)
  t.same(rounded(book!.box), [-0.064, 0.001, 0.2, 0.05])
  t.match(camera, { label: 'camera' })
  t.same(rounded(camera!.box), [0.013, 0.013, 0.975, 0.975])
  t.same(lowerPart({ width: 640, height: 480 }, 0.5), {
    centerX: 320, centerY: 360, width: 640, height: 240, rotation: 0
  })
})

t.test('a book that only the second detector is sure of is added once', async t => {
  const laptop = at('laptop', 0.9)
  t.same(withBooks([laptop], [at('book', 0.3, { x: 300 }), at('book', 0.28, { x: 305 }), at('book', 0.2, { x: 500 })])
    .map(({ label, score }) => [label, score]), [['laptop', 0.9], ['book', 0.3]])
  t.same(withBooks([laptop], [at('book', 0.5)]), [laptop], 'what is a laptop is no book')
})

t.test('a book before the camera: one look, and soon the next', { skip }, async t => {
  const models = await loadModels({ modelsDir: path.join(shared, 'models') })
  const pipeline = createPipeline(models, { now: () => 0 })
  const image = await decodeImage(readFileSync(picture))
  const still = await pipeline.analyze(image, 0, INITIAL_TRACK, { still: true })
  t.ok(still.observation.objects!.some(({ label }) => label === 'book'))
  let state = INITIAL_TRACK
  const lookedMs: number[] = []
  for (let atMs = 0; atMs < 30_000; atMs += 1000) {
    const analysis = await pipeline.analyze(image, atMs, state)
    state = analysis.state
    const look = analysis.observation.looks?.find(({ by }) => by === 'openImages')
    if (look === undefined) continue
    lookedMs.push(atMs)
    t.ok(look.objects.some(({ label, score }) => label === 'book' && score > 0.4))
  }
  t.same(lookedMs, [0, 2000, 4000, 6000, 17_000, 28_000], `then every ${DEFAULT_CADENCE.booksMs} ms, less a tenth`)
})
