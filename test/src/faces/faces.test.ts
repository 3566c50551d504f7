import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import sharp from 'sharp'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK } from '../../../detection/pipeline/pipeline.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'
import { localCluster } from '../../../src/cluster/cluster.ts'
import { createChallenges } from '../../../src/faces/challenges.ts'
import { checkFrames, isEnrolled } from '../../../src/faces/check-frames.ts'
import { createReplays, hashOfFrame } from '../../../src/faces/replays.ts'
import { openFaceKey } from '../../../src/secrets/face-key.ts'
import { openFace, sealFace } from '../../../src/faces/seal.ts'
import { analysis, face, vector } from '../../support/app.ts'
import { performSteps } from '../../support/challenge-frames.ts'

const DATA = '../shared/testdata'
const MODELS = '../shared/models'
const skip = !existsSync(`${DATA}/labels.json`) && process.env.CI !== 'true' && `${DATA} is missing`

t.test('a sealed face opens unchanged with its key and for its user only', async t => {
  const key = Buffer.alloc(32, 7)
  const vector = Float32Array.of(0.1, -0.2, 0.3)
  const sealed = sealFace(key, 'asha', vector)
  t.same(openFace(key, 'asha', sealed), vector)
  t.notSame(sealFace(key, 'asha', vector), sealed, 'never twice the same')
  t.equal(openFace(Buffer.alloc(32, 8), 'asha', sealed), undefined, 'another key')
  t.equal(openFace(key, 'rahim', sealed), undefined, 'in the row of another user')
  for (let at = 0; at < sealed.length; at++) {
    t.equal(
      openFace(
        key,
        'asha',
        sealed.map((byte, index) => (index === at ? byte ^ 1 : byte))
      ),
      undefined,
      `byte ${at} changed`
    )
  }
  t.equal(openFace(key, 'asha', new Uint8Array(0)), undefined)
  t.equal(openFace(key, 'asha', sealed.subarray(0, 20)), undefined, 'cut short')
})

t.test('without FACE_KEY one key file is created, readable by its owner only', async t => {
  const dataDir = `${t.testdir({})}/data`
  const keyBytes = Buffer.alloc(32, 1)
  t.equal(await openFaceKey({ faceKey: keyBytes, dataDir }), keyBytes)
  t.notOk(existsSync(`${dataDir}/face.key`))
  const keys = await Promise.all(
    Array.from({ length: 4 }, async () => await openFaceKey({ faceKey: undefined, dataDir }))
  )
  t.equal(new Set(keys.map(key => key.toString('hex'))).size, 1, 'also when several ask at once')
  t.equal(keys[0]!.length, 32)
  t.equal(statSync(`${dataDir}/face.key`).mode & 0o777, 0o600)
  t.same(await openFaceKey({ faceKey: undefined, dataDir }), keys[0], 'and read again')
  writeFileSync(`${dataDir}/face.key`, 'short')
  await t.rejects(openFaceKey({ faceKey: undefined, dataDir }), /not a key/)
})

t.test('open challenges are bounded, and the oldest goes first', async t => {
  const challenges = createChallenges(localCluster().once, 2)
  const issue = async (nowMs: number) => await challenges.issue({ email: 'a@example.org', network: '192.0.2.1' }, nowMs)
  const [first, second, third] = [await issue(1), await issue(2), await issue(3)]
  t.equal(await challenges.take(first.nonce, 'a@example.org', 4), undefined)
  t.same(await challenges.take(second.nonce, 'a@example.org', 4), second)
  t.equal(await challenges.take(second.nonce, 'a@example.org', 4), undefined, 'once')
  t.equal(await challenges.take(third.nonce, 'a@example.org', 60_004), undefined, 'too old')
})

t.test('a client that asks again gets the same steps as long as there is time to do them', async t => {
  // As two gateways share them, and as one alone has them.
  const values = new Map<string, string>()
  const once = {
    put: async (key: string, value: string) => values.set(key, value) !== undefined,
    peek: async (key: string) => values.get(key),
    take: async (key: string) => values.get(key)
  }
  for (const [one, other] of [
    [createChallenges(once), createChallenges(once)],
    Array(2).fill(createChallenges(localCluster().once))
  ] as const) {
    const client = { email: 'a@example.org', network: '192.0.2.1' }
    t.equal(await one!.again(client, 0), undefined)
    const first = await one!.issue(client, 0)
    const again = await other!.again(client, 40_000)
    t.match(again, { steps: first.steps, issuedAtMs: 0 })
    t.not(again!.nonce, first.nonce, 'a client does not use up the challenge of another')
    t.equal(await other!.again({ ...client, network: '192.0.2.2' }, 1000), undefined)
    t.equal(await other!.again({ ...client, email: 'b@example.org' }, 1000), undefined)
    t.equal(await one!.again(client, 40_001), undefined)
    t.match(await one!.take(again!.nonce, 'a@example.org', 60_000), { steps: first.steps })
    t.equal(await one!.take(first.nonce, 'a@example.org', 60_001), undefined, 'not older than its steps')
  }
})

t.test('the compared face and the face judged as living are the same', async t => {
  const STEPS = ['turn_left', 'blink', 'open_mouth'] as const
  const performed = performSteps(STEPS)
  // Rests and steps, as the challenge's own test has them.
  const comparedFrames = [0, 6, 11, 16, 4, 9, 13]
  const frames = performed.map(({ atMs }, index) => ({ bytes: Uint8Array.of(index), atMs }))
  const LIVE = { who: 0, liveScore: 0.95 }
  interface Seen { readonly who: number, readonly liveScore?: number }
  const check = async (see: (index: number) => Seen, sent = frames, draw?: (below: number) => number) => {
    const compared: number[] = []
    const comparedNow: number[] = []
    const answer = await checkFrames(
      {
        analyzeStill: async ([index], options = {}) => {
          if (options.stranger !== true) t.fail("a stranger's picture is looked at as one of ours")
          ;(options.embed === true ? compared : comparedNow).push(index!)
          const { who, ...scores } = see(index!)
          return analysis({
            faces:
              who < 0
                ? []
                : performed[index!]!.faces.map(about => face({ ...about, embedding: vector(who), ...scores }))
          })
        }
      },
      STEPS,
      sent,
      draw
    )
    return { ...answer, compared, looked: comparedNow }
  }
  const isLetIn = ({ failure, vectors, isOnePerson, live }: Awaited<ReturnType<typeof check>>) =>
    failure === undefined && isOnePerson && live === true && isEnrolled(vector(0), vectors)

  t.ok(isLetIn(await check(() => LIVE)))
  t.notOk(
    isLetIn(await check(index =>
      comparedFrames.includes(index) ? { who: 0, liveScore: 0.05 } : { who: 1, liveScore: 0.95 })),
    'a photo in the compared frames, a living person between them'
  )
  t.notOk(
    isLetIn(
      await check(index =>
        [0, 11, 16, 4, 9, 13].includes(index) ? { who: 0, liveScore: 0.05 } : { who: 1, liveScore: 0.95 }
      )
    )
  )
  t.notOk(isLetIn(await check(index => (index === 6 ? { who: 0, liveScore: 0.05 } : LIVE))), 'a photo at one rest')
  t.ok(isLetIn(await check(index => (index === 6 ? { who: 0, liveScore: 0.3 } : LIVE))), 'a poor frame at one rest')
  t.notOk(
    isLetIn(await check(index => ([11, 4, 9, 13].includes(index) || index > 16 ? LIVE : { who: 0, liveScore: 0.3 }))),
    'most of them poor'
  )
  t.equal((await check(index => (index === 6 ? { who: 0 } : LIVE))).live, undefined, 'not judged at one rest')

  for (let from = 0; from < frames.length; from++) {
    for (let to = from; to < frames.length; to++) {
      const result = await check(index => index >= from && index <= to ? { who: 1, liveScore: 0.95 } : LIVE)
      const isSeen = result.compared.some(index => index >= from && index <= to)
      t.equal(isLetIn(result), !isSeen, `another person from ${from} to ${to}`)
      // At most three frames lie between two that are always compared.
      const isAsked = comparedFrames.some(index => index >= from && index <= to)
      if (isAsked ? !isSeen : to - from >= 3) t.fail(`no frame from ${from} to ${to} is compared`)
    }
  }
  const drawnBetween = new Set<number>()
  for (let at = 0; at < 11; at++) {
    const { compared } = await check(() => LIVE, frames, below => at % below)
    t.same(compared.slice(0, 7), comparedFrames)
    t.equal(compared.length, 11)
    for (const index of compared.slice(7)) drawnBetween.add(index)
  }
  t.equal(drawnBetween.size, 11, 'every frame between may be drawn')

  const early = await check(index => ({ ...LIVE, who: index === 5 ? -1 : 0 }))
  t.match([early.failure, early.looked.length], ['no_face', 6], 'after a frame without a face none is looked at')
  for (const [failure, sent] of [
    ['too_few_frames', frames.slice(0, 7)],
    ['too_slow', frames.map(frame => ({ ...frame, atMs: frame.atMs * 10 }))],
    ['too_fast', frames.map(frame => ({ ...frame, atMs: 0 }))],
    ['repeated', frames.map((frame, index) => index === 7 ? { ...frame, bytes: frames[5]!.bytes } : frame)]
  ] as const) {
    t.match(await check(() => LIVE, [...sent]), { failure, looked: [], compared: [] }, `${failure}, before any look`)
  }
  const slow = await check(() => LIVE, frames.toSpliced(8, 0, { bytes: frames[7]!.bytes, atMs: frames[7]!.atMs + 100 }))
  t.ok(isLetIn(slow), 'a camera slower than the page gives a picture twice in a row')
  t.equal(slow.looked.length, frames.length)
})

t.test('frames of an accepted login are recognized again, a bounded number of them', async t => {
  const replays = createReplays(localCluster().once, 16)
  const login = (name: string) => Array.from({ length: 20 }, (_, index) => hashOfFrame(Buffer.from(`${name} ${index}`)))
  t.notOk(await replays.has(login('first')))
  await replays.add(login('first'))
  t.ok(await replays.has(login('first')))
  t.ok(await replays.has(login('first').slice(0, 13)), 'also without some of them')
  t.notOk(await replays.has(login('second')))
  await replays.add(login('second'))
  await replays.add(login('third'))
  t.notOk(await replays.has(login('first')), 'the oldest is forgotten')
  t.ok(await replays.has(login('second')))
})

t.test('real faces', { skip, timeout: 120_000 }, async t => {
  const pipeline = createPipeline(await loadModels({ modelsDir: MODELS }), { now: () => performance.now() })
  const pool: Pick<Pool, 'analyzeStill'> = {
    analyzeStill: async (bytes, options = {}) => {
      const analysis = await pipeline.analyze(await decodeImage(bytes), 0, INITIAL_TRACK, { still: true, ...options })
      return { ...analysis, workerMs: 0, queueMs: 0, ageMs: 0 }
    }
  }
  // A camera never gives the same bytes twice: what follows a picture's end is not looked at.
  const frames = (pictures: readonly Uint8Array[]) =>
    pictures.map((bytes, index) => ({ bytes: Buffer.concat([bytes, Buffer.of(index)]), atMs: index * 400 }))
  const yale = (subject: string, ...names: readonly string[]) =>
    names.map(name => readFileSync(`${DATA}/images/yale/${subject}.${name}.gif`))
  const vectorOf = async (picture: Uint8Array) =>
    (await pool.analyzeStill(picture, { embed: true, facesOnly: true })).observation.faces[0]!.embedding!
  const ACTS = ['normal', 'normal', 'normal', 'sleepy', 'normal', 'normal', 'surprised', 'normal', 'normal'] as const

  t.test('a person who blinks and opens the mouth is recognized from another picture', async t => {
    const result = await checkFrames(pool, ['blink', 'open_mouth'], frames(yale('subject02', ...ACTS)))
    t.match(result, { isOnePerson: true, vectors: { length: 3 } })
    t.equal(result.failure, undefined)
    t.equal(result.live, undefined, 'grey pictures are not judged')
    t.ok(isEnrolled(await vectorOf(yale('subject02', 'happy')[0]!), result.vectors))
    t.notOk(isEnrolled(await vectorOf(yale('subject03', 'normal')[0]!), result.vectors), 'not as another person')
    t.match(
      await checkFrames(pool, ['open_mouth', 'blink'], frames(yale('subject02', ...ACTS))),
      { failure: 'incomplete' },
      'in another order'
    )
    t.match(
      await checkFrames(pool, ['blink', 'open_mouth'], frames(yale('subject02', ...ACTS.map(() => 'normal')))),
      { failure: 'incomplete' },
      'a photo'
    )
  })

  t.test('two people in turn are not one person', async t => {
    const pictures = yale('subject02', ...ACTS)
    pictures[6] = yale('subject03', 'surprised')[0]!
    t.match(await checkFrames(pool, ['blink', 'open_mouth'], frames(pictures)), { isOnePerson: false })
  })

  t.test('a turn to the right of the picture is a turn to the person\'s left', async t => {
    const byYaw: Array<{ yaw: number, bytes: Uint8Array }> = []
    for await (const { image } of sampleVideo(`${DATA}/video/preview_head-pose-face-detection-female.gif`, {
      fps: 12
    })) {
      const bytes = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
        .png()
        .toBuffer()
      const [face] = (await pool.analyzeStill(bytes, { facesOnly: true })).observation.faces
      if (face !== undefined) byYaw.push({ yaw: face.yawDegrees, bytes })
    }
    byYaw.sort((a, b) => a.yaw - b.yaw)
    const nearest = (yaw: number) =>
      byYaw.reduce((best, frame) => (Math.abs(frame.yaw - yaw) < Math.abs(best.yaw - yaw) ? frame : best)).bytes
    const rest = nearest(0)
    const [right, left] = [byYaw[0]!.bytes, byYaw.at(-1)!.bytes]
    const halfLeft = nearest(byYaw.at(-1)!.yaw / 2)
    const turned = frames([rest, rest, rest, halfLeft, left, rest, rest, right, rest, rest])
    t.match(await checkFrames(pool, ['turn_left', 'turn_right'], turned), {
      failure: undefined,
      isOnePerson: true,
      live: true
    })
    t.match(await checkFrames(pool, ['turn_right', 'turn_left'], turned), { failure: 'wrong_step' })
    t.match(
      await checkFrames(
        pool,
        ['turn_left', 'turn_right'],
        turned.filter((_, index) => index !== 3)
      ),
      { failure: 'jump' },
      'three stills'
    )
  })
})
