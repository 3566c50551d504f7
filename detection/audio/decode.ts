import { DetectionError } from '../errors.ts'
import { decodeContainer } from './container.ts'
import { createResampler, type Resampler, type ResampleState } from './resample.ts'
import { SAMPLE_RATE, WINDOW_SAMPLES } from './speech.ts'

export interface DecodeSoundOptions {
  /** Longer sound is refused, after the pieces before the limit. */
  readonly durationMsMax: number
}

/** Pieces of this length come out, some ten seconds of whole windows; the last may be shorter. */
const PIECE_SAMPLES = 320 * WINDOW_SAMPLES
/** The shortest packets in use (Vorbis at 96 kHz, Opus for games) are 0.7 to 2.5 ms. */
const PACKETS_PER_MS_MAX = 2

/**
 * Sound from a path or from bytes as mono floats at 16 kHz, in pieces of ten seconds.
 *
 * Throws what `decodeContainer` throws, and MEDIA_TOO_LONG.
 */
export async function * decodeSound (source: string | Uint8Array, { durationMsMax }: DecodeSoundOptions): AsyncGenerator<Float32Array> {
  let stream: { readonly rate: number, readonly resampler: Resampler, state: ResampleState } | undefined
  const piece = new Float32Array(PIECE_SAMPLES)
  let filled = 0
  let left = Math.floor(durationMsMax * SAMPLE_RATE / 1000)

  function * cut (samples: Float32Array): Generator<Float32Array> {
    const taken = samples.subarray(0, Math.max(0, left))
    left -= samples.length
    for (let from = 0; from < taken.length;) {
      const part = taken.subarray(from, from + PIECE_SAMPLES - filled)
      piece.set(part, filled)
      filled += part.length
      from += part.length
      if (filled < PIECE_SAMPLES) return
      yield piece.slice()
      filled = 0
    }
  }

  for await (const { samples, sampleRate } of decodeContainer(source, { packetsMax: Math.ceil(durationMsMax * PACKETS_PER_MS_MAX) })) {
    if (stream?.rate !== sampleRate) {
      // Some streams change their rate on the way.
      if (stream !== undefined) yield * cut(stream.resampler.flush(stream.state))
      const resampler = createResampler(sampleRate, SAMPLE_RATE)
      stream = { rate: sampleRate, resampler, state: resampler.initial }
    }
    const { samples: resampled, state } = stream.resampler.resample(stream.state, samples)
    stream.state = state
    yield * cut(resampled)
    if (left < 0) throw new DetectionError('INVIGIL_ERR_MEDIA_TOO_LONG', `The sound is longer than ${durationMsMax / 1000} s.`)
  }
  if (stream !== undefined) yield * cut(stream.resampler.flush(stream.state))
  if (filled > 0) yield piece.slice(0, filled)
}
