import { WINDOW_MS } from './speech.ts'

/** A stretch of speech, in milliseconds from the start of the sound. */
export interface Segment {
  readonly startMs: number
  readonly endMs: number
}

export interface SegmentOptions {
  /** A window at or above this begins speech. */
  readonly enter: number
  /** Below this it ends, if nothing follows within `minSilenceMs`. */
  readonly leave: number
  /** Shorter stretches are left out: a click, a cough. */
  readonly minSpeechMs: number
  readonly minSilenceMs: number
  /** Added at both ends, so that soft first and last sounds are inside. */
  readonly padMs: number
}

/** The customary values of Silero's own utilities. */
const SEGMENT_DEFAULTS: SegmentOptions = {
  enter: 0.5,
  leave: 0.35,
  minSpeechMs: 250,
  minSilenceMs: 100,
  padMs: 30
}

/** The stretches of speech in the probabilities of windows that follow each other. */
export function segmentSpeech (
  probabilities: ArrayLike<number>,
  options: SegmentOptions = SEGMENT_DEFAULTS
): Segment[] {
  const found: Segment[] = []
  const totalMs = probabilities.length * WINDOW_MS
  let startMs: number | undefined
  let quietMs: number | undefined
  const close = (endMs: number): void => {
    if (startMs !== undefined && endMs - startMs >= options.minSpeechMs) found.push({ startMs, endMs })
    startMs = quietMs = undefined
  }
  for (let index = 0; index < probabilities.length; index++) {
    const probability = probabilities[index]!
    const atMs = index * WINDOW_MS
    if (probability >= options.enter) {
      startMs ??= atMs
      quietMs = undefined
    } else if (startMs !== undefined && probability < options.leave) {
      quietMs ??= atMs
      if (atMs + WINDOW_MS - quietMs >= options.minSilenceMs) close(quietMs)
    }
  }
  close(quietMs ?? totalMs)
  return padded(found, options.padMs, totalMs)
}

/** Two neighbours share the silence between them when it is shorter than both pads. */
function padded (segments: readonly Segment[], padMs: number, totalMs: number): Segment[] {
  return segments.map(({ startMs, endMs }, index) => {
    const before = segments[index - 1]?.endMs
    const after = segments[index + 1]?.startMs
    return {
      startMs: Math.round(Math.max(startMs - padMs, before === undefined ? 0 : (before + startMs) / 2)),
      endMs: Math.round(Math.min(endMs + padMs, after === undefined ? totalMs : (endMs + after) / 2))
    }
  })
}
