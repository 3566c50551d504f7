/** How much of a comparison runs, and how soon the next one comes. */
import t from 'tap'
import { dlibAnchors } from '../../../detection/identity/alignment.ts'
import {
  addComparison, compareToEnrolled, comparisonMs, followIdentity, type IdentityTrack
} from '../../../detection/identity/check.ts'
import { CLEARLY_SAME_MAX, OTHER_PERSON_FROM, SAME_PERSON_MAX } from '../../../detection/identity/distance.ts'
import { DLIB_INPUT, type IdentityModels } from '../../../detection/identity/nets.ts'
import { DEFAULT_CADENCE } from '../../../detection/pipeline/cadence.ts'
import type { Image, Region } from '../../../detection/types.ts'
import { FACE } from '../../support/observation.ts'

const { identityMs, identityClearMs } = DEFAULT_CADENCE
const SOON_MS = 2000

const region = (centerX: number, width = 200): Region =>
  ({ centerX, centerY: 240, width, height: width, rotation: 0 })

t.test('a face that clearly is the enrolled one spares its mirror image', async t => {
  const image: Image = {
    width: 640,
    height: 480,
    data: Uint8Array.from({ length: 640 * 480 * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % 640, Math.floor(at / 3 / 640)]
      return 80 + ((Math.floor(x / 12) + Math.floor(y / 12)) % 2) * 60
    })
  }
  let runs = 0
  const models: IdentityModels = {
    nets: [{
      ...DLIB_INPUT,
      weight: 1,
      numbers: 2,
      model: {
        name: 'angle',
        inputs: [{ name: 'chip', dims: [1, 3, 150, 150] }],
        outputs: ['vector'],
        metadata: {},
        // The mirror image, which runs second, looks otherwise.
        run: async () => ({
          vector: { data: runs++ % 2 === 0 ? Float32Array.of(1, 0) : Float32Array.of(0, 1), dims: [1, 2] }
        })
      }
    }],
    versions: {}
  }
  const landmarks = new Float32Array(478 * 3)
  for (const { points, x, y } of dlibAnchors(0.25)) {
    for (const point of points) landmarks.set([(200 + 200 * x) / 640, (100 + 200 * y) / 480], point * 3)
  }
  const face = { ...FACE, landmarks, box: { x: 200, y: 100, width: 200, height: 200 } }
  /** Compares with a vector this far from that of the face without its mirror image. */
  const compare = async (apart: number): Promise<[distance: number | undefined, runs: number]> => {
    runs = 0
    const angle = 2 * Math.asin(apart / 2)
    const distance = await compareToEnrolled(models, image, [face], Float32Array.of(Math.cos(angle), Math.sin(angle)))
    return [distance === undefined ? undefined : Number(distance.toFixed(3)), runs]
  }
  t.same(await compare(CLEARLY_SAME_MAX - 0.01), [0.43, 1])
  const [doubtful, doubtfulRuns] = await compare(CLEARLY_SAME_MAX + 0.01)
  t.equal(doubtfulRuns, 2)
  t.not(doubtful, 0.45, 'the vector is that of the face and its mirror image')
  t.ok(CLEARLY_SAME_MAX < SAME_PERSON_MAX)
})

t.test('three clear comparisons of a followed face let the next one wait', async t => {
  let track: IdentityTrack = { clear: 0 }
  const wait = (): number => comparisonMs(track, DEFAULT_CADENCE)
  t.equal(wait(), SOON_MS, 'before the first comparison')
  const waits = [0.3, 0.35, 0.3, 0.4].map(distance => {
    track = addComparison(track, distance)
    return wait()
  })
  t.same(waits, [identityMs, identityMs, identityClearMs, identityClearMs])
  track = addComparison(track, SAME_PERSON_MAX)
  t.equal(wait(), identityMs, 'not clear')
  track = addComparison(track, OTHER_PERSON_FROM)
  t.equal(wait(), SOON_MS, 'doubtful')
})

t.test('a face that was lost, has jumped or has company is compared again sooner', async t => {
  const track: IdentityTrack = { distance: 0.3, clear: 3 }
  const waitAfter = (before: readonly Region[], now: readonly Region[]): number =>
    comparisonMs(followIdentity(track, before, now), DEFAULT_CADENCE)
  t.equal(waitAfter([region(300)], [region(340)]), identityClearMs, 'it sways')
  t.equal(waitAfter([region(300)], [region(360)]), SOON_MS, 'it jumps')
  t.equal(waitAfter([region(300)], [region(300, 260)]), SOON_MS, 'it is much larger')
  t.equal(waitAfter([region(300)], []), SOON_MS, 'it is lost')
  t.equal(waitAfter([], [region(300)]), SOON_MS, 'it returns')
  t.equal(waitAfter([region(300)], [region(300), region(500)]), identityMs, 'there is a second one')
})
