import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { cellMeans, makeThumb, measureQuality } from '../../../detection/image/quality.ts'
import type { Image } from '../../../detection/types.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'

const shared = path.resolve('../shared')
const skip = !existsSync(shared) && process.env['CI'] !== 'true' ? `no ${shared}` : false

/** A grey picture from a function of (x, y) in 0..1. */
function picture (width: number, height: number, luma: (x: number, y: number) => number): Image {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.fill(Math.max(0, Math.min(255, luma(x / width, y / height))), (y * width + x) * 3, (y * width + x + 1) * 3)
    }
  }
  return { width, height, data }
}

/** Noise of standard deviation `sigma`, the same in every run. */
function noise (sigma: number, seed = 1): () => number {
  let state = seed
  const uniform = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3) * sigma
}

t.test('a thumb is at most 160 wide or high, and weighs the colours', async t => {
  const size = ({ width, height }: { width: number, height: number }) => [width, height]
  t.same(size(makeThumb(picture(640, 480, () => 0))), [160, 120])
  t.same(size(makeThumb(picture(480, 848, () => 0))), [91, 160])
  t.same(size(makeThumb(picture(100, 50, () => 0))), [100, 50])
  t.same(size(makeThumb(picture(5000, 2, () => 0))), [160, 1])
  t.same(
    [...makeThumb({ width: 4, height: 1, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) }).luma],
    [77, 149, 29, 255]
  )
})

t.test('cells share a picture evenly, also where their number does not divide it', async t => {
  const thumb = { width: 5, height: 3, luma: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
  t.same([...cellMeans(thumb, 2, 1)], [7, 9.5])
  t.same([...cellMeans(thumb, 2, 2)], [4.5, 7, 12, 14.5])
  t.same([...cellMeans(thumb, 5, 3)], [...thumb.luma])
})

t.test('an edge down the middle: mean, deviation, Laplacian', async t => {
  const { quality } = measureQuality(picture(8, 8, x => x < 0.5 ? 0 : 200))
  t.equal(quality.brightness.toFixed(4), (100 / 255).toFixed(4))
  t.equal(quality.contrast.toFixed(4), (100 / 255).toFixed(4))
  // Six inner columns, two of them beside the edge at +200 and −200.
  t.equal(Math.round(quality.sharpness), Math.round(2 * 200 * 200 / 6))
  t.notOk('change' in quality)
})

t.test('a soft picture is less sharp than the same one in focus', async t => {
  const at = (width: number) =>
    measureQuality(picture(320, 240, x => 128 + 100 * Math.tanh(Math.sin(x * 40) / width))).quality
  t.ok(at(0.1).sharpness > 3 * at(1).sharpness)
})

t.test('the same frame changes by 0, noise by a little, a cut by a lot', async t => {
  const scene = (sigma: number, seed: number) => {
    const grain = noise(sigma, seed)
    return picture(640, 480, (x, y) => 120 + 80 * Math.sin(12 * x) * Math.cos(9 * y) + grain())
  }
  const { thumb } = measureQuality(scene(3, 1))
  const change = (image: Image) => measureQuality(image, thumb).quality.change!
  t.equal(change(scene(3, 1)), 0)
  const still = change(scene(3, 2))
  t.ok(still > 0.001 && still < 0.02, String(still))
  t.ok(change(picture(640, 480, () => 10)) > 0.2)
  t.equal(
    measureQuality(
      picture(480, 640, () => 10),
      thumb
    ).quality.change,
    undefined,
    'another shape cannot be compared'
  )
})

t.test('a covered lens has no structure, whatever its brightness', async t => {
  const covers: Record<string, (x: number, y: number) => number> = {
    black: () => 0,
    tape: () => 12,
    finger: (x, y) => 60 + 80 * x * x + 40 * y,
    'light round the edge of a thumb': (x, y) => 90 * Math.exp(-4 * ((x - 0.5) ** 2 + (0.75 * (y - 0.5)) ** 2)),
    'tape that leaks at one side': x => x > 0.97 ? 130 : 8,
    'white paper': () => 235
  }
  for (const [name, luma] of Object.entries(covers)) {
    for (const sigma of [0, 3, 8]) {
      const grain = noise(sigma)
      t.ok(measureQuality(picture(640, 480, (x, y) => luma(x, y) + grain())).quality.blocked, `${name}, noise ${sigma}`)
    }
  }
})

t.test('a dark room is not a covered lens while shapes show', async t => {
  const grain = noise(4)
  const room = picture(
    640,
    480,
    (x, y) =>
      8 +
      ((x - 0.5) ** 2 + (y - 0.6) ** 2 < 0.06 ? 14 : 0) +
      (x > 0.8 && y < 0.4 ? 10 : 0) +
      (y > 0.85 ? -6 : 0) +
      grain()
  )
  const { quality } = measureQuality(room)
  t.notOk(quality.blocked)
  t.ok(quality.brightness < 0.08, String(quality.brightness))
})

t.test('a picture of a few pixels is measured, and not called blocked', async t => {
  for (const [width, height] of [[1, 1], [2, 2], [200, 1]] as const) {
    const { quality } = measureQuality(picture(width, height, () => 128))
    t.same([quality.contrast, quality.sharpness, quality.blocked], [0, 0, false])
  }
})

t.test('no real picture is blocked but the empty one; bright clips neither freeze', { skip }, async t => {
  const testdata = path.join(shared, 'testdata')
  const labels = Object.keys(JSON.parse(readFileSync(path.join(testdata, 'labels.json'), 'utf8')) as object)
  const blocked: string[] = []
  for (const file of labels.filter(file => file.startsWith('images/') && !file.includes('identity'))) {
    if (measureQuality(await decodeImage(readFileSync(path.join(testdata, file)))).quality.blocked) blocked.push(file)
  }
  t.same(blocked, ['images/no_face/white.png'])
  let thumb
  for await (const { image } of sampleVideo(path.join(testdata, 'video/gaze_center_focus.mp4'), { fps: 4 })) {
    const measured = measureQuality(image, thumb)
    if (thumb !== undefined) t.ok(measured.quality.change! > 0.001, 'a head held still')
    thumb = measured.thumb
  }
})
