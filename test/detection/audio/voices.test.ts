import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { decodeSound } from '../../../detection/audio/decode.ts'
import { listen, type ListenModels, type ListenState } from '../../../detection/audio/listen.ts'
import { loadSpeaker } from '../../../detection/audio/load-speaker.ts'
import { buildMel, MEL_BANDS } from '../../../detection/audio/mel-graph.ts'
import { encodeSpeaker } from '../../../detection/audio/speaker-encoder.ts'
import { cutVoice, PIECE_SAMPLES } from '../../../detection/audio/voice-pieces.ts'
import { createJudgeState, judge, type JudgeState } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { PACKAGED_MODELS } from '../../../detection/models/catalogue.ts'
import { buildSilero } from '../../../detection/models/import/silero.ts'
import { readPackagedFile } from '../../../detection/models/packaged-file.ts'
import { createModel } from '../../../detection/models/runtime.ts'
import type { ProctorEvent } from '../../../detection/types.ts'
import { shared, unlessShared } from '../models/shared.ts'

t.test('the mel spectrogram is that of the definition', async t => {
  const model = await createModel('mel', buildMel())
  const samples = Float32Array.from({ length: 720 }, (_, at) => Math.sin((2 * Math.PI * 1000 * at) / 16_000))
  const { mel } = await model.run({ samples: { data: samples, dims: [1, 1, samples.length] } })
  t.same(mel!.dims, [1, 3, MEL_BANDS], 'one column each 160 samples')
  // A full-scale sine in a Hann window: the bin of its frequency, 25 (40 Hz each), has the power (400 / 4)², its
  // neighbors a quarter of it. The band round 1,000 Hz takes them with the weights of its triangle.
  const column = [...mel!.data.subarray(0, MEL_BANDS)]
  const loudest = column.indexOf(Math.max(...column))
  const step = slaneyMel(8000) / (MEL_BANDS + 1)
  const edges = Array.from({ length: MEL_BANDS + 2 }, (_, index) => slaneyHertz(index * step))
  const weight = (hertz: number): number =>
    Math.max(0, Math.min(
      (hertz - edges[loudest]!) / (edges[loudest + 1]! - edges[loudest]!),
      (edges[loudest + 2]! - hertz) / (edges[loudest + 2]! - edges[loudest + 1]!)
    )) * 2 / (edges[loudest + 2]! - edges[loudest]!)
  const expected = 10_000 * (weight(1000) + 0.25 * (weight(960) + weight(1040)))
  t.ok(Math.abs(column[loudest]! / expected - 1) < 1e-3, `${column[loudest]} for ${expected}`)
})

const slaneyMel = (hertz: number): number => 15 + Math.log(hertz / 1000) * 27 / Math.log(6.4)
const slaneyHertz = (mel: number): number => mel < 15 ? mel * 200 / 3 : 1000 * Math.exp((mel - 15) * Math.log(6.4) / 27)

t.test('speech is cut into pieces of 1.6 s, and a pause begins anew', async t => {
  const windows = 130
  const samples = Float32Array.from({ length: windows * 512 }, (_, index) => index)
  const speech = new Float32Array(windows).fill(0.9)
  const { pieces, state } = cutVoice(samples, speech, 1000)
  t.same(
    pieces.map(({ atMs, endMs, isContinued, samples }) => [atMs, endMs, isContinued, samples.length]),
    [[1000, 2600, false, PIECE_SAMPLES], [2600, 4200, true, PIECE_SAMPLES]]
  )
  t.equal(pieces[1]!.samples[0], PIECE_SAMPLES, 'no sample is lost between two pieces')
  t.equal(state!.samples.length, 30 * 512)

  // The same in two parts: the state carries what did not fill a piece.
  const first = cutVoice(samples.subarray(0, 70 * 512), speech.subarray(0, 70), 1000)
  const second = cutVoice(samples.subarray(70 * 512), speech.subarray(70), 1000 + 70 * 32, first.state)
  t.same([...first.pieces, ...second.pieces], pieces)

  const soft = speech.slice().fill(0.1, 40, 50)
  t.same(
    cutVoice(samples, soft, 0).pieces.map(({ atMs, endMs, isContinued }) => [atMs, endMs, isContinued]),
    [[0, 1920, false], [1920, 3520, true]],
    'a breath of 320 ms belongs to the piece'
  )
  const paused = speech.slice().fill(0.1, 40, 60)
  t.same(
    cutVoice(samples, paused, 0).pieces.map(({ atMs, isContinued }) => [atMs, isContinued]),
    [[1920, false]],
    'after 640 ms another person may be speaking: what came before was too short'
  )
})

t.test('a file that is no speaker encoder is refused by name', async t => {
  const folder = t.testdir()
  t.equal(await loadSpeaker(folder), undefined)
  await writeFile(join(folder, 'speaker.onnx'), buildMel())
  await t.rejects(loadSpeaker(folder), { code: 'INVIGIL_ERR_MODEL_CORRUPT', message: /speaker\.onnx/ })
  await writeFile(join(folder, 'speaker.onnx'), 'no model')
  await t.rejects(loadSpeaker(folder), { code: 'INVIGIL_ERR_MODEL_CORRUPT', message: /speaker\.onnx/ })
})

const skip = unlessShared('models', 'speaker_ge2e.onnx') || unlessShared('testdata2', 'audio')

t.test('a session with a speaker encoder', { skip }, async t => {
  const folder = t.testdir()
  await copyFile(shared('models', 'speaker_ge2e.onnx'), join(folder, 'speaker.onnx'))
  const speaker = await loadSpeaker(folder)
  const models: ListenModels = {
    speech: await createModel('speech', buildSilero(await readPackagedFile(PACKAGED_MODELS.speech.files[0]))),
    speaker
  }

  t.test('soft speech gives the vector of the same voice', async t => {
    const samples = (await recording('1998-0.wav')).subarray(8000, 8000 + 2 * PIECE_SAMPLES)
    const loud = await encodeSpeaker(speaker!, samples)
    const soft = await encodeSpeaker(speaker!, samples.map(sample => sample * 0.02))
    t.equal(loud.length, 256)
    t.ok(Math.abs(Math.hypot(...loud) - 1) < 1e-5)
    t.ok(loud.reduce((sum, value, index) => sum + value * soft[index]!, 0) > 0.9999)
  })

  t.test('two people who take turns are told, one person is not', async t => {
    const turns = await events(models, ['1688-0', '1998-0', '1688-1', '1998-1', '1688-3', '1998-2', '1688-4', '1998-3'])
    t.same(turns.map(({ kind, phase }) => [kind, phase]), [['multiple_voices', 'start'], ['multiple_voices', 'end']])
    t.match(turns[0]!.detail, { voices: 2, models: { speech: /^/, speaker: speaker!.versions.speaker } })
    const { secondVoiceMs, turns: changes, similarity } = turns[0]!.detail as Record<string, number>
    t.ok(secondVoiceMs! >= 6400 && changes! >= 2 && similarity! < 0.6)

    t.same(await events(models, ['1998-0', '1998-1', '1998-2', '1998-3', '1998-4', '1998-5']), [], 'one voice')
    t.same(
      await events(models, ['1998-0', '1998-1', '1998-2', '1688-0', '1688-1', '1688-3']),
      [],
      'without turns it may be one person at another place'
    )
    const { speaker: _, ...deaf } = models
    t.same(await events(deaf, ['1688-0', '1998-0', '1688-1', '1998-1', '1688-3', '1998-2']), [], 'no encoder, no word')
  })
})

async function recording (file: string): Promise<Float32Array> {
  const pieces: number[] = []
  for await (const piece of decodeSound(shared('testdata2', 'audio', file), { durationMsMax: 60_000 })) pieces.push(...piece)
  return Float32Array.from(pieces)
}

/** The events of several voices in recordings that follow each other, with half a minute of silence behind. */
async function events (models: ListenModels, names: readonly string[]): Promise<readonly ProctorEvent[]> {
  let heard: ListenState | undefined
  let state: JudgeState = createJudgeState(0, { speech: 'vad', speaker: await versionOf(models) })
  const found: ProctorEvent[] = []
  let atMs = 0
  const silence = new Float32Array(16_000)
  const sounds = [...await Promise.all(names.map(async name => await recording(`${name}.wav`))), ...Array.from({ length: 35 }, () => silence)]
  for (const sound of sounds) {
    for (let from = 0; from < sound.length; from += 16_000) {
      const piece = sound.subarray(from, from + 16_000)
      const { observation, state: after } = await listen(models, piece, atMs, heard)
      heard = after
      atMs += piece.length / 16
      if (observation === undefined) continue
      const judged = judge(state, { type: 'sound', sound: observation }, DEFAULT_POLICY)
      state = judged.state
      found.push(...judged.events)
    }
  }
  return found.filter(({ kind }) => kind === 'multiple_voices')
}

const versionOf = async ({ speaker }: ListenModels): Promise<string> =>
  (speaker as { versions?: { speaker: string } } | undefined)?.versions?.speaker ?? ''
