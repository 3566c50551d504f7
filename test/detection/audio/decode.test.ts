import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { decodeChannels, decodeSound } from '../../../detection/audio/decode.ts'
import { levelDb } from '../../../detection/audio/level.ts'
import { channelsOfPcm } from '../../../detection/audio/pcm.ts'
import { createResampler } from '../../../detection/audio/resample.ts'
import { analyzeSound } from '../../../detection/audio/summary.ts'
import { makeEncoded, makeWav, type SoundKind } from '../../support/make-sound.ts'

function sine (hertz: number, rate: number, seconds: number, amplitude = 0.5): Float32Array {
  return Float32Array.from(
    { length: Math.round(rate * seconds) },
    (_, index) => amplitude * Math.sin((2 * Math.PI * hertz * index) / rate)
  )
}

async function decode (source: string | Uint8Array, durationMsMax = 60_000): Promise<Float32Array> {
  const pieces: number[] = []
  for await (const piece of decodeSound(source, { durationMsMax })) pieces.push(...piece)
  return Float32Array.from(pieces)
}

/** The amplitude of one frequency in samples of 16 kHz, by projection; the ends are left out. */
function amplitudeAt (hertz: number, samples: Float32Array): number {
  const inner = samples.subarray(1600, samples.length - 1600)
  let real = 0
  let imaginary = 0
  inner.forEach((sample, index) => {
    real += sample * Math.cos(2 * Math.PI * hertz * index / 16_000)
    imaginary += sample * Math.sin(2 * Math.PI * hertz * index / 16_000)
  })
  return 2 * Math.hypot(real, imaginary) / inner.length
}

const near = (
  t: Pick<typeof import('tap').t, 'ok'>,
  actual: number,
  wanted: number,
  within: number,
  what: string
): void => {
  t.ok(Math.abs(actual - wanted) <= within, `${what}: ${actual}, wanted ${wanted}`)
}

t.test('raw samples of every format become floats', async t => {
  const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
  t.same([...channelsOfPcm(bytes(0, 128, 192), 'pcm-u8', 1)[0]!], [-1, 0, 0.5])
  t.same([...channelsOfPcm(bytes(0x80, 0x40), 'pcm-s8', 1)[0]!], [-1, 0.5])
  t.same([...channelsOfPcm(bytes(0, 0x80, 0, 0x40), 'pcm-s16', 1)[0]!], [-1, 0.5])
  t.same([...channelsOfPcm(bytes(0x80, 0, 0x40, 0), 'pcm-s16be', 1)[0]!], [-1, 0.5])
  t.same([...channelsOfPcm(bytes(0, 0, 0x80, 0, 0, 0x40), 'pcm-s24', 1)[0]!], [-1, 0.5])
  t.same([...channelsOfPcm(bytes(0x80, 0, 0, 0x40, 0, 0), 'pcm-s24be', 1)[0]!], [-1, 0.5])
  t.same([...channelsOfPcm(bytes(0, 0, 0, 0x80), 'pcm-s32', 1)[0]!], [-1])
  t.same([...channelsOfPcm(bytes(0x40, 0, 0, 0), 'pcm-s32be', 1)[0]!], [0.5])
  t.same(
    [...channelsOfPcm(new Uint8Array(Float32Array.of(0.25, NaN, 1e9).buffer), 'pcm-f32', 1)[0]!],
    [0.25, 0, 0],
    'invalid samples become silence'
  )
  t.same([...channelsOfPcm(new Uint8Array(Float64Array.of(-0.25).buffer), 'pcm-f64', 1)[0]!], [-0.25])
  t.same([...channelsOfPcm(bytes(0x3e, 0x80, 0, 0), 'pcm-f32be', 1)[0]!], [0.25])
  t.same([...channelsOfPcm(bytes(0xbf, 0xd0, 0, 0, 0, 0, 0, 0), 'pcm-f64be', 1)[0]!], [-0.25])
  // G.711: the largest code of µ-law is 8031 of 8192, of A-law 4032 of 4096; 0xff and 0xd5 are the smallest.
  t.same([...channelsOfPcm(bytes(0x80, 0x00, 0xff), 'ulaw', 1)[0]!], [8031 / 8192, -8031 / 8192, 0].map(Math.fround))
  t.same([...channelsOfPcm(bytes(0xaa, 0x2a, 0xd5), 'alaw', 1)[0]!], [4032 / 4096, -4032 / 4096, 1 / 4096])
})

t.test('interleaved channels are taken apart; half a frame is left out', async t => {
  t.same(channelsOfPcm(Uint8Array.of(0, 0x40, 0, 0, 0, 0x40, 0, 0x20, 0, 0x40), 'pcm-s16', 2), [
    Float32Array.of(0.5, 0.5),
    Float32Array.of(0, 0.25)
  ])
})

t.test('resampling keeps what both rates can hold, and drops the rest', async t => {
  for (const rate of [8000, 11_025, 22_050, 44_100, 48_000, 96_000]) {
    const { initial, resample, flush } = createResampler(rate, 16_000)
    const { samples, state } = resample(initial, sine(1000, rate, 1))
    const whole = Float32Array.of(...samples, ...flush(state))
    t.equal(whole.length, 16_000, `${rate} Hz: as long as before`)
    near(t, amplitudeAt(1000, whole), 0.5, 0.002, `${rate} Hz: 1 kHz stays`)
    if (rate <= 16_000) continue
    const high = resample(initial, sine(Math.min(9000, rate * 0.45), rate, 1)).samples
    t.ok(levelDb(high.subarray(800)) < -70, `${rate} Hz: 9 kHz is gone, ${levelDb(high.subarray(800))} dB`)
  }
  const same = createResampler(16_000, 16_000)
  const direct = Float32Array.of(1, 2)
  t.equal(same.resample(same.initial, direct).samples, direct)
  t.equal(same.flush(same.initial).length, 0)
})

t.test('pieces of any length are resampled as the whole is', async t => {
  const { initial, resample } = createResampler(44_100, 16_000)
  const whole = sine(440, 44_100, 0.5)
  const expected = resample(initial, whole).samples
  const got: number[] = []
  let state = initial
  for (let from = 0, length = 1; from < whole.length; from += length, length = length * 3 % 1009 + 1) {
    const next = resample(state, whole.subarray(from, from + length))
    state = next.state
    got.push(...next.samples)
  }
  t.same(got, [...expected])
  t.ok(state.tail.length < 200, 'the stored tail stays small')
})

t.test('WAV of any depth, rate and number of channels is decoded', async t => {
  const mono = sine(500, 16_000, 1)
  for (const options of [{ bits: 8 }, { bits: 16 }, { bits: 24 }, { bits: 32 }, { bits: 32, isFloat: true }] as const) {
    const samples = await decode(makeWav([mono], options))
    t.equal(samples.length, 16_000, JSON.stringify(options))
    near(t, amplitudeAt(500, samples), 0.5, 0.01, JSON.stringify(options))
  }
  const stereo = await decode(makeWav([sine(500, 44_100, 1), new Float32Array(44_100)], { rate: 44_100 }))
  near(t, amplitudeAt(500, stereo), 0.25, 0.002, 'one silent channel halves it')
  const path = join(t.testdir(), 'a.wav')
  writeFileSync(path, makeWav([mono]))
  t.equal((await decode(path)).length, 16_000, 'from a path')
})

for (const kind of ['opus in webm', 'opus in ogg', 'aac in mp4'] as const satisfies readonly SoundKind[]) {
  t.test(`${kind} is decoded`, async t => {
    const samples = await decode(await makeEncoded(kind, sine(500, 48_000, 2)))
    near(t, samples.length, 32_000, 2000, 'length')
    near(t, amplitudeAt(500, samples.subarray(2000)), 0.5, 0.03, 'amplitude')
  })
}

t.test('sound that is too long, damaged or not sound is refused with a code', async t => {
  const second = makeWav([new Float32Array(16_000)])
  t.equal((await decode(second, 1000)).length, 16_000, 'just fits')
  await t.rejects(decode(second, 999), { name: 'DetectionError', code: 'INVIGIL_ERR_MEDIA_TOO_LONG' })
  await t.rejects(decode(makeWav([new Float32Array(0)])), { code: 'INVIGIL_ERR_MEDIA_INVALID' })
  await t.rejects(decode(Buffer.from('no sound at all')), { code: 'INVIGIL_ERR_MEDIA_UNSUPPORTED' })
  await t.rejects(decode(new Uint8Array(0)), { code: 'INVIGIL_ERR_MEDIA_UNSUPPORTED' })
  await t.rejects(decode(join(t.testdir(), 'missing.wav')), { code: 'ENOENT' })
  await t.rejects(
    decode(makeWav([new Float32Array(100)], { rate: 1000 })),
    { code: 'INVIGIL_ERR_MEDIA_UNSUPPORTED' },
    'a rate of 1 kHz'
  )
  const webm = await makeEncoded('opus in webm', sine(500, 48_000, 2))
  webm.fill(0x55, webm.length >> 1)
  t.ok(
    await decode(webm).then(
      samples => samples.length < 32_000,
      error => error.code === 'INVIGIL_ERR_MEDIA_INVALID'
    ),
    'damage in the middle'
  )
})

t.test('leaving the sound early frees the decoder', async t => {
  const pieces = decodeSound(await makeEncoded('opus in webm', sine(500, 48_000, 30)), { durationMsMax: 60_000 })
  t.equal((await pieces.next()).value?.length, 320 * 512)
  await pieces.return(undefined)
  t.same(await pieces.next(), { value: undefined, done: true })
})

t.test('each channel is analyzed separately, even if their sum is silence', async t => {
  const tone = sine(500, 16_000, 2)
  const opposite = tone.map(sample => -sample)
  const quiet = new Float32Array(tone.length)
  const summary = async (bytes: Uint8Array) =>
    await analyzeSound(decodeChannels(bytes, { durationMsMax: 60_000 }), async ({ pcm, atMs, state }) => {
      const levelsDb = Float32Array.from({ length: Math.floor(pcm.length / 512) }, (_, index) =>
        levelDb(pcm.subarray(512 * index, 512 * (index + 1)))
      )
      const speech = levelsDb.map(level => (level > -20 ? 1 : 0))
      const durationMs = speech.length * 32
      return {
        state,
        observation: { atMs, durationMs, speech, levelsDb, speechMax: 1, speechRatio: 1, levelDb: 0, peakDb: 0 }
      }
    })
  for (const [name, channels] of [
    ['opposite', [tone, opposite]],
    ['one of two', [quiet, tone]],
    ['one of seven', [quiet, quiet, tone, quiet, quiet, quiet, quiet]],
    ['the tenth of twelve', Array.from({ length: 12 }, (_, index) => (index === 9 ? tone : quiet))],
    ['alike', [tone, tone]]
  ] as const) {
    const { levelDb: level, durationMs, speech } = await summary(makeWav(channels))
    near(t, level, -9.03, 0.1, name)
    t.equal(durationMs, 2000)
    t.ok(speech.ratio > 0.95, name)
  }
  const half = tone.length / 2
  const turns = await summary(
    makeWav([
      tone.map((sample, index) => (index < half ? sample : 0)),
      tone.map((sample, index) => (index < half ? 0 : -sample))
    ])
  )
  t.ok(turns.speech.ratio > 0.95, 'two people, each in a channel of their own, take turns')
  near(
    t,
    (await summary(await makeEncoded('flac in flac', sine(500, 48_000, 2), sine(500, 48_000, 2, -0.5)))).levelDb,
    -9.03,
    0.1,
    'encoded'
  )
})

t.test('channels that are one sound are listened to once', async t => {
  const counts: number[] = []
  for await (const channels of decodeChannels(makeWav([sine(500, 16_000, 1), sine(500, 16_000, 1)]), {
    durationMsMax: 60_000
  })) { counts.push(channels.length) }
  t.same(counts, [1])
})
