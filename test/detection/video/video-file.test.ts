import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { every } from '../../../detection/video/frame-sampling.ts'
import { mediaKind } from '../../../detection/video/media-type.ts'
import { EDIT_LIST_MP4 } from '../../support/edit-list-mp4.ts'
import { probeVideo, sampleVideo } from '../../../detection/video/video-file.ts'
import { toImage, type Planes } from '../../../detection/video/yuv.ts'
import type { Image } from '../../../detection/types.ts'
import { makeWebm, type Colour } from '../../support/make-webm.ts'
import type { SampledFrame } from '../../../detection/video/types.ts'

const CLIPS = '../shared/testdata/video'
const missing = existsSync(CLIPS) ? false : `${CLIPS} is not here`
if (missing !== false && process.env['CI'] === 'true') throw new Error(missing)
const clips = { skip: missing }
const clip = (name: string): string => path.join(CLIPS, name)

async function collect (source: string | Uint8Array, fps?: number): Promise<SampledFrame[]> {
  const frames: SampledFrame[] = []
  for await (const frame of sampleVideo(source, defined({ fps }))) frames.push(frame)
  return frames
}

/** Mean absolute difference of neighbouring pictures: small while they are in order. */
function restlessness (frames: readonly Image[]): number {
  let sum = 0
  for (let index = 1; index < frames.length; index++) {
    const [before, after] = [frames[index - 1]!.data, frames[index]!.data]
    for (let byte = 0; byte < after.length; byte += 31) sum += Math.abs(after[byte]! - before[byte]!)
  }
  return sum
}

/** Mean of each channel over the picture. */
function meanColour ({ data }: Image): number[] {
  const sums = [0, 0, 0]
  data.forEach((value, index) => { sums[index % 3]! += value })
  return sums.map(sum => Math.round(sum / (data.length / 3)))
}

t.test('frames come at the asked rate without drift, with the times of the container', clips, async t => {
  const frames = await collect(clip('asl_hand.25fps.mp4'), 2)
  t.equal(frames.length, 26)
  t.same(frames.slice(0, 5).map(frame => frame.atMs), [0, 520, 1000, 1520, 2000])
  t.equal(frames[0]?.image.data.length, 620 * 1080 * 3)
})

t.test(
  'without a rate every frame comes, in the order shown although B-frames are stored out of order',
  clips,
  async t => {
    const frames = await collect(clip('asl_book.mkv'))
    t.equal(frames.length, 109)
    const times = frames.map(frame => frame.atMs)
    t.same(
      times,
      [...times].sort((a, b) => a - b)
    )
    t.equal(new Set(times).size, 109)
    const pictures = frames.map(frame => frame.image)
    const swapped = pictures.map((_, index) => pictures[index % 2 === 0 ? index + 1 : index - 1] ?? pictures[index]!)
    t.ok(restlessness(pictures) < restlessness(swapped), 'swapping neighbours makes it jump')
  }
)

t.test('the turn in the metadata is applied', clips, async t => {
  t.match(await probeVideo(clip('gaze_center_focus.mp4')), { codec: 'avc', width: 480, height: 848, durationMs: 10498 })
  const frames = sampleVideo(clip('gaze_center_focus.mp4'))
  const first = await frames.next()
  await frames.return(undefined)
  const image: Image = first.value.image
  t.same([image.width, image.height], [480, 848])
  const band = (from: number): Image => ({
    width: 480,
    height: 148,
    data: image.data.subarray(480 * from * 3, 480 * (from + 148) * 3)
  })
  const redness = (part: Image): number => meanColour(part)[0]! - meanColour(part)[1]!
  t.ok(redness(band(700)) > 50, 'the red shirt is at the bottom')
  t.ok(redness(band(0)) < 50, 'the wall is at the top')
})

t.test('a GIF gives its pages at its delays', clips, async t => {
  const file = clip('preview_head-pose-face-detection-female.gif')
  t.match(await probeVideo(file), { codec: 'gif', width: 480, height: 270, durationMs: 1910, frames: 23 })
  const frames = await collect(await readFile(file))
  t.equal(frames.length, 23)
  t.same(frames.slice(0, 4).map(frame => frame.atMs), [0, 80, 170, 250])
  t.equal(frames[22]?.image.data.length, 480 * 270 * 3)
  t.equal((await collect(file, 2)).length, 4)
})

t.test('a WebM gives its colours in order, also one that states neither sizes nor duration', async t => {
  const colours: Colour[] = [[200, 30, 30], [30, 160, 30], [30, 30, 200], [128, 128, 128], [240, 240, 240]]
  for (const codec of ['vp8', 'vp9'] as const) {
    for (const live of [false, true]) {
      const frames = await collect(await makeWebm(colours, { codec, fps: 10, live }))
      t.same(
        frames.map(frame => frame.atMs),
        [0, 100, 200, 300, 400],
        `${codec}, live: ${live}`
      )
      const off = frames.map(({ image }, index) =>
        Math.max(...meanColour(image).map((value, channel) => Math.abs(value - colours[index]![channel]!)))
      )
      t.ok(
        off.every(difference => difference < 12),
        `${codec}: colours are off by at most ${Math.max(...off)}`
      )
    }
  }
})

t.test('a file cut off in the middle gives the frames before the cut, then a coded error', clips, async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-video-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const whole = await readFile(clip('gaze_center_focus.mp4'))
  const cut = path.join(folder, 'cut.mp4')
  await writeFile(cut, whole.subarray(0, whole.length >> 1))
  let frames = 0
  await t.rejects(
    async () => {
      for await (const { image } of sampleVideo(cut)) frames += image.width / 480
    },
    { name: 'DetectionError', code: 'INVIGIL_ERR_MEDIA_INVALID' }
  )
  t.ok(frames > 50 && frames < 200, `${frames} frames`)

  const mkv = await readFile(clip('asl_book.mkv'))
  await t.rejects(collect(mkv.subarray(0, mkv.length >> 1)), { code: 'INVIGIL_ERR_MEDIA_INVALID' })
  const gif = await readFile(clip('preview_head-pose-face-detection-male.gif'))
  await t.rejects(collect(gif.subarray(0, gif.length >> 1)), { code: 'INVIGIL_ERR_MEDIA_INVALID' })
})

t.test('frames that an edit list cuts off are not shown; the one that spans its zero is, from there on', async t => {
  const times: number[] = []
  for await (const { atMs } of sampleVideo(EDIT_LIST_MP4)) times.push(atMs)
  t.same(times, [0, 50, 150, 250, 350, 450])
})

t.test('damage in the middle is a coded error', clips, async t => {
  const bytes = Buffer.from(await readFile(clip('gaze_center_focus.mp4')))
  bytes.fill(7, 800_000, 1_000_000)
  await t.rejects(collect(bytes), { code: 'INVIGIL_ERR_MEDIA_INVALID' })
})

t.test('a file that is not a video is refused with a code', async t => {
  const wav = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(64)])
  const inputs: Array<[string, Uint8Array]> = [
    ['empty', new Uint8Array(0)],
    ['garbage', Buffer.from('this is no video at all')],
    ['sound', wav],
    [
      'boxes without a track',
      Buffer.concat([Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1'), Buffer.alloc(64)])
    ]
  ]
  for (const [name, bytes] of inputs) {
    const error: unknown = await collect(bytes).catch(error => error)
    t.ok(error instanceof DetectionError && /^INVIGIL_ERR_MEDIA_/.test(error.code), name)
  }
  await t.rejects(collect(Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(500, 7)])), {
    code: 'INVIGIL_ERR_MEDIA_INVALID'
  })
  await t.rejects(collect('/nowhere/at/all.mp4'), { code: 'ENOENT' })
})

t.test('the kind of a file is told by its first bytes', async t => {
  const kind = (text: string): string => mediaKind(Buffer.from(text, 'latin1'))
  t.equal(kind('\xff\xd8\xff\xe0'), 'picture')
  t.equal(kind('RIFF1234WEBPVP8 '), 'picture')
  t.equal(kind('GIF89a'), 'gif')
  t.equal(kind('\x1a\x45\xdf\xa3'), 'video')
  t.equal(kind('\0\0\0\x20ftypqt  '), 'video')
  t.equal(kind('\0\0\0\x20ftypM4A '), 'sound')
  t.equal(kind('RIFF1234WAVE'), 'sound')
  t.equal(kind('OggS'), 'sound')
  t.equal(kind('\xff\xfb\x90\x44'), 'sound')
  t.equal(kind(''), 'unknown')
  t.equal(kind('hello'), 'unknown')
})

t.test('every(): a gap gives one frame, and a rate above the video keeps all', async t => {
  const keptTimes = (fps: number | undefined, times: number[]): number[] => times.filter(every(fps))
  t.same(keptTimes(2, [33, 67, 500, 532, 533, 1000, 5000, 5033, 5533]), [33, 532, 5000, 5033, 5533])
  t.same(keptTimes(100, [0, 40, 80]), [0, 40, 80])
  t.same(keptTimes(undefined, [0, 1, 2]), [0, 1, 2])
  t.throws(() => every(0), RangeError)
})

t.test('colours follow the matrix and the range', async t => {
  const pixel = (luma: number, u: number, v: number, more: Partial<Planes> = {}): number[] => [...toImage({
    data: Uint8Array.of(luma, u, v),
    planes: [{ offset: 0, stride: 1 }, { offset: 1, stride: 1 }, { offset: 2, stride: 1 }],
    width: 1,
    height: 1,
    layout: '420',
    matrix: 'bt601',
    fullRange: false,
    rotation: 0,
    flip: false,
    ...more
  }).data]
  t.same(pixel(16, 128, 128), [0, 0, 0])
  t.same(pixel(235, 128, 128), [255, 255, 255])
  t.same(pixel(128, 128, 128, { fullRange: true }), [128, 128, 128])
  // 100 % red: Y 81, Cb 90, Cr 240 (BT.601) and Y 63, Cb 102, Cr 240 (BT.709).
  t.ok(pixel(81, 90, 240).every((value, index) => Math.abs(value - [255, 0, 0][index]!) <= 2))
  t.ok(pixel(63, 102, 240, { matrix: 'bt709' }).every((value, index) => Math.abs(value - [255, 0, 0][index]!) <= 2))
})

t.test('a frame is turned clockwise, then mirrored', async t => {
  // Two pixels side by side: 10 and 20.
  const red = (rotation: Planes['rotation'], flip: boolean): number[][] => {
    const { width, height, data } = toImage({
      data: Uint8Array.of(10, 0, 0, 0, 20, 0, 0, 0),
      planes: [{ offset: 0, stride: 8 }],
      width: 2,
      height: 1,
      layout: 'rgba',
      matrix: 'bt601',
      fullRange: true,
      rotation,
      flip
    })
    return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => data[(y * width + x) * 3]!))
  }
  t.same(red(0, false), [[10, 20]])
  t.same(red(0, true), [[20, 10]])
  t.same(red(90, false), [[10], [20]])
  t.same(red(180, false), [[20, 10]])
  t.same(red(270, false), [[20], [10]])
})
