import t from 'tap'
import { detectCandidates, tilesOf } from '../../../detection/face/detect.ts'
import { MESH_POINTS } from '../../../detection/face/indices.ts'
import { meshFace } from '../../../detection/face/mesh.ts'
import { findFarFaces, otherRange, renewFaces } from '../../../detection/face/find.ts'
import { observeFace } from '../../../detection/face/observe.ts'
import { DEFAULT_CADENCE } from '../../../detection/pipeline/cadence.ts'
import type { Models } from '../../../detection/pipeline/load-models.ts'
import type { Model } from '../../../detection/models/runtime.ts'
import { createPipeline, INITIAL_TRACK, type TrackState } from '../../../detection/pipeline/pipeline.ts'
import type { Box, Image } from '../../../detection/types.ts'
import { geometry, picture } from '../../support/posed-face.ts'

t.test('tiles cover the picture; a small one has none', async t => {
  t.same(tilesOf({ width: 300, height: 200 }), [])
  const tiles = tilesOf({ width: 1000, height: 600 })
  t.equal(tiles.length, 6)
  t.same(
    tiles.map(({ centerX, centerY }) => [centerX, centerY]),
    [
      [250, 250],
      [500, 250],
      [750, 250],
      [250, 350],
      [500, 350],
      [750, 350]
    ]
  )
})

/**
 * A detector whose only finding above the threshold is at cell (x, y) of its grid, and a mesh with the given flags in
 * turn.
 */
function scripted ({ short, full, flags }: { short?: number, full?: number, flags: number[] }) {
  const runs: string[] = []
  const detector = (name: string, rows: number, cell: number, score: number | undefined): Model => ({
    name,
    inputs: [{ name: 'input', dims: [] }],
    outputs: [],
    metadata: {},
    async run () {
      runs.push(name)
      const boxes = new Float32Array(rows * 16)
      const logits = new Float32Array(rows).fill(-50)
      if (score !== undefined) {
        const side = name === 'short' ? 40 : 60
        boxes.set([0, 0, side, side, -8, -8, 8, -8], cell * 16)
        logits[cell] = Math.log(score / (1 - score))
      }
      return { boxes: { data: boxes, dims: [1, rows, 16] }, logits: { data: logits, dims: [1, rows, 1] } }
    }
  })
  let detectorRuns = 0
  const faceMesh: Model = {
    name: 'mesh',
    inputs: [{ name: 'input', dims: [] }],
    outputs: [],
    metadata: {},
    async run () {
      runs.push('mesh')
      const flag = flags[detectorRuns++] ?? -9
      const mesh = new Float32Array(MESH_POINTS * 3)
      for (let point = 0; point < MESH_POINTS; point++) mesh.set([40 + (point % 20) * 6, 40 + point / 4, 0], point * 3)
      const part = (length: number) => ({ data: new Float32Array(length).fill(96), dims: [1, length] })
      return {
        output_mesh_identity: { data: mesh, dims: [] },
        output_lips: part(160),
        output_left_eye: part(142),
        output_right_eye: part(142),
        output_left_iris: part(10),
        output_right_iris: part(10),
        conv_faceflag: { data: Float32Array.of(flag), dims: [] }
      }
    }
  }
  // Both cells lie at the middle of the picture.
  return {
    runs,
    models: {
      faceShort: detector('short', 896, 2 * (16 * 8 + 8), short),
      faceFull: detector('full', 2304, 48 * 24 + 24, full),
      faceMesh
    }
  }
}
const blank: Image = { width: 128, height: 128, data: new Uint8Array(128 * 128 * 3) }

t.test('a finding is a face when the mesh agrees', async t => {
  t.test("sure at once: one look, and the second detector's finding is the same face", async t => {
    const { models, runs } = scripted({ short: 0.9, full: 0.8, flags: [20] })
    t.equal((await renewFaces(models, blank, [])).length, 1)
    t.same(runs, ['short', 'full', 'mesh'])
    t.equal((await detectCandidates(models, blank)).length, 2)
  })
  t.test('not sure: it looks again', async t => {
    t.equal((await renewFaces(scripted({ short: 0.6, flags: [5, 14] }).models, blank, [])).length, 1)
    t.equal((await renewFaces(scripted({ short: 0.6, flags: [5, 6] }).models, blank, [])).length, 0)
    t.equal(
      (await renewFaces(scripted({ short: 0.8, flags: [5] }).models, blank, [])).length,
      1,
      'a sure detector needs less'
    )
  })
  t.test("where the mesh sees nothing the other detector's finding is tried", async t => {
    t.equal((await renewFaces(scripted({ short: 0.9, full: 0.8, flags: [-3, 20] }).models, blank, [])).length, 1)
    t.same(await renewFaces(scripted({ short: 0.9, full: 0.8, flags: [-3, -3] }).models, blank, []), [])
    t.same(await renewFaces(scripted({ short: 0.9, flags: [NaN] }).models, blank, []), [], 'no number is no face')
  })
  t.test('a face that is followed is not looked at again', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const { models, runs } = scripted({ short: 0.9, flags: [20] })
    t.same(await renewFaces(models, blank, [face!]), [face!])
    t.same(runs.filter(name => name === 'mesh').length <= 1, true)
  })
  t.test('a followed face that is doubtful stays while a detector sees it', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const doubtful = { ...face!, presence: 0.99 }
    t.same(await renewFaces(scripted({ flags: [] }).models, blank, [doubtful]), [], 'let go')
    t.same(await renewFaces(scripted({ flags: [] }).models, blank, [face!]), [face!], 'sure: kept')
    t.equal((await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [doubtful])).length, 1)
  })
  t.test('a further face that no detector sees any more stays only while the mesh is certain', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const further = (logit: number) => ({
      ...face!,
      presence: 1 / (1 + Math.exp(-logit)),
      landmarks: face!.landmarks.map(value => value / 2)
    })
    const isKept = async (logit: number) =>
      (await renewFaces(scripted({ flags: [] }).models, blank, [face!, further(logit)])).length
    t.equal(await isKept(15), 1, 'as sure as of the windows of a house')
    t.equal(await isKept(20), 2)
  })
  t.test('one detector alone finds faces, and lets none go that the other sees', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const doubtful = { ...face!, presence: 0.99 }
    for (const range of ['short', 'full'] as const) {
      const other = otherRange(range)
      const sure = scripted({ short: 0.9, full: 0.9, flags: [20] })
      t.same(await renewFaces(sure.models, blank, [face!], { range }), [face!])
      t.same(
        sure.runs.filter(name => name !== 'mesh'),
        [range],
        'one look'
      )
      const unsure = scripted({ [other]: 0.9, flags: [20] })
      t.equal((await renewFaces(unsure.models, blank, [doubtful], { range })).length, 1)
      t.same(
        unsure.runs.filter(name => name !== 'mesh'),
        [range, other],
        'a second look before a face is let go'
      )
      t.same(await renewFaces(scripted({ flags: [] }).models, blank, [doubtful], { range }), [])
    }
  })
})

t.test(
  'while a face is followed the detectors take turns once a second, and both look for one that is lost',
  async t => {
    const flags = [20, 20, 20, 20, 20, 20, -9, 20, 20, 20]
    const { models, runs } = scripted({ short: 0.9, full: 0.9, flags })
    const withoutOthers = { ...models, faceGeometry: geometry } as unknown as Models
    // Ignore the detectors of objects and hands.
    const pipeline = createPipeline(withoutOthers, {
      cadence: { ...DEFAULT_CADENCE, stillChangeMax: 1, objectsStillMs: Infinity },
      now: () => 0
    })
    let state: TrackState = { ...INITIAL_TRACK, ranAtMs: { objects: 0, books: 0, hands: 0 } }
    const ran: string[] = []
    for (let atMs = 0; atMs <= 4000; atMs += 500) {
      runs.length = 0
      state = (await pipeline.analyze(blank, atMs, state)).state
      ran.push(runs.filter(name => name !== 'mesh').join('+'))
    }
    t.same(ran, ['short+full', '', 'full', '', 'short', '', 'short+full', '', 'full'])
  }
)

t.test('where no face is found, both detectors look beyond the edges, and now and then at tiles', async t => {
  const { models, runs } = scripted({ flags: [] })
  t.same(await renewFaces(models, blank, []), [])
  t.same(runs, ['short', 'full', 'short', 'full'])
  runs.length = 0
  t.same(await findFarFaces(models, { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3) }), [])
  t.same(runs, Array.from({ length: tilesOf({ width: 640, height: 480 }).length }, () => 'full'))
})

t.test('what is found beyond the edges lies where it is in the picture', async t => {
  // The scripted cell is the middle of the input: it stays the middle, and what it shows is half as large again.
  const [plain] = await detectCandidates(scripted({ short: 0.9, flags: [] }).models, blank)
  const [beyond] = await detectCandidates(scripted({ short: 0.9, flags: [] }).models, blank, { beyondEdges: true })
  const middleOf = ({ x, width }: Box): number => x + width / 2
  t.equal(Math.round(beyond!.box.width), Math.round(1.5 * plain!.box.width))
  t.equal(Math.round(middleOf(beyond!.box) - 64), Math.round(1.5 * (middleOf(plain!.box) - 64)))
})

t.test('a model of another shape is refused', async t => {
  const { models } = scripted({ flags: [] })
  await t.rejects(detectCandidates({ ...models, faceShort: models.faceMesh }, blank), { message: /no BlazeFace/ })
  await t.rejects(
    meshFace({ faceMesh: models.faceFull }, blank, { centerX: 64, centerY: 64, width: 64, height: 64, rotation: 0 }),
    { message: /no output conv_faceflag/ }
  )
})

t.test('an observation holds everything of one face', async t => {
  const landmarks = picture({ yaw: 20 })
  const face = observeFace({ landmarks, presence: 0.9 }, { width: 640, height: 480 }, geometry)
  t.same(Object.keys(face).sort(), [
    'box',
    'eyeOpening',
    'eyesClosed',
    'gaze',
    'landmarks',
    'mouthOpen',
    'mouthOpening',
    'pitchDegrees',
    'rollDegrees',
    'score',
    'yawDegrees'
  ])
  t.equal(Math.round(face.yawDegrees), 20)
  t.equal(face.landmarks, landmarks)
  t.ok(face.box.x >= 0 && face.box.width > 50)
})
