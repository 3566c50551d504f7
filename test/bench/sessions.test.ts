import { existsSync } from 'node:fs'
import t from 'tap'
import { createCamera, HEIGHT, WIDTH } from '../../bench/sessions/camera.ts'
import { incidentsOf, match, type Incident, type Truth } from '../../bench/sessions/match.ts'
import { createMicrophone, repeated } from '../../bench/sessions/microphone.ts'
import { beforeWhite, bust, feathered, paste } from '../../bench/sessions/overlay.ts'
import { truthsOf } from '../../bench/sessions/play.ts'
import { createRandom, gaussian } from '../../bench/sessions/random.ts'
import { among, blinking, bareRoom, mirrored, overlaid, played, still, wandering } from '../../bench/sessions/scene.ts'
import { sessionPlans } from '../../bench/sessions/scripts.ts'
import { openSources } from '../../bench/sessions/sources.ts'
import { poissonMax, poissonMin, tally, type SessionResult } from '../../bench/sessions/tally.ts'
import { decodeImage } from '../../detection/image/decode.ts'
import type { Image, ProctorEvent } from '../../detection/types.ts'

const plain = (width: number, height: number, value: number): Image => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value)
})
const incident = (kind: Incident['kind'], atMs: number, endMs: number, raisedMs = atMs + 3000): Incident => ({
  kind,
  atMs,
  endMs,
  raisedMs
})
const truth = (kind: Truth['kind'], startMs: number, endMs: number, expect: Truth['expect'] = 'must'): Truth => ({
  kind,
  startMs,
  endMs,
  expect,
  what: ''
})

t.test('the same seed gives the same numbers', async t => {
  const random = createRandom(7)
  const again = createRandom(7)
  const numbers = Array.from({ length: 1000 }, random)
  t.same(numbers, Array.from({ length: 1000 }, again))
  t.ok(numbers.every(number => number >= 0 && number < 1))
  t.ok(Math.abs(numbers.reduce((a, b) => a + b) / 1000 - 0.5) < 0.03)
  t.not(createRandom(8)(), createRandom(7)())
  const normal = Array.from({ length: 4000 }, () => gaussian(random))
  t.ok(Math.abs(normal.reduce((sum, value) => sum + value * value, 0) / 4000 - 1) < 0.1)
})

t.test('a microphone records the sound together with the noise of the room', async t => {
  const microphone = createMicrophone(createRandom(5))
  const level = (pcm: Float32Array): number =>
    Math.sqrt(pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length)
  t.ok(Math.abs(level(microphone.record(undefined, 0, 500)) - 0.001) < 0.0001)
  t.same(microphone.record('off', 500, 1000), new Float32Array(8000))
  const tone = repeated([new Float32Array(16_000).fill(0.5)], 3, 0.5, 0.5)
  t.equal(tone.length, 48_000)
  t.same(
    [tone[0], tone[15_999], tone[16_000], tone[23_999], tone[24_000]],
    [0.25, 0.25, 0, 0, 0.25],
    'a second of sound, half of none, and again'
  )
  t.ok(level(microphone.record(tone, 500, 1000)) > 0.24)
  t.ok(level(microphone.record(tone, 1000, 1500)) < 0.0011, 'the pause')
  t.equal(microphone.record(tone, 2900, 3400).length, 8000, 'beyond its end')
})

t.test('the truth of a script counts from the beginning of the session', async t => {
  t.same(
    truthsOf([
      { what: 'works', seconds: 20 },
      { what: 'looks aside', seconds: 6, must: ['looking_away'], may: ['eye_movement'], during: [1, 5] },
      { what: 'is away', seconds: 4, must: ['face_missing'] }
    ]),
    [
      { kind: 'looking_away', expect: 'must', startMs: 21_000, endMs: 25_000, what: 'looks aside' },
      { kind: 'eye_movement', expect: 'may', startMs: 21_000, endMs: 25_000, what: 'looks aside' },
      { kind: 'face_missing', expect: 'must', startMs: 26_000, endMs: 30_000, what: 'is away' }
    ]
  )
})

t.test('incidents are read from events', async t => {
  const event = (
    kind: ProctorEvent['kind'],
    phase: ProctorEvent['phase'],
    atMs: number,
    incident: number
  ): ProctorEvent => ({ kind, phase, atMs, incident, class: 'integrity', severity: 'low', weight: 1, detail: {} })
  t.same(
    incidentsOf(
      [
        event('phone', 'start', 1000, 1),
        event('paste', 'instant', 2000, 2),
        event('phone', 'end', 4000, 1),
        event('voice', 'start', 5000, 3)
      ],
      [2500, 2000, 6000, 5500],
      9000
    ),
    [
      { kind: 'phone', atMs: 1000, raisedMs: 2500, endMs: 4000 },
      { kind: 'paste', atMs: 2000, raisedMs: 2000, endMs: 2000 },
      { kind: 'voice', atMs: 5000, raisedMs: 5500, endMs: 9000 }
    ]
  )
})

t.test('incidents are compared with the truth', async t => {
  const truths = [
    truth('phone', 10_000, 18_000),
    truth('looking_away', 30_000, 34_000),
    truth('eye_movement', 30_000, 34_000, 'may')
  ]
  const result = match(truths, [
    incident('phone', 10_500, 19_000),
    incident('eye_movement', 31_000, 33_000),
    incident('mouth_movement', 40_000, 44_000),
    incident('speaking', 40_000, 44_000),
    incident('hand_detected', 50_000, 51_000)
  ])
  t.same(
    result.found.map(({ truth, delayMs }) => [truth.kind, delayMs]),
    [['phone', 3500]]
  )
  t.same(
    result.missed.map(({ kind }) => kind),
    ['looking_away']
  )
  t.same(
    result.falseIncidents.map(({ kind }) => kind),
    ['speaking']
  )
  t.same(
    result.unexplained.map(({ kind }) => kind),
    ['mouth_movement', 'hand_detected'],
    'what weighs nothing is told apart'
  )
  t.equal(
    match([truth('phone', 10_000, 18_000)], [incident('phone', 0, 5000)]).missed.length,
    1,
    'one before it proves nothing'
  )
  t.equal(
    match([truth('phone', 10_000, 18_000)], [incident('phone', 60_000, 65_000)]).falseIncidents.length,
    1,
    'and one after it is false'
  )
  t.equal(
    match([truth('phone', 10_000, 18_000)], [incident('phone', 19_000, 25_000)]).falseIncidents.length,
    1,
    'however soon'
  )
  t.match(
    match([truth('phone', 10_000, 18_000)], [incident('phone', 8000, 9000)]),
    { missed: [{ kind: 'phone' }], falseIncidents: [] },
    'one dated back a little is explained, and finds nothing'
  )
  t.match(
    match([truth('phone', 10_000, 18_000)], [incident('phone', 10_000, 12_000), incident('phone', 14_000, 15_000)]),
    { found: [{}], repeated: 1, falseIncidents: [] },
    'told twice'
  )
  t.same(match([], []), { found: [], missed: [], repeated: 0, falseIncidents: [], unexplained: [] })
})

t.test('the figures of several sessions', async t => {
  const session = (durationMs: number, delays: readonly number[], missed: number, falses: number): SessionResult => ({
    name: '',
    set: 'develop',
    durationMs,
    frames: 0,
    honest: 2,
    found: delays.map(delayMs => ({ truth: truth('phone', 0, 1), delayMs })),
    missed: Array.from({ length: missed }, () => truth('voice', 0, 1)),
    repeated: 1,
    falseIncidents: Array.from({ length: falses }, () => incident('phone', 0, 1)),
    unexplained: []
  })
  t.match(tally([session(1_800_000, [1000, 2000], 0, 0), session(1_800_000, [3000], 1, 1)]), {
    sessions: 2,
    hours: 1,
    expected: 4,
    found: 3,
    recall: 0.75,
    falseIncidents: 1,
    falsePerHour: 1,
    honest: 4,
    delayMedianMs: 2000,
    delayP95Ms: 3000,
    kinds: [
      { kind: 'phone', expected: 3, found: 3 },
      { kind: 'voice', expected: 1, found: 0 }
    ]
  })
  t.equal(poissonMax(0).toFixed(2), '3.00')
  t.equal(poissonMax(1).toFixed(2), '4.74')
  t.equal(poissonMax(5).toFixed(2), '10.51')
  const interval = (count: number): string[] =>
    [poissonMin(count), poissonMax(count, 0.025)].map(mean => mean.toFixed(2))
  t.same([0, 1, 7].map(interval), [['0.00', '3.69'], ['0.03', '5.57'], ['2.81', '14.42']])
})

t.test('the camera', async t => {
  const shoot = async (seed: number, light = 1): Promise<Uint8Array> =>
    await createCamera(createRandom(seed)).shoot({ image: plain(WIDTH, HEIGHT, 100), light }, 500)
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
  t.ok(isSame(await shoot(1), await shoot(1)), 'the same seed gives the same bytes')
  t.notOk(isSame(await shoot(1), await shoot(2)))
  const { width, height, data } = await decodeImage(await shoot(1, 0.5))
  t.same([width, height], [WIDTH, HEIGHT])
  t.ok(Math.abs(data.reduce((sum, value) => sum + value, 0) / data.length - 50) < 1.5, 'half the light')
  const camera = createCamera(createRandom(3))
  t.notOk(
    isSame(
      await camera.shoot({ image: plain(WIDTH, HEIGHT, 100) }, 0),
      await camera.shoot({ image: plain(WIDTH, HEIGHT, 100) }, 0)
    ),
    'no two frames are the same'
  )
})

t.test('cut-outs', async t => {
  const under = plain(8, 6, 10)
  const laid = paste(under, { image: plain(2, 2, 200), opacity: new Uint8Array([255, 255, 255, 0]) }, 1, 1)
  t.same(
    [...laid.data.filter((_, index) => index % 3 === 0)].slice(0, 18),
    [200, 200, 10, 10, 10, 10, 10, 10, 200, 10, 10, 10, 10, 10, 10, 10, 10, 10]
  )
  t.equal(under.data[0], 10, 'the picture beneath stays')
  t.same(paste(under, feathered(plain(4, 4, 0), 0), -20, 50).data, under.data, 'outside nothing happens')
  t.same([...feathered(plain(3, 3, 0), 1).opacity], [127, 127, 127, 127, 255, 127, 127, 127, 127])
  const head = bust(plain(21, 21, 0)).opacity
  t.same([head[0], head[10 * 21 + 10], head[20 * 21 + 10]], [0, 255, 255])
  const image = plain(4, 1, 255)
  image.data.set([0, 0, 0], 3)
  t.same([...beforeWhite(image, 225).opacity], [0, 255, 0, 0])
})

t.test('scenes', async t => {
  const [a, b, c] = [plain(1, 1, 1), plain(1, 1, 2), plain(1, 1, 3)]
  const frames = [a, b, c].map((image, index) => ({ image, atMs: index * 1000 }))
  t.same(
    [0, 999, 1500, 9000].map(atMs => played(frames)(atMs).image.data[0]),
    [1, 1, 2, 3]
  )
  t.equal(played(frames, 1000)(0).image, b)
  const wander = wandering(frames, createRandom(1), 1000)
  t.same(
    [...new Set(Array.from({ length: 50 }, (_, index) => wander(index * 500).image))].sort(
      (x, y) => x.data[0]! - y.data[0]!
    ),
    [b, c],
    'only the part asked for'
  )
  const some = among([a, b], createRandom(1), 1000, 1000)
  t.equal(some(0).image, some(900).image)
  const blinks = blinking(still(a), c, createRandom(1), image => image === a)
  const shut = Array.from({ length: 200 }, (_, index) => blinks(index * 500).image === c).filter(Boolean).length
  t.ok(shut > 8 && shut < 40)
  t.equal(
    blinking(
      still(b),
      c,
      () => 0,
      image => image === a
    )(0).image,
    b
  )
  t.equal(
    overlaid(still(plain(4, 4, 9)), feathered(plain(1, 1, 90), 0), () => ({ x: 0.5, y: 0.5 }))(0).image.data[0],
    90
  )
  t.same([bareRoom().width, bareRoom().height], [WIDTH, HEIGHT])
  t.same([...mirrored({ width: 2, height: 1, data: new Uint8Array([1, 2, 3, 4, 5, 6]) }).data], [4, 5, 6, 1, 2, 3])
})

const FOLDER = '../shared/testdata'
t.test(
  'a script lasts minutes',
  { skip: existsSync(FOLDER) || process.env['CI'] === 'true' ? false : `${FOLDER} is missing` },
  async t => {
    const plans = sessionPlans(openSources(FOLDER))
    t.ok(plans.length >= 8)
    // Only sessions made of stills, because clips take long to decode.
    for (const plan of plans.filter(({ name }) => name.startsWith('Yale'))) {
      const { shots } = await plan.load()
      const seconds = shots.reduce((sum, shot) => sum + shot.seconds, 0)
      t.ok(seconds >= 220 && seconds <= 400, `${plan.name}: ${seconds} s`)
      t.ok(
        shots.every(shot => (shot.seconds * 2) % 1 === 0),
        'every shot is a whole number of frames'
      )
      for (const { scene } of shots) {
        if (scene === undefined) continue
        const { image } = scene(0)
        if (image.width !== WIDTH || image.height !== HEIGHT || image.data.length !== WIDTH * HEIGHT * 3) {
          t.fail(`a frame of ${image.width}×${image.height}`)
        }
      }
    }
  }
)
