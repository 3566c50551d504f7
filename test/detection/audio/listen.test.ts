import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { decodeChannels, decodeSound } from '../../../detection/audio/decode.ts'
import { followFloor, levelDb, meanDb, peakDb, powerDb, powerOfDb } from '../../../detection/audio/level.ts'
import { INITIAL_LISTEN, listen, type ListenState } from '../../../detection/audio/listen.ts'
import { segmentSpeech } from '../../../detection/audio/segments.ts'
import { detectSpeech, INITIAL_SPEECH } from '../../../detection/audio/speech.ts'
import { analyzeSound, summarizeSound } from '../../../detection/audio/summary.ts'
import { PACKAGED_MODELS } from '../../../detection/models/catalogue.ts'
import { buildSilero } from '../../../detection/models/import/silero.ts'
import { readPackagedFile } from '../../../detection/models/packaged-file.ts'
import { createModel, type Model } from '../../../detection/models/runtime.ts'
import type { SoundObservation } from '../../../detection/types.ts'
import { noise, shared, unlessShared } from '../models/shared.ts'

/** Reports speech in windows whose first sample is above 0.5, and counts windows in its state. */
const COUNTING: Model = {
  name: 'counting',
  inputs: [],
  outputs: ['output', 'stateN'],
  metadata: {},
  run: async ({ input, state }) => {
    const windows = input!.dims[0]!
    return {
      output: {
        data: Float32Array.from({ length: windows }, (_, index) => (input!.data[index * 576 + 64]! > 0.5 ? 0.9 : 0.1)),
        dims: [windows, 1]
      },
      stateN: { data: state!.data.map((value, index) => (index === 0 ? value + windows : value)), dims: [2, 1, 128] }
    }
  }
}

const silero = async (): Promise<Model> => await createModel('speech', buildSilero(await sileroFile()))

const sileroFile = async (): Promise<Uint8Array> => await readPackagedFile(PACKAGED_MODELS.speech.files[0])

async function samplesOf (file: string): Promise<Float32Array> {
  const pieces: number[] = []
  for await (const piece of decodeSound(shared('testdata', 'audio', file), { durationMsMax: 60_000 })) {
    pieces.push(...piece)
  }
  return Float32Array.from(pieces)
}

t.test('levels are in decibels below full scale', async t => {
  t.equal(levelDb(Float32Array.of(1, -1, 1, -1)), 0)
  t.equal(Math.round(levelDb(Float32Array.of(0.1, -0.1))), -20)
  t.equal(levelDb(new Float32Array(8)), -100)
  t.equal(levelDb(new Float32Array(0)), -100)
  t.equal(peakDb(Float32Array.of(0, -1, 0.5)), 0)
  t.equal(peakDb(new Float32Array(8)), -100)
  t.equal(powerDb(powerOfDb(-40)), -40)
  t.equal(powerOfDb(-100), 0)
  t.equal(Math.round(meanDb([0, -100]) * 100) / 100, -3.01, 'of power: half of it')
  t.equal(meanDb([]), -100)
})

t.test('the noise floor falls fast, rises slowly and does not know digital silence', async t => {
  t.equal(followFloor(undefined, -100), undefined)
  t.equal(followFloor(undefined, -50), -50)
  t.equal(followFloor(-50, -100), -50)
  t.equal(followFloor(-50, -70), -60)
  t.equal(followFloor(-50, -10), -49.94)
  t.equal(followFloor(-50, -49.99), -49.99)
})

t.test('stretches of speech begin, outlast short pauses, end, and are widened', async t => {
  const at = (...probabilities: readonly (readonly [number, number])[]): number[] =>
    probabilities.flatMap(([value, times]) => Array<number>(times).fill(value))
  t.same(segmentSpeech([]), [])
  t.same(segmentSpeech(at([0.1, 10], [0.9, 10], [0.1, 10])), [{ startMs: 290, endMs: 670 }])
  t.same(segmentSpeech(at([0.1, 10], [0.9, 7], [0.1, 10])), [], '224 ms are a click or a cough')
  t.same(segmentSpeech(at([0.9, 10], [0.1, 3], [0.9, 10])), [{ startMs: 0, endMs: 736 }], '96 ms of silence')
  t.same(segmentSpeech(at([0.9, 10], [0.1, 4], [0.9, 10])), [{ startMs: 0, endMs: 350 }, { startMs: 418, endMs: 768 }])
  t.same(segmentSpeech(at([0.9, 10], [0.4, 30])), [{ startMs: 0, endMs: 1280 }], 'between the limits it goes on')
  t.same(segmentSpeech(at([0.4, 30])), [])
  t.same(
    segmentSpeech(at([0.9, 10], [0.1, 4], [0.9, 10]), {
      enter: 0.5,
      leave: 0.35,
      minSpeechMs: 0,
      minSilenceMs: 100,
      padMs: 100
    }),
    [
      { startMs: 0, endMs: 384 },
      { startMs: 384, endMs: 768 }
    ],
    'neighbours share the pause between them'
  )
})

t.test('a stream cut anywhere gives the windows of the whole', async t => {
  const model = await silero()
  const whole = Float32Array.from(noise(16_000, 7), (value, index) => value * (Math.sin(index / 300) ** 2))
  const expected = await listen({ speech: model }, whole, 1000)
  const speech: number[] = []
  const levels: number[] = []
  let state: ListenState | undefined
  for (let from = 0, length = 1; from < whole.length; from += length, length = length * 7 % 2003 + 1) {
    const result = await listen({ speech: model }, whole.subarray(from, from + length), 1000 + from / 16, state)
    state = structuredClone(result.state)
    speech.push(...result.observation?.speech ?? [])
    levels.push(...result.observation?.levelsDb ?? [])
  }
  t.same(speech, [...expected.observation!.speech])
  t.same(levels, [...expected.observation!.levelsDb])
  t.same(state?.leftover, expected.state.leftover)
  t.same(state?.speech, expected.state.speech)
  t.equal(state?.noiseFloorDb, expected.state.noiseFloorDb)
})

t.test('an observation says when, how long, how loud and how likely speech', async t => {
  const pcm = new Float32Array(512 * 2 + 100)
  pcm.fill(0.75, 0, 512)
  const { observation, state } = await listen({ speech: COUNTING }, pcm, 5000)
  t.match(observation, {
    atMs: 5000,
    durationMs: 64,
    speechRatio: 0.5,
    levelsDb: { 1: -100 },
    noiseFloorDb: Math.fround(levelDb(Float32Array.of(0.75)))
  })
  t.same(observation?.speech, Float32Array.of(0.9, 0.1))
  t.equal(observation?.speechMax, Math.fround(0.9))
  t.equal(observation?.peakDb, peakDb(Float32Array.of(0.75)))
  t.match(state, { leftover: { length: 100 }, nextMs: 5070.25, speech: { memory: { 0: 2 } } })
  const short = await listen({ speech: COUNTING }, new Float32Array(100), 5070.25, state)
  t.equal(short.observation, undefined, 'not a window yet')
  t.equal(short.state.leftover.length, 200)
  t.notHas(
    (await listen({ speech: COUNTING }, new Float32Array(512), 0)).observation,
    { noiseFloorDb: Number },
    'without sound there is no noise floor'
  )
})

t.test('late timestamps are smoothed; a gap resets the model but keeps the noise floor', async t => {
  const first = await listen({ speech: COUNTING }, new Float32Array(8000).fill(0.1), 0)
  t.equal(first.state.leftover.length, 320)
  const late = await listen({ speech: COUNTING }, new Float32Array(8000), 900, first.state)
  t.equal(late.observation?.atMs, 500 + 40 - 20, 'a tenth of 400 ms, and what was left over')
  t.equal(late.state.speech.memory[0], 31)
  for (const atMs of [1600, -700]) {
    const after = await listen({ speech: COUNTING }, new Float32Array(8000), atMs, first.state)
    t.equal(after.observation?.atMs, atMs)
    t.equal(after.state.speech.memory[0], 15, 'the model state is reset')
    t.equal(after.observation?.noiseFloorDb, first.observation?.noiseFloorDb)
  }
})

t.test('a whole sound is summed up', async t => {
  const piece = (speech: readonly number[], levels: readonly number[], peakDb: number): SoundObservation => ({
    atMs: 0,
    durationMs: speech.length * 32,
    speech: Float32Array.from(speech),
    levelsDb: Float32Array.from(levels),
    speechMax: 0,
    speechRatio: 0,
    levelDb: 0,
    peakDb
  })
  t.same(summarizeSound([], 0), { durationMs: 0, speech: { ratio: 0, segments: [] }, levelDb: -100, peakDb: -100 })
  const summary = summarizeSound(
    [
      piece(Array(10).fill(0.9), Array(10).fill(-20), -6),
      piece(Array(10).fill(0), [...Array(5).fill(-60), ...Array(5).fill(-100)], -50)
    ],
    600
  )
  t.match(summary, {
    durationMs: 600,
    speech: { segments: [{ startMs: 0, endMs: 350 }] },
    peakDb: -6,
    noiseFloorDb: -60
  })
  t.equal(summary.speech.ratio, 350 / 600)
})

t.test('the model keeps one stream apart from another', async t => {
  const model = await silero()
  const window = noise(512)
  const before = await detectSpeech(model, window, INITIAL_SPEECH)
  await detectSpeech(model, noise(512, 9), before.state)
  t.same(await detectSpeech(model, window, INITIAL_SPEECH), before)
  t.same(INITIAL_SPEECH.memory, new Float32Array(256))
  t.same(INITIAL_LISTEN.leftover.length, 0)
})

t.test('many windows at once give the same result as one by one', async t => {
  const file = await sileroFile()
  const original = await InferenceSession.create(file)
  const samples = Float32Array.from(
    noise(512 * 20, 3),
    (value, index) => value * Math.sin(index / 400) ** 2 + 0.3 * Math.sin(index / 20)
  )
  const expected: number[] = []
  let state = new Tensor('float32', new Float32Array(256), [2, 1, 128])
  for (let from = 0; from < samples.length; from += 512) {
    const input = new Float32Array(576)
    input.set(from === 0 ? new Float32Array(64) : samples.subarray(from - 64, from))
    input.set(samples.subarray(from, from + 512), 64)
    const { output, stateN } = await original.run({
      input: new Tensor('float32', input, [1, 576]),
      state,
      sr: new Tensor('int64', [16_000n], [])
    })
    expected.push((output!.data as Float32Array)[0]!)
    state = stateN as typeof state
  }
  const result = await detectSpeech(await silero(), samples, INITIAL_SPEECH)
  t.equal(result.probabilities.length, 20)
  for (const [index, probability] of result.probabilities.entries()) {
    t.ok(Math.abs(probability - expected[index]!) < 1e-4, `window ${index}: ${probability}, ${expected[index]}`)
  }
  for (const [index, value] of result.state.memory.entries()) {
    if (Math.abs(value - state.data[index]!) > 1e-3) t.fail(`memory ${index}: ${value}, ${state.data[index]}`)
  }
  t.throws(() => buildSilero(file.subarray(0, 1000)), { code: 'INVIGIL_ERR_MODEL_CORRUPT' })
})

const SOUNDS = {
  'mediapipe_speech_16000_hz_mono.wav': true,
  'pysilero_speech.wav': true,
  'speech_one.wav': true,
  'speech_seven.wav': true,
  'noise_doing_the_dishes.wav': false,
  'noise_white_noise.wav': false,
  'pysilero_silence.wav': false
}

t.test('speech is detected in speech and in nothing else', { skip: unlessShared('testdata', 'audio') }, async t => {
  const model = await silero()
  for (const [file, isSpeech] of Object.entries(SOUNDS)) {
    const { speech, durationMs } = await analyzeSound(
      decodeChannels(shared('testdata', 'audio', file), { durationMsMax: 200_000 }),
      async ({ pcm, atMs, state }) => await listen({ speech: model }, pcm, atMs, state as ListenState | undefined)
    )
    t.ok(durationMs >= 1000)
    if (isSpeech) t.ok(speech.ratio > 0.4, `${file}: ${speech.ratio}`)
    else t.equal(speech.ratio, 0, file)
  }
})

t.test('speech stays speech when it is soft or in noise', { skip: unlessShared('testdata', 'audio') }, async t => {
  const model = await silero()
  const speech = await samplesOf('mediapipe_speech_16000_hz_mono.wav')
  const hiss = noise(speech.length)
  for (const [name, samples] of Object.entries({
    'a tenth as loud': speech.map(sample => sample * 0.1),
    'in noise 15 dB below': speech.map((sample, index) => sample + hiss[index]! * 0.036)
  })) {
    const { observation } = await listen({ speech: model }, samples, 0)
    t.ok(observation!.speechRatio > 0.5, `${name}: ${observation!.speechRatio}`)
  }
})
