import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import sharp from 'sharp'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels } from '../../../detection/models/load.ts'
import { createPipeline, INITIAL_TRACK } from '../../../detection/pipeline.ts'
import type { Pool } from '../../../detection/pool.ts'
import { sampleVideo } from '../../../detection/video/sample.ts'
import { localCluster } from '../../../src/cluster/cluster.ts'
import { createChallenges } from '../../../src/faces/challenges.ts'
import { checkFrames, isEnrolled } from '../../../src/faces/check-frames.ts'
import { openFaceKey } from '../../../src/faces/key.ts'
import { openFace, sealFace } from '../../../src/faces/seal.ts'

const DATA = '../shared/testdata'
const MODELS = '../shared/models'
const skip = !existsSync(`${DATA}/labels.json`) && process.env.CI !== 'true' && `${DATA} is missing`

t.test('a sealed face opens with its key, for its user, unchanged', async t => {
  const key = Buffer.alloc(32, 7)
  const vector = Float32Array.of(0.1, -0.2, 0.3)
  const sealed = sealFace(key, 'asha', vector)
  t.same(openFace(key, 'asha', sealed), vector)
  t.notSame(sealFace(key, 'asha', vector), sealed, 'never twice the same')
  t.equal(openFace(Buffer.alloc(32, 8), 'asha', sealed), undefined, 'another key')
  t.equal(openFace(key, 'rahim', sealed), undefined, 'in the row of another user')
  for (let at = 0; at < sealed.length; at++) {
    t.equal(openFace(key, 'asha', sealed.map((byte, index) => index === at ? byte ^ 1 : byte)), undefined, `byte ${at} changed`)
  }
  t.equal(openFace(key, 'asha', new Uint8Array(0)), undefined)
  t.equal(openFace(key, 'asha', sealed.subarray(0, 20)), undefined, 'cut short')
})

t.test('without FACE_KEY a key file is made once, for its owner only', async t => {
  const dataDir = `${t.testdir({})}/data`
  const given = Buffer.alloc(32, 1)
  t.equal(await openFaceKey({ faceKey: given, dataDir }), given)
  t.notOk(existsSync(`${dataDir}/face.key`))
  const keys = await Promise.all(Array.from({ length: 4 }, async () => await openFaceKey({ faceKey: undefined, dataDir })))
  t.equal(new Set(keys.map(key => key.toString('hex'))).size, 1, 'also when several ask at once')
  t.equal(keys[0]!.length, 32)
  t.equal(statSync(`${dataDir}/face.key`).mode & 0o777, 0o600)
  t.same(await openFaceKey({ faceKey: undefined, dataDir }), keys[0], 'and read again')
  writeFileSync(`${dataDir}/face.key`, 'short')
  await t.rejects(openFaceKey({ faceKey: undefined, dataDir }), /not a key/)
})

t.test('open challenges are bounded, and the oldest goes first', async t => {
  const challenges = createChallenges(localCluster().once, 2)
  const [first, second, third] = [await challenges.issue('a@example.org', 1), await challenges.issue('a@example.org', 2), await challenges.issue('a@example.org', 3)]
  t.equal(await challenges.take(first.nonce, 'a@example.org', 4), undefined)
  t.same(await challenges.take(second.nonce, 'a@example.org', 4), second)
  t.equal(await challenges.take(second.nonce, 'a@example.org', 4), undefined, 'once')
  t.equal(await challenges.take(third.nonce, 'a@example.org', 60_004), undefined, 'too old')
})

t.test('real faces', { skip, timeout: 120_000 }, async t => {
  const pipeline = createPipeline(await loadModels({ modelsDir: MODELS }), { now: () => performance.now() })
  const pool: Pick<Pool, 'analyzeStill'> = {
    analyzeStill: async (bytes, options = {}) => {
      const analysis = await pipeline.analyze(await decodeImage(bytes), 0, INITIAL_TRACK, { still: true, ...options })
      return { ...analysis, workerMs: 0, queueMs: 0, ageMs: 0 }
    }
  }
  const frames = (pictures: readonly Uint8Array[]) => pictures.map((bytes, index) => ({ bytes, atMs: index * 400 }))
  const yale = (subject: string, ...names: readonly string[]) => names.map(name => readFileSync(`${DATA}/images/yale/${subject}.${name}.gif`))
  const vectorOf = async (picture: Uint8Array) => (await pool.analyzeStill(picture, { embed: true, facesOnly: true })).observation.faces[0]!.embedding!
  const ACTS = ['normal', 'normal', 'normal', 'sleepy', 'normal', 'normal', 'surprised', 'normal', 'normal'] as const

  t.test('a person blinks and opens the mouth, and is known by another picture', async t => {
    const seen = await checkFrames(pool, ['blink', 'open_mouth'], frames(yale('subject02', ...ACTS)))
    t.match(seen, { isOnePerson: true, vectors: { length: 3 } })
    t.equal(seen.failure, undefined)
    t.equal(seen.live, undefined, 'grey pictures are not judged')
    t.ok(isEnrolled(await vectorOf(yale('subject02', 'happy')[0]!), seen.vectors))
    t.notOk(isEnrolled(await vectorOf(yale('subject03', 'normal')[0]!), seen.vectors), 'as nobody else')
    t.match(await checkFrames(pool, ['open_mouth', 'blink'], frames(yale('subject02', ...ACTS))), { failure: 'incomplete' }, 'in another order')
    t.match(await checkFrames(pool, ['blink', 'open_mouth'], frames(yale('subject02', ...ACTS.map(() => 'normal')))), { failure: 'incomplete' }, 'a photo')
  })

  t.test('two persons in turn are not one', async t => {
    const pictures = yale('subject02', ...ACTS)
    pictures[6] = yale('subject03', 'surprised')[0]!
    t.match(await checkFrames(pool, ['blink', 'open_mouth'], frames(pictures)), { isOnePerson: false })
  })

  t.test('a turn to the picture\'s right is one to the person\'s left', async t => {
    const byYaw: Array<{ yaw: number, bytes: Uint8Array }> = []
    for await (const { image } of sampleVideo(`${DATA}/video/preview_head-pose-face-detection-female.gif`, { fps: 6 })) {
      const bytes = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } }).png().toBuffer()
      const [face] = (await pool.analyzeStill(bytes, { facesOnly: true })).observation.faces
      if (face !== undefined) byYaw.push({ yaw: face.yawDegrees, bytes })
    }
    byYaw.sort((a, b) => a.yaw - b.yaw)
    const rest = byYaw.reduce((best, frame) => Math.abs(frame.yaw) < Math.abs(best.yaw) ? frame : best).bytes
    const [right, left] = [byYaw[0]!.bytes, byYaw.at(-1)!.bytes]
    const turned = frames([rest, rest, rest, left, rest, rest, right, rest, rest])
    t.match(await checkFrames(pool, ['turn_left', 'turn_right'], turned), { failure: undefined, isOnePerson: true, live: true })
    t.match(await checkFrames(pool, ['turn_right', 'turn_left'], turned), { failure: 'wrong_step' })
  })
})
