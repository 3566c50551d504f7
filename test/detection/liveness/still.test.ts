import { existsSync } from 'node:fs'
import sharp from 'sharp'
import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { cellsOf, watchForStill, type Still, type StillState } from '../../../detection/liveness/still.ts'
import { createPool, type AnalyzeJob, type Pool } from '../../../detection/workers/pool.ts'
import type { Image, LumaCells, ProctorEvent } from '../../../detection/types.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'
import { createRandom, gaussian } from '../../../bench/sessions/random.ts'
import { encodeVp8 } from '../../../src/cli/simulate/vp8.ts'
import { run } from '../../support/judged.ts'
import { CLEAR, FACE, faceWith, frames, lookingAt, type Changes } from '../../support/observation.ts'

const VIDEOS = '../shared/testdata/video'
const skip = !existsSync(VIDEOS) && process.env['CI'] !== 'true' && `${VIDEOS} is missing`

interface Scene {
  /** Pixels of a picture 640 wide by which all of it has moved down. */
  readonly shift?: number
  readonly light?: number
  /** Deviation of the noise in a thumb's pixel, in 8-bit steps. */
  readonly noise?: number
}

const random = createRandom(5)
const NOISE = Float32Array.from({ length: 1 << 16 }, () => gaussian(random))

/** A drawn picture of 160×120 thumb pixels: ripples some 40 pixels wide, as brows, shadows and an outline make them. */
function drawn ({ shift = 0, light = 1, noise = 0 }: Scene = {}): LumaCells {
  const luma = new Uint8ClampedArray(160 * 120)
  const across = Array.from({ length: 160 }, (_, x) => 40 * Math.sin(x / 6))
  const down = Array.from({ length: 120 }, (_, y) => 40 * Math.sin((y - shift / 4) / 6))
  const from = Math.floor(random() * NOISE.length)
  for (let at = 0; at < luma.length; at++) {
    const value = 120 + across[at % 160]! + down[Math.floor(at / 160)]!
    luma[at] = value * light + noise * NOISE[(at + from) % NOISE.length]!
  }
  return cellsOf({ width: 160, height: 120, luma: new Uint8Array(luma.buffer) })
}

const SIZE = { width: 640, height: 480 }
const SHIFT_MAX = 0.8

/** The longest stillness that was reported, and the last report. */
function watch (
  count: number,
  everyMs: number,
  scene: (atMs: number) => Scene,
  { change = 0.002, face = FACE.box }: { change?: number, face?: typeof FACE.box } = {}
) {
  let state: StillState | undefined
  let last: Still | undefined
  let longestMs = 0
  for (let index = 0; index < count; index++) {
    const atMs = index * everyMs
    const watched = watchForStill(state, { atMs, cells: drawn(scene(atMs)), face, change, ...SIZE }, SHIFT_MAX)
    state = watched.state
    last = watched.still
    if (last !== undefined) longestMs = Math.max(longestMs, atMs - last.sinceMs)
  }
  return { state, last, longestMs }
}

/** The mean difference of two frames with such noise, as a share of full white. */
const changeOf = (noise: number): number => noise * 1.128 / 255

t.test('cells are means of five by five thumb pixels in 64ths of a step', async t => {
  const luma = new Uint8Array(20 * 10).fill(100)
  luma[0] = 125
  const cells = cellsOf({ width: 20, height: 10, luma })
  t.match(cells, { columns: 4, rows: 2 })
  t.same([...cells.luma], [6464, 6400, 6400, 6400, 6400, 6400, 6400, 6400])
  t.match(cellsOf({ width: 1, height: 1, luma: Uint8Array.of(3) }), { columns: 1, rows: 1 })
})

t.test('one picture stands still under noise and flicker, and the eighth frame says so', async t => {
  t.equal(watch(7, 500, () => ({})).last, undefined)
  t.match(watch(8, 500, () => ({})).last, { sinceMs: 0, frames: 8, shiftPixels: 0 })
  for (const noise of [1, 3, 6]) {
    const { last } = watch(60, 500, () => ({ noise }), { change: changeOf(noise) })
    t.equal(last?.sinceMs, 0, `noise of ${noise}`)
  }
  t.equal(watch(60, 500, atMs => ({ noise: 2, light: 1 + 0.03 * Math.sin(atMs / 900) })).last?.sinceMs, 0, 'flicker')
  t.equal(
    watch(60, 500, () => ({ light: 0.2, noise: 1.5 }), { change: changeOf(1.5) }).last?.sinceMs,
    0,
    'in the dark, where noise is most of what changes'
  )
})

t.test('a breath of two pixels, or a slow sinking, is movement at any rate of frames', async t => {
  for (const everyMs of [200, 500, 1000, 2000]) {
    const breath = watch(120_000 / everyMs, everyMs, atMs => ({ shift: 2 * Math.sin(atMs / 550), noise: 2 }), {
      change: changeOf(2)
    })
    t.ok(breath.longestMs < 12_000, `breath, every ${everyMs} ms: ${breath.longestMs}`)
    const sinking = watch(120_000 / everyMs, everyMs, atMs => ({ shift: atMs / 8000, noise: 2 }), {
      change: changeOf(2)
    })
    t.ok(sinking.longestMs < 20_000, `sinking, every ${everyMs} ms: ${sinking.longestMs}`)
  }
  const dark = watch(240, 500, atMs => ({ shift: 5 * Math.sin(atMs / 640), light: 0.15, noise: 3 }), {
    change: changeOf(3)
  })
  t.ok(dark.longestMs < 12_000, `in the dark: ${dark.longestMs}`)
})

t.test('it is dated back to when the picture stopped, and over at the first movement', async t => {
  const moving = (atMs: number): Scene => ({ shift: atMs < 10_000 ? 6 * Math.sin(atMs / 500) : 3 })
  const { last } = watch(60, 500, moving)
  t.ok(last !== undefined && last.sinceMs >= 9500 && last.sinceMs <= 12_000, `${last?.sinceMs}`)
  t.equal(watch(60, 500, atMs => ({ shift: atMs < 29_000 ? 0 : 6 })).last, undefined)
})

t.test('without a face nothing is judged; a gap, another size and a late frame are no evidence', async t => {
  const at = (atMs: number, more = {}) => ({ atMs, cells: drawn(), ...SIZE, ...more })
  t.same(watchForStill(undefined, at(0), SHIFT_MAX), {}, 'an empty room')
  const { state } = watch(20, 500, () => ({}))
  t.equal(watchForStill(state, at(10_000), SHIFT_MAX).still?.sinceMs, 0, 'a face lost for a moment')
  let lost = state
  for (let atMs = 10_000; atMs <= 20_000; atMs += 500) lost = watchForStill(lost, at(atMs), SHIFT_MAX).state
  t.equal(lost, undefined, 'and for longer')
  t.equal(watchForStill(state, at(19_501, { face: FACE.box }), SHIFT_MAX).state?.sinceMs, 19_501, 'a gap')
  t.equal(
    watchForStill(
      state,
      at(10_000, { face: FACE.box, cells: cellsOf({ width: 160, height: 90, luma: new Uint8Array(160 * 90) }) }),
      SHIFT_MAX
    ).state?.sinceMs,
    10_000,
    'another shape'
  )
  t.equal(watchForStill(state, at(9000, { face: FACE.box }), SHIFT_MAX).state, state, 'a late frame')
  t.match(
    watch(20, 500, () => ({}), { face: { x: 600, y: 460, width: 80, height: 90 } }).last,
    { sinceMs: 0 },
    'a face that hangs over the edge'
  )
})

t.test(
  'frame_frozen says in which form, begins when the picture stopped, and suspends what the old picture shows',
  async t => {
    const still =
      (imageAt: Changes = {}) =>
        (index: number): Changes => ({
          cells: drawn({ noise: 3 }),
          quality: { ...CLEAR, change: changeOf(3) },
          faces: [{ ...FACE, eyeOpening: 0.3 + (index % 2) * 0.01 }],
          ...imageAt
        })
    const moving = frames(0, 10_000, index => ({ cells: drawn({ shift: (index * 7) % 13 }) }))
    const { events } = run([
      ...moving,
      ...frames(10_000, 50_000, still(faceWith(lookingAt({ yaw: -45 })))),
      ...frames(50_000, 55_000, index => ({ cells: drawn({ shift: 5 + ((index * 7) % 13) }) }))
    ])
    const short = (list: readonly ProctorEvent[]) => list.map(({ kind, phase, atMs }) => `${kind} ${phase} ${atMs}`)
    const [, aside] = events.filter(({ kind }) => kind === 'looking_away')
    t.same(
      short(events).filter(text => !text.includes('frame_frozen')),
      ['looking_away start 10000', `looking_away end ${aside?.atMs}`]
    )
    t.ok(aside!.atMs >= 30_000 && aside!.atMs <= 33_000, `an old picture proves nothing more: ${aside!.atMs}`)
    const [start, end] = events.filter(({ kind }) => kind === 'frame_frozen')
    t.match(start, {
      phase: 'start',
      class: 'technical',
      severity: 'medium',
      weight: 0,
      detail: { form: 'still', stillMs: 20_000, limits: { shiftPixels: 0.8, stillMs: 20_000 } }
    })
    t.ok(start!.atMs >= 9500 && start!.atMs <= 11_000, `${start!.atMs}`)
    t.match(end, { phase: 'end', atMs: 50_000 })
    t.match(run(frames(0, 20_000, { cells: drawn(), quality: { ...CLEAR, change: 0 } })).events, [
      { kind: 'frame_frozen', atMs: 0, detail: { form: 'equal', change: 0 } }
    ])
    t.same(
      run(frames(0, 60_000, index => ({ ...still()(index), faces: [] }))).events.filter(
        ({ kind }) => kind === 'frame_frozen'
      ),
      [],
      'an empty room stands still'
    )
    const dark = { brightness: 0.03, change: changeOf(3) }
    t.same(
      run(frames(0, 60_000, index => ({ ...still()(index), quality: { ...CLEAR, ...dark } }))).events.filter(
        ({ kind }) => kind === 'frame_frozen'
      ),
      [],
      'in the dark a face is a guess'
    )
  }
)

t.test('a print on a stand stands still, and the nets go on judging it', async t => {
  const print = (index: number): Changes => ({
    cells: drawn({ noise: 2 }),
    quality: { ...CLEAR, change: changeOf(2) },
    ...faceWith(index % 4 === 0 ? { live: false, liveScore: 0.05 } : {})
  })
  const { events } = run(frames(0, 60_000, print))
  t.match(events.find(({ kind }) => kind === 'liveness_unsure'), { phase: 'start', atMs: 0, class: 'information' })
  t.notOk(events.some(({ kind, phase }) => kind === 'liveness_unsure' && phase === 'end'), 'and goes on being')
  t.ok(events.some(({ kind }) => kind === 'frame_frozen'))
})

t.test('real pictures', { skip, timeout: 240_000 }, async t => {
  const pool = createPool({
    modelsDir: existsSync('../shared/models') ? '../shared/models' : 'models',
    workers: 1,
    stuckMs: 120_000
  })
  t.teardown(() => pool.close())
  await pool.ready
  const clip: Image[] = []
  for await (const { image } of sampleVideo(`${VIDEOS}/gaze_center_focus.mp4`, { fps: 2 })) clip.push(image)
  // To and fro, for 25 seconds.
  const imageAt = (index: number): Image =>
    clip[Math.abs(((index + clip.length - 1) % (2 * clip.length - 2)) - clip.length + 1)]!
  const { width, height } = clip[0]!
  const jpeg = async ({ data }: Image, quality = 80): Promise<Uint8Array> =>
    Uint8Array.from(
      await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg({ quality })
        .toBuffer()
    )
  const noise = Int8Array.from({ length: 1 << 16 }, () => Math.round(6 * random() - 3))
  const noisy = (image: Image): Image => {
    const from = Math.floor(random() * noise.length)
    return {
      ...image,
      data: image.data.map((value, at) => Math.max(0, Math.min(255, value + noise[(at + from) % noise.length]!)))
    }
  }
  const picture = clip[10]!

  t.test('a still with noise, as JPEGs of changing quality', async t => {
    t.match(
      await frozen(pool, 25, 1000, async index => ({ bytes: await jpeg(noisy(picture), 60 + (index % 4) * 10) })),
      [{ phase: 'start', atMs: 0, detail: { form: 'still' } }]
    )
  })

  t.test('a still through VP8', async t => {
    const chunks = await encodeVp8(
      Array.from({ length: 25 }, () => noisy(picture)),
      { width, height, fps: 1, bitsPerSecond: 160_000, keyMs: 2000 }
    )
    t.match(
      await frozen(pool, 25, 1000, async index => ({
        bytes: new Uint8Array(0),
        stream: 'still',
        video: { codec: 'vp8', chunks: [{ ...chunks[index]!, atMs: index * 1000 }] }
      })),
      [{ phase: 'start', atMs: 0, detail: { form: 'still' } }]
    )
  })

  t.test('a sitting person is not reported as still, in good or poor light', async t => {
    t.same(await frozen(pool, 50, 500, async index => ({ bytes: await jpeg(imageAt(index), 25) })), [])
    const dark = (image: Image): Image => noisy({ ...image, data: image.data.map(value => value * 0.25) })
    t.same(await frozen(pool, 50, 500, async index => ({ bytes: await jpeg(dark(imageAt(index))) })), [])
  })
})

/** Events about frozen pictures whose frames go through the pool. */
async function frozen (
  pool: Pool,
  count: number,
  everyMs: number,
  frameAt: (index: number) => Promise<Pick<AnalyzeJob, 'bytes' | 'stream' | 'video'>>
): Promise<ProctorEvent[]> {
  const events: ProctorEvent[] = []
  let state = createJudgeState()
  let track: unknown
  for (let index = 0; index < count; index++) {
    const analysis = await pool.analyze({ ...await frameAt(index), atMs: index * everyMs, state: track })
    track = analysis.state
    const judgement = judge(state, analysis.observation, DEFAULT_POLICY)
    state = judgement.state
    events.push(...judgement.events.filter(({ kind }) => kind === 'frame_frozen'))
  }
  return events
}
