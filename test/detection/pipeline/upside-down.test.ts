import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK, type TrackState } from '../../../detection/pipeline/pipeline.ts'

const shared = path.resolve('../shared/testdata/images')
const skip = !existsSync(shared) && process.env['CI'] !== 'true' ? `no ${shared}` : false

t.test('a face is found in the picture turned upside down, and none in an empty room', { skip }, async t => {
  const pipeline = createPipeline(await loadModels({ modelsDir: path.resolve('../shared/models') }), { now: () => 0 })
  const upright = readFileSync(path.join(shared, 'one_face/wasm_face.jpg'))
  const turned = await decodeImage(await sharp(upright).rotate(180).jpeg().toBuffer())
  let state: TrackState = INITIAL_TRACK
  for (const atMs of [0, 500, 1000]) {
    const analysis = await pipeline.analyze(turned, atMs, state)
    t.match(analysis.observation, { faces: { length: 0 }, upsideDown: true }, `at ${atMs} ms`)
    state = analysis.state
  }
  const back = await pipeline.analyze(await decodeImage(upright), 1500, state)
  t.equal(back.observation.upsideDown, undefined)
  t.equal(back.observation.faces.length, 1)
  t.equal(
    (await pipeline.analyze(turned, 0, INITIAL_TRACK, { still: true })).observation.upsideDown,
    true,
    'of a still as well'
  )
  const nothing = await pipeline.analyze(
    await decodeImage(readFileSync(path.join(shared, 'no_face/white.png'))),
    0,
    INITIAL_TRACK
  )
  t.equal(nothing.observation.upsideDown, undefined)
})

t.test('the light on a face is measured separately from its surroundings', { skip }, async t => {
  const pipeline = createPipeline(await loadModels({ modelsDir: path.resolve('../shared/models') }), { now: () => 0 })
  const face = readFileSync(path.join(shared, 'one_face/wasm_face.jpg'))
  const { width, height } = await sharp(face).metadata()
  const around = await sharp(face)
    .extend({ top: 2 * height, bottom: height, left: 2 * width, right: width, background: '#000' })
    .resize(1280)
    .jpeg()
    .toBuffer()
  const { quality } = (await pipeline.analyze(await decodeImage(around), 0, INITIAL_TRACK, { still: true })).observation
  t.ok(quality.brightness < 0.1, `the picture: ${quality.brightness}`)
  t.ok((quality.faceBrightness ?? 0) > 0.25, `the face: ${quality.faceBrightness}`)
})
