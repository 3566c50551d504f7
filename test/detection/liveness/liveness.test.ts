import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { makeThumb } from '../../../detection/image/quality.ts'
import { fingerprintOf, NO_FRAMES, watchForLoop, type Loop } from '../../../detection/liveness/loop.ts'
import { loadSpoof } from '../../../detection/liveness/load.ts'
import { cropRegion, judgeSpoof } from '../../../detection/liveness/spoof.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK } from '../../../detection/pipeline/pipeline.ts'
import type { FaceObservation, Image, Observation } from '../../../detection/types.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'
import { FACE } from '../../support/observation.ts'

const DATA = '../shared/testdata'
const MODELS = '../shared/models'
const skip = !existsSync(`${DATA}/labels.json`) && process.env.CI !== 'true' && `${DATA} is missing`
const skipModels =
  skip || (!existsSync(`${MODELS}/MiniFASNetV2.onnx`) && process.env.CI !== 'true' && `${MODELS} holds no MiniFASNet`)

const observation = (
  atMs: number,
  more: Partial<Observation> = {},
  face: Partial<FaceObservation> = {}
): Observation => ({
  atMs,
  width: 640,
  height: 480,
  faces: [{ ...FACE, ...face }],
  quality: { brightness: 0.5, contrast: 0.2, sharpness: 300, structure: 0.8, blocked: false, change: 0.01 },
  ...more
})

t.test('the crop is enlarged about the box\'s middle, limited and pushed inside the picture', async t => {
  const picture = { x: 0, y: 0, width: 641, height: 481 }
  t.same(cropRegion({ x: 300, y: 200, width: 40, height: 50 }, 2, picture), {
    centerX: 320,
    centerY: 225,
    width: 80,
    height: 100,
    rotation: 0
  })
  t.same(
    cropRegion({ x: 0, y: 0, width: 40, height: 50 }, 2, picture),
    { centerX: 40, centerY: 50, width: 80, height: 100, rotation: 0 },
    'pushed'
  )
  t.same(
    cropRegion({ x: 600, y: 430, width: 40, height: 50 }, 2, picture),
    { centerX: 600, centerY: 430, width: 80, height: 100, rotation: 0 },
    'pushed'
  )
  t.same(
    cropRegion({ x: 200, y: 100, width: 200, height: 240 }, 4, picture),
    { centerX: 300, centerY: 240, width: 400, height: 480, rotation: 0 },
    'limited'
  )
  t.same(
    cropRegion({ x: 120, y: 60, width: 40, height: 50 }, 2, { x: 110, y: 55, width: 301, height: 201 }),
    { centerX: 150, centerY: 105, width: 80, height: 100, rotation: 0 },
    'pushed off a bar'
  )
})

t.test('what cannot be judged is not', { skip: skipModels }, async t => {
  const models = await loadSpoof(MODELS)
  const noise: Image = {
    width: 640,
    height: 480,
    data: Uint8Array.from({ length: 640 * 480 * 3 }, (_, i) => (i * 7919) % 251)
  }
  const grey: Image = { ...noise, data: noise.data.map((_, i) => (Math.floor(i / 3) * 7919) % 251) }
  t.equal(await judgeSpoof({}, noise, FACE), undefined, 'no models')
  t.type(await judgeSpoof(models, noise, FACE), Object)
  t.equal(await judgeSpoof(models, noise, { ...FACE, yawDegrees: 50 }), undefined, 'turned away')
  t.equal(await judgeSpoof(models, noise, { ...FACE, box: { x: 0, y: 0, width: 40, height: 50 } }), undefined, 'small')
  t.equal(await judgeSpoof(models, grey, FACE), undefined, 'without colours')
  t.type(await judgeSpoof({ spoofV2: models.spoofV2 }, noise, FACE), Object, 'one net is enough')
  t.same(await loadSpoof('/nowhere'), { spoofV2: undefined, spoofV1SE: undefined, versions: {} })
})

t.test('real pictures', { skip: skipModels, timeout: 120_000 }, async t => {
  const models = await loadModels({ modelsDir: MODELS })
  const pipeline = createPipeline(models, { now: () => performance.now() })
  const largest = async (image: Image) =>
    (await pipeline.analyze(image, 0, INITIAL_TRACK, { still: true })).observation.faces[0]

  t.test('a live face, a print and a screen are told apart', async t => {
    for (const [file, live] of [['image_T1.jpg', true], ['image_F1.jpg', false], ['image_F2.jpg', false]] as const) {
      t.equal((await largest(await decodeImage(readFileSync(`${DATA}/images/liveness/${file}`))))?.live, live, file)
    }
  })

  t.test('webcam frames are live', async t => {
    for (const clip of [
      'asl_book.mkv',
      'asl_eat.mkv',
      'asl_thanks.mkv',
      'gaze_center_focus.mp4',
      'gaze_center_left_center.mp4'
    ]) {
      let judged = 0
      let live = 0
      for await (const { image } of sampleVideo(`${DATA}/video/${clip}`, { fps: 1 })) {
        const face = await largest(image)
        if (face?.live === undefined) continue
        judged++
        if (face.live) live++
      }
      t.ok(judged > 0 && live >= judged * 0.9, `${clip}: ${live} of ${judged}`)
    }
  })

  t.test('a session looks seldom, and soon again in doubt', async t => {
    const run = async (file: string): Promise<number[]> => {
      const image = await decodeImage(readFileSync(`${DATA}/images/liveness/${file}`))
      const judged: number[] = []
      let state = INITIAL_TRACK
      for (let atMs = 0; atMs < 12_000; atMs += 1000) {
        const analysis = await pipeline.analyze(image, atMs, state)
        state = analysis.state
        if (analysis.observation.faces[0]?.live !== undefined) judged.push(atMs)
        t.type(analysis.observation.fingerprint, Uint16Array)
      }
      return judged
    }
    t.same(await run('image_T1.jpg'), [0, 9000])
    t.same(await run('image_F1.jpg'), [0, 2000, 4000, 6000, 8000, 10_000])
  })
})

t.test('three of five looks that see no live face are noted as information, one is not', async t => {
  const play = (scores: readonly number[]) => {
    let state = createJudgeState()
    return scores.flatMap((liveScore, index) => {
      const input = observation(index * 2000, {}, { live: liveScore >= 0.5, liveScore })
      const judgement = judge(state, input, DEFAULT_POLICY)
      state = judgement.state
      t.notOk(judgement.events.some(({ class: about }) => about === 'integrity'))
      return judgement.events.filter(({ kind }) => kind === 'liveness_unsure')
    })
  }
  t.same(play([0.9, 0.1, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, 0.1, 0.9]), [])
  const events = play([0.1, 0.2, 0.1, 0.1, 0.1, 0.1])
  t.match(events, [{ phase: 'start', atMs: 0, severity: 'info', weight: 0, detail: { liveScore: 0.1 } }])
  t.match(play([0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]), [
    { phase: 'start' },
    { phase: 'end' }
  ])
})

/** Every frame of a clip once: its time and fingerprint. */
async function clipOf (file: string): Promise<ReadonlyArray<{ atMs: number, fingerprint: Uint16Array }>> {
  const frames: Array<{ atMs: number, fingerprint: Uint16Array }> = []
  for await (const { image, atMs } of sampleVideo(`${DATA}/video/${file}`)) {
    frames.push({ atMs, fingerprint: fingerprintOf(makeThumb(image)) })
    if (frames.length === 500) break
  }
  return frames
}

t.test('a recording that starts again is noticed, a camera is not', { skip, timeout: 120_000 }, async t => {
  for (const clip of ['asl_hand.25fps.mp4', 'gaze_center_focus.mp4', 'gaze_center_left_center.mp4']) {
    const frames = await clipOf(clip)
    const lengthMs = frames.at(-1)!.atMs + 40
    const frameAt = (atMs: number) => frames.findLast(frame => frame.atMs <= atMs % lengthMs) ?? frames[0]!
    const play = (endMs: number, stepMs: (index: number) => number) => {
      let state = NO_FRAMES
      let found: { loop: Loop, atMs: number } | undefined
      for (let atMs = 0, index = 0; atMs < endMs; atMs += stepMs(index++)) {
        const watched = watchForLoop(state, { atMs, fingerprint: frameAt(atMs).fingerprint })
        state = watched.state
        if (watched.loop !== undefined) found ??= { loop: watched.loop, atMs }
      }
      return { found, state }
    }
    for (const stepMs of [40, 100, 200, 500]) {
      t.same(play(lengthMs, () => stepMs).state.repeats, [], `${clip} once, a frame each ${stepMs} ms: not one repeat`)
    }
    // Frames come at uneven times, at other places of the recording in each round.
    const { found } = play(lengthMs * 4, index => 160 + index * 37 % 80)
    t.ok(found, `${clip} again and again`)
    const rounds = (found?.loop.periodMs ?? 0) / lengthMs
    t.ok(Math.abs(rounds - Math.round(rounds)) < 0.05, `after whole rounds: ${rounds.toFixed(2)}`)
    t.match(structuredClone(play(lengthMs, () => 200).state), { steps: Array }, 'the state is plain data')
  }
})

t.test('stills and frames without a face are no loop', async t => {
  const picture = (value: number) =>
    fingerprintOf({
      width: 16,
      height: 16,
      luma: Uint8Array.from({ length: 256 }, (_, i) => (i * 31 + value * value * 17) % 256)
    })
  let still = NO_FRAMES
  for (let atMs = 0; atMs < 60_000; atMs += 200) {
    const watched = watchForLoop(still, { atMs, fingerprint: picture(1) })
    still = watched.state
    t.equal(watched.loop, undefined)
  }
  const play = (faces: readonly FaceObservation[]) => {
    let state = createJudgeState()
    const events = []
    for (let atMs = 0; atMs < 60_000; atMs += 200) {
      const input = observation(atMs, { faces, fingerprint: picture(atMs / 200 % 40) })
      const judgement = judge(state, input, DEFAULT_POLICY)
      state = judgement.state
      events.push(...judgement.events.filter(({ kind }) => kind === 'spoof_suspected'))
    }
    return events
  }
  t.same(play([]), [])
  t.match(play([FACE]), [{ phase: 'start', detail: { cause: 'loop', periodMs: 8000 } }])
})

t.test('a fingerprint is the mean luma of 8 × 8 cells in 64ths', async t => {
  const luma = new Uint8Array(16 * 16).fill(100)
  luma.set([101, 102], 0)
  const fingerprint = fingerprintOf({ width: 16, height: 16, luma })
  t.equal(fingerprint.length, 64)
  t.equal(fingerprint[0], 6400 + 48)
  t.equal(fingerprint[63], 6400)
})
