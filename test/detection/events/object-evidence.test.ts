import t, { type Test } from 'tap'
import { rememberLooks, weighLooks, type TimedLook, type Wanted } from '../../../detection/events/object-evidence.ts'
import type { Box, ObjectDetector } from '../../../detection/types.ts'
import { frame } from '../../support/observation.ts'

const WHOLE: Box = { x: 0, y: 0, width: 640, height: 480 }
const HERE: Box = { x: 300, y: 200, width: 60, height: 100 }
const PHONE: Wanted = { labels: ['cell phone'], scoreMin: 0.5, weakScoreMin: 0.2, weakLooks: 3 }
const BOOK: Wanted = { ...PHONE, labels: ['book', 'laptop'] }

/** A look a second; each names what it shows at one place. */
const looks = (
  shown: ReadonlyArray<Readonly<Record<string, number>>>,
  { by = 'objects', part = WHOLE, box = HERE, everyMs = 1000 }: {
    by?: ObjectDetector
    part?: Box
    box?: Box
    everyMs?: number
  } = {}
): TimedLook[] =>
  shown.map((objects, index) => ({
    by,
    part,
    atMs: index * everyMs,
    objects: Object.entries(objects).map(([label, score]) => ({ label, score, box }))
  }))
const scoreOf = (seen: readonly TimedLook[], wanted = PHONE): number => weighLooks(seen, wanted)[0]?.score ?? 0
const close = (t: Test, value: number, wanted: number): void => {
  t.ok(Math.abs(value - wanted) < 0.001, `${value} is ${wanted}`)
}

t.test('one sure look is the limit; unsure ones add their log-odds, earlier ones less', async t => {
  // log-odds: 0.5 is 0, 0.2 is -1.386, 0.3 is -0.847; the limit is 1.386.
  close(t, scoreOf(looks([{ 'cell phone': 0.5 }])), 1)
  close(t, scoreOf(looks([{ 'cell phone': 0.3 }])), 0.539 / 1.386)
  close(t, scoreOf(looks([{ 'cell phone': 0.3 }, { 'cell phone': 0.3 }])), 0.539 * 1.8 / 1.386)
  close(t, scoreOf(looks(Array<Record<string, number>>(3).fill({ 'cell phone': 0.3 }))), 0.539 * 2.44 / 1.386)
  close(t, scoreOf(looks(Array<Record<string, number>>(8).fill({ 'cell phone': 0.9 }))), 1.5)
  t.equal(scoreOf(looks(Array<Record<string, number>>(8).fill({ 'cell phone': 0.19 }))), 0)
})

t.test('two unsure looks are too few however much they add', async t => {
  t.equal(scoreOf(looks([{ 'cell phone': 0.45 }, { 'cell phone': 0.45 }])), 0.99)
  t.ok(scoreOf(looks([{ 'cell phone': 0.45 }, { 'cell phone': 0.45 }, { 'cell phone': 0.45 }])) > 1)
})

t.test('a look that shows nothing there subtracts, one elsewhere does not', async t => {
  const seen = looks([{ 'cell phone': 0.6 }])
  const after = (part: Box): TimedLook[] => [...seen, { by: 'objects', part, atMs: 1000, objects: [] }]
  // 0.6 is 0.405, so 1.792; less a fifth; an unseen look counts as 0.1, which is -2.197.
  close(t, scoreOf(after(WHOLE)), (0.8 * 1.792 - 0.811) / 1.386)
  close(t, scoreOf(after({ x: 0, y: 300, width: 640, height: 180 })), 1.792 / 1.386)
})

t.test('another name for the thing counts against it', async t => {
  t.equal(scoreOf(looks([{ 'cell phone': 0.6, remote: 0.7 }])), 0)
  t.ok(scoreOf(looks([{ 'cell phone': 0.6, remote: 0.4 }])) < 1)
  const [evidence] = weighLooks(looks([{ 'cell phone': 0.9, camera: 0.3 }, { 'cell phone': 0.8, camera: 0.25 }]), PHONE)
  t.match(evidence, { seen: 2, looks: 2, considered: { camera: 0.3 }, best: { score: 0.9 }, sinceMs: 0 })
  t.ok(scoreOf(looks([{ laptop: 0.8, book: 0.6 }]), BOOK) > 1, 'two names of one list do not rival')
})

t.test('a thing may move by its own size between two looks', async t => {
  const moved = (x: number): number =>
    scoreOf([
      ...looks([{ 'cell phone': 0.3 }]),
      { ...looks([{ 'cell phone': 0.3 }], { box: { ...HERE, x: 300 + x } })[0]!, atMs: 1000 }
    ])
  close(t, moved(90), 0.539 * 1.8 / 1.386)
  close(t, moved(110), 0.539 / 1.386)
})

t.test('the second detector tells books at lower scores, and no laptops', async t => {
  const by = 'openImages'
  // 0.35 with 0.65 added is 0.03.
  t.ok(scoreOf(looks([{ book: 0.35 }], { by }), BOOK) > 1)
  t.ok(scoreOf(looks([{ book: 0.34 }], { by }), BOOK) < 1)
  t.equal(scoreOf(looks([{ laptop: 0.9 }], { by }), BOOK), 0)
  const seen = looks([{ book: 0.4 }], { by })
  const blind: TimedLook = { by: 'objects', part: WHOLE, atMs: 1000, objects: [] }
  t.equal(scoreOf([...seen, blind], BOOK), scoreOf(seen, BOOK), 'the first one may see nothing')
  const phone = { ...blind, objects: [{ label: 'cell phone', score: 0.8, box: HERE }] }
  t.equal(scoreOf([...seen, phone], BOOK), 0, 'unless it sees a phone')
  const witness: TimedLook = { by, part: WHOLE, atMs: 1000, objects: [{ label: 'camera', score: 0.6, box: HERE }] }
  t.ok(scoreOf([...looks([{ 'cell phone': 0.5 }]), witness]) < 0.1, 'a camera is no phone')
  const book = { ...witness, objects: [{ label: 'book', score: 0.6, box: HERE }] }
  t.equal(scoreOf([...looks([{ 'cell phone': 0.5 }]), book]), 1, 'phones look like books to it')
})

t.test('looks from before a break are dropped, each detector by its own rate', async t => {
  t.ok(scoreOf(looks([{ 'cell phone': 0.3 }, { 'cell phone': 0.3 }], { everyMs: 6000 })) < 0.4)
  t.ok(scoreOf(looks([{ book: 0.3 }, { book: 0.3 }], { by: 'openImages', everyMs: 12_000 }), BOOK) > 0.9)
})

t.test('looks are remembered with the frame they belong to; an observation without any is one', async t => {
  const phone = { label: 'cell phone', score: 0.5, box: HERE }
  t.same(rememberLooks([], frame(0)), [])
  const one = rememberLooks([], frame(1000, { objects: [phone] }))
  t.same(one, [{ by: 'objects', part: WHOLE, atMs: 1000, objects: [phone] }])
  const look = { by: 'openImages' as const, part: WHOLE, objects: [] }
  t.same(rememberLooks(one, frame(1500, { looks: [look] })), [...one, { ...look, atMs: 1500 }])
  let many: readonly TimedLook[] = []
  for (let at = 0; at < 50; at++) many = rememberLooks(many, frame(at, { looks: [look] }))
  t.equal(many.length, 16)
  t.equal(many.at(-1)?.atMs, 49)
})
