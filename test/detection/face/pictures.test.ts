import { existsSync, readFileSync } from 'node:fs'
import sharp from 'sharp'
import t from 'tap'
import { renewFaces } from '../../../detection/face/find.ts'
import { meshFace, regionOfLandmarks } from '../../../detection/face/mesh.ts'
import { observeFace } from '../../../detection/face/observe.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadFaceGeometry } from '../../../detection/models/face-geometry.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import type { FaceObservation, Image } from '../../../detection/types.ts'

// Compares the results of the real models on the shared pictures with labels and with MediaPipe's own build.

const DATA = '../shared/testdata'
const skip = !existsSync(`${DATA}/labels.json`) && process.env.CI !== 'true' && `${DATA} is missing`

interface Label { faces?: number, eyesClosed?: boolean, mouthOpen?: boolean }
interface Reference { width: number, height: number, landmarks: Array<[x: number, y: number, z: number]> | null }

t.test('real pictures', { skip, timeout: 120_000 }, async t => {
  const models = await loadModels({ modelsDir: '../shared/models' })
  const geometry = await loadFaceGeometry()
  const labels = JSON.parse(readFileSync(`${DATA}/labels.json`, 'utf8')) as Record<string, Label>
  const references = JSON.parse(readFileSync(`${DATA}/reference/face_mesh.json`, 'utf8')) as Record<string, Reference>

  const open = async (file: string): Promise<Image> => await decodeImage(readFileSync(`${DATA}/${file}`))
  const byName = new Map<string, FaceObservation[]>()
  for (const file of new Set([...Object.keys(labels), ...Object.keys(references)])) {
    if (!file.startsWith('images/')) continue
    const image = await open(file)
    byName.set(file, (await renewFaces(models, image, [])).map(mesh => observeFace(mesh, image, geometry)))
  }
  const wrong = (isWrong: (label: Label, faces: readonly FaceObservation[]) => boolean): string[] =>
    [...byName].filter(([file, faces]) => isWrong(labels[file] ?? {}, faces)).map(([file]) => file)

  t.test('faces are counted', async t => {
    t.same(
      wrong(({ faces }, found) => faces === 0 && found.length > 0),
      [],
      'no face in pictures without one, cartoons and animals included'
    )
    t.same(
      wrong(({ faces }, found) => faces === 1 && found.length !== 1),
      [],
      'one'
    )
    t.ok(wrong(({ faces }, found) => faces !== undefined && faces > 1 && found.length !== faces).length <= 1, 'several')
  })

  t.test('several faces come largest first, none twice', async t => {
    const areas = byName.get('images/many_faces/bbt3.jpg')!.map(({ box }) => box.width * box.height)
    t.same(areas, [...areas].sort((a, b) => b - a))
  })

  t.test('landmarks are those of MediaPipe\'s own build', async t => {
    const means: number[] = []
    const irises: number[] = []
    for (const [file, { width, height, landmarks }] of Object.entries(references)) {
      if (landmarks === null) continue
      const distances = byName
        .get(file)!
        .map(face =>
          landmarks.map(([x, y], at) =>
            Math.hypot((face.landmarks[at * 3]! - x) * width, (face.landmarks[at * 3 + 1]! - y) * height)
          )
        )
      const nearest = distances.sort((a, b) => a[1]! - b[1]!)[0]
      if (nearest === undefined) {
        t.fail(`no face in ${file}`)
        continue
      }
      const eyes = Math.hypot(
        (landmarks[33]![0] - landmarks[263]![0]) * width,
        (landmarks[33]![1] - landmarks[263]![1]) * height
      )
      means.push(nearest.reduce((sum, distance) => sum + distance, 0) / nearest.length / eyes)
      irises.push((nearest[468]! + nearest[473]!) / 2 / eyes)
    }
    const at = (values: number[], share: number) => values.sort((a, b) => a - b)[Math.floor(values.length * share)]!
    t.ok(means.length >= 57)
    t.ok(at(means, 0.5) < 0.003, `median ${(100 * at(means, 0.5)).toFixed(2)} % of the eye distance`)
    t.ok(at(means, 0.95) < 0.01, `95th percentile ${(100 * at(means, 0.95)).toFixed(2)} %`)
    t.ok(at(irises, 0.5) < 0.003, `irises ${(100 * at(irises, 0.5)).toFixed(2)} %`)
  })

  t.test('eyes and mouths', async t => {
    t.same(wrong(({ eyesClosed }, [face]) => eyesClosed !== undefined && face?.eyesClosed !== eyesClosed), [])
    t.ok(wrong(({ mouthOpen }, [face]) => mouthOpen !== undefined && face?.mouthOpen !== mouthOpen).length <= 1)
  })

  t.test('eyes that look to the picture\'s left while the head rests', async t => {
    // Frames of a clip, two a second: center until the 11th, left until the 21st, center again.
    const directions = Array.from(
      { length: 31 },
      (_, at) =>
        byName.get(`images/gaze_left_frames/gaze_center_left_center_${String(at + 1).padStart(2, '0')}.jpg`)![0]?.gaze
          .direction
    )
    const expected = directions.map((_, at) => (at >= 11 && at < 21 ? 'left' : 'center'))
    t.same(directions, expected)
  })

  t.test('a head that turns left, then right, is followed without a gap; one that rests shows no turn', async t => {
    const yaws = async (file: string, every: number): Promise<number[]> => {
      const bytes = readFileSync(`${DATA}/video/${file}`)
      const pages = (await sharp(bytes).metadata()).pages ?? 1
      const turns: number[] = []
      let landmarks: Float32Array | undefined
      for (let page = 0; page < pages; page += every) {
        const { data, info } = await sharp(bytes, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true })
        const image = { width: info.width, height: info.height, data: new Uint8Array(data) }
        const followed =
          landmarks && (await meshFace(models, image, regionOfLandmarks(landmarks, image.width, image.height)))
        const [mesh, ...others] = await renewFaces(models, image, followed === undefined ? [] : [followed])
        t.same(others, [])
        landmarks = mesh?.landmarks
        turns.push(mesh === undefined ? NaN : observeFace(mesh, image, geometry).yawDegrees)
      }
      return turns
    }
    const turning = await yaws('preview_head-pose-face-detection-female.gif', 1)
    t.ok(Math.abs(Math.min(...turning) + 41) < 5, `as far left as ${Math.min(...turning).toFixed(0)}`)
    t.ok(Math.abs(Math.max(...turning) - 32) < 5, `as far right as ${Math.max(...turning).toFixed(0)}`)
    t.ok(turning.indexOf(Math.min(...turning)) < turning.indexOf(Math.max(...turning)), 'left first')
    const resting = await yaws('preview_head-pose-face-detection-male.gif', 6)
    t.ok(resting.every(yaw => Math.abs(yaw) < 12))
  })

  t.test('small faces are found when asked to be thorough', async t => {
    const bytes = readFileSync(`${DATA}/images/many_faces/bbt3.jpg`)
    const { width = 0, height = 0 } = await sharp(bytes).metadata()
    const pad = {
      left: Math.round(width / 2),
      right: Math.round(width / 2),
      top: Math.round(height / 2),
      bottom: Math.round(height / 2),
      background: '#667'
    }
    const image = await decodeImage(await sharp(bytes).extend(pad).png().toBuffer())
    t.equal((await renewFaces(models, image, [], { thorough: true })).length, 5)
  })
})
