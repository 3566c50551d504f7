import t from 'tap'
import { createJudgeState, judge, type JudgeInput } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import type { Observation, ProctorEvent, SoundObservation } from '../../../detection/types.ts'
import { run } from '../../support/judged.ts'
import { CLEAR, faceWith, frames, NO_FACE } from '../../support/observation.ts'

interface Sound {
  readonly speech?: number
  readonly levelDb?: number
  readonly noiseFloorDb?: number
}

const TALK: Sound = { speech: 0.95, levelDb: -25 }
const QUIET: Sound = { speech: 0.02, levelDb: -55 }
const DEAD: Sound = { speech: 0, levelDb: -100 }

const PIECE_MS = 512

/** Pieces of sixteen windows from `fromMs` up to, but without, `toMs`. */
function sound (fromMs: number, toMs: number, { speech = 0, levelDb = -55, noiseFloorDb = -55 }: Sound): JudgeInput[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / PIECE_MS) }, (_, index) => {
    const piece: SoundObservation = {
      atMs: fromMs + index * PIECE_MS,
      durationMs: PIECE_MS,
      speech: new Float32Array(16).fill(speech),
      levelsDb: new Float32Array(16).fill(levelDb),
      speechMax: speech,
      speechRatio: speech >= 0.5 ? 1 : 0,
      levelDb,
      peakDb: levelDb + 10,
      noiseFloorDb
    }
    return { type: 'sound', sound: piece }
  })
}

/** A frame each half second; `mouth` gives the opening of the lips, frame by frame. */
function facesOf (fromMs: number, toMs: number, mouth: readonly number[], change = 0.01): Observation[] {
  return frames(fromMs, toMs, index => ({
    ...(mouth.length === 0 ? NO_FACE : faceWith({ mouthOpening: mouth[index % mouth.length]! })),
    quality: { ...CLEAR, change }
  }))
}

function timeOf (input: JudgeInput): number {
  if (!('type' in input)) return input.atMs
  return input.type === 'sound' ? input.sound.atMs + input.sound.durationMs : input.atMs
}

/** Judges inputs in the order of their times. */
const play = (inputs: readonly JudgeInput[], policy?: Policy): readonly ProctorEvent[] =>
  run(inputs.toSorted((a, b) => timeOf(a) - timeOf(b)), policy).events

const VOICES = new Set(['voice', 'background_voice', 'loud_noise', 'microphone_off'])

/** The events of the inputs as `kind phase time`. */
const playSound = (inputs: readonly JudgeInput[], policy?: Policy): string[] =>
  play(inputs, policy).filter(({ kind }) => VOICES.has(kind)).map(({ kind, phase, atMs }) => `${kind} ${phase} ${atMs}`)

t.test('talk is a voice from its first sound to its last', async t => {
  const events = play([...sound(0, 4096, QUIET), ...sound(4096, 8192, TALK), ...sound(8192, 20_000, QUIET)])
  t.same(events.map(({ kind, phase, atMs }) => `${kind} ${phase} ${atMs}`), ['voice start 4096', 'voice end 8192'])
  t.match(events[0], {
    severity: 'low',
    weight: 1,
    detail: {
      speechMs: 1536,
      withinMs: 4000,
      probability: 0.95,
      levelDb: -25,
      noiseFloorDb: -55,
      lips: 'unknown',
      pieces: 1,
      limits: { speechMs: 1500 }
    }
  })
  t.match(events[1], { durationMs: 4096, detail: { reason: 'score' } })
})

t.test('a word, a cough or a sigh is no voice; talk with pauses is one', async t => {
  t.same(playSound([...sound(0, 4096, QUIET), ...sound(4096, 5120, TALK), ...sound(5120, 20_000, QUIET)]), [], 'one second')
  const sentences = [0, 3072, 6144, 9216].flatMap(atMs => [
    ...sound(atMs, atMs + 2048, TALK),
    ...sound(atMs + 2048, atMs + 3072, QUIET)
  ])
  t.same(playSound([...sentences, ...sound(12_288, 20_000, QUIET)]), ['voice start 0', 'voice end 11264'])
})

t.test('a voice while the visible lips rest is not the candidate\'s', async t => {
  const talk = [...sound(0, 2048, QUIET), ...sound(2048, 8192, TALK), ...sound(8192, 20_000, QUIET)]
  const events = play([...talk, ...facesOf(0, 20_000, [0.002, 0.005, 0.003])]).filter(({ kind }) => VOICES.has(kind))
  t.same(events.map(({ kind, phase }) => `${kind} ${phase}`), ['background_voice start', 'background_voice end'])
  t.match(events[0], { atMs: 2048, weight: 2, severity: 'medium', detail: { lips: 'rest', lipRange: 0.003 } })
  t.same(
    playSound([...talk, ...facesOf(0, 20_000, [0.01, 0.12, 0.03, 0.2])]),
    ['voice start 2048', 'voice end 8192'],
    'the candidate talks'
  )
  t.same(
    playSound([...talk, ...facesOf(0, 20_000, [0.01, 0.04])]),
    ['voice start 2048', 'voice end 8192'],
    'hardly moving lips raise no background voice'
  )
  t.same(playSound([...talk, ...facesOf(0, 20_000, [])]), ['voice start 2048', 'voice end 8192'], 'no face')
  t.same(playSound([...talk, ...facesOf(0, 1000, [0])]), ['voice start 2048', 'voice end 8192'], 'frames of long before')
})

t.test('a still picture says nothing about lips', async t => {
  const talk = [...sound(14_848, 20_480, TALK), ...sound(20_480, 30_000, QUIET)]
  t.same(playSound([...talk, ...facesOf(0, 30_000, [0], 0)]), ['voice start 14848', 'voice end 20480'])
})

t.test('another\'s voice stays another\'s when the face is lost, and ends where it was last sure', async t => {
  const talk = [...sound(0, 12_288, TALK), ...sound(12_288, 25_088, QUIET)]
  const events = playSound([...talk, ...facesOf(0, 6000, [0]), ...facesOf(6000, 25_000, [])])
  t.same(events, ['background_voice start 0', 'background_voice end 7680'])
})

t.test('noise is loud against the room or against the microphone', async t => {
  const noise = (levelDb: number, ms: number): string[] =>
    playSound([...sound(0, 4096, QUIET), ...sound(4096, 4096 + ms, { levelDb }), ...sound(4096 + ms, 20_480, QUIET)])
  t.same(noise(-25, 4096), ['loud_noise start 4096', 'loud_noise end 8192'])
  t.same(noise(-25, 1024), [], 'a slammed door')
  t.same(noise(-36, 4096), [], 'not loud, however quiet the room')
  t.same(playSound(sound(0, 20_480, { levelDb: -25, noiseFloorDb: -30 })), [], 'a loud room')
  t.same(playSound(sound(0, 20_480, { levelDb: -5, noiseFloorDb: -8 })), ['loud_noise start 0'], 'near the limit')
  t.same(playSound(sound(0, 4096, { levelDb: -5, speech: 0.9 })), ['voice start 0'], 'loud speech is speech')
})

t.test('half a minute of digital silence is a microphone that is off', async t => {
  const events = play([...sound(0, 1024, QUIET), ...sound(1024, 41_984, DEAD), ...sound(41_984, 44_000, QUIET)])
  t.same(
    events.map(({ kind, phase, atMs }) => `${kind} ${phase} ${atMs}`),
    ['microphone_off start 1024', 'microphone_off end 41984']
  )
  t.match(events[0], { class: 'technical', weight: 0, detail: { source: 'sound', silentMs: 30_208, enterMs: 30_000 } })
  t.same(playSound(sound(0, 60_000, { levelDb: -85 })), [], 'a quiet room')
  t.same(playSound(sound(0, 20_000, DEAD)), [], 'a gate between sentences')
  t.same(playSound([...sound(0, 20_480, DEAD), ...sound(30_000, 50_000, DEAD)]), [], 'sound that is missing is no silence')
})

t.test('microphone_off comes from the page or from digital silence, and each has its own end', async t => {
  const page = (phase: string, atMs: number): JudgeInput => ({
    type: 'client',
    kind: 'microphone_off',
    atMs,
    detail: { phase }
  })
  t.same(
    playSound([page('start', 1000), ...sound(2048, 50_000, DEAD), page('end', 51_000), ...sound(51_200, 52_000, QUIET)]),
    ['microphone_off start 1000', 'microphone_off end 51000']
  )
  t.same(
    playSound([page('start', 1000), ...sound(2048, 4000, QUIET)]),
    ['microphone_off start 1000', 'microphone_off end 3072'],
    'the page is not believed against sound that comes'
  )
  t.same(
    playSound([...sound(0, 40_960, DEAD), page('end', 41_000)]),
    ['microphone_off start 0'],
    'nor may the page report sound events'
  )
  t.same(playSound(sound(0, 40_960, DEAD), { ...DEFAULT_POLICY, rules: { microphone_off: { enabled: false } } }), [])
})

t.test('a gap in the sound ends a voice at its last sound, and joins nothing', async t => {
  t.same(playSound([...sound(0, 4096, TALK), { type: 'no-frames', atMs: 6000 }, { type: 'no-frames', atMs: 7500 }]), [
    'voice start 0',
    'voice end 4096'
  ])
  t.same(
    playSound([...sound(0, 4096, TALK), ...facesOf(4500, 9000, [0])]),
    ['voice start 0', 'voice end 4096'],
    'frames go on'
  )
  t.same(
    playSound([...sound(0, 1024, TALK), ...sound(2600, 3624, TALK), ...sound(3624, 9000, QUIET)]),
    [],
    'two halves with a hole between them'
  )
})

t.test('closing ends a voice; old and repeated sound is ignored', async t => {
  t.same(playSound([...sound(0, 4096, TALK), { type: 'close', atMs: 4200 }, ...sound(2048, 4096, TALK)]), [
    'voice start 0',
    'voice end 4200'
  ])
  const { state } = judge(createJudgeState(), sound(512, 1024, TALK)[0]!, DEFAULT_POLICY)
  t.same(judge(state, sound(0, 512, TALK)[0]!, DEFAULT_POLICY).state, state)
})

t.test('an exam can turn voices off or allow more of them', async t => {
  const talk = [...sound(0, 4096, TALK), ...sound(4096, 12_288, QUIET)]
  t.same(playSound(talk, { ...DEFAULT_POLICY, rules: { voice: { enabled: false } } }), [])
  t.same(playSound(talk, { ...DEFAULT_POLICY, rules: { voice: { limits: { speechMs: 3900 } } } }), [
    'voice start 96',
    'voice end 4096'
  ])
})
