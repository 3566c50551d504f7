/** What is left between two pieces of one stream. */
export interface ResampleState {
  /** The input samples that later outputs still need. */
  readonly tail: Float32Array
  /** The index, in the whole stream, of the tail's first sample. */
  readonly tailStart: number
  /** The index of the next output sample. */
  readonly next: number
}

export interface Resampled {
  readonly samples: Float32Array
  readonly state: ResampleState
}

/** Turns pieces of a stream of one rate into another rate; the state goes in and comes out. */
export interface Resampler {
  readonly initial: ResampleState
  resample (state: ResampleState, piece: Float32Array): Resampled
  /** What is still owed at the end of the stream, as if silence followed. */
  flush (state: ResampleState): Float32Array
}

/**
 * Zero crossings of the sinc on each side, and the shape of its window: 80 dB of stop band (Kaiser's rule, beta =
 * 0.1102 (80 − 8.7)).
 */
const CROSSINGS = 16
const KAISER_BETA = 7.86
/**
 * The pass band ends this far below half of the lower rate, so that the fall to the stop band folds nothing back into
 * it.
 */
const ROLLOFF = 0.85
/** Kernel values stored between two zero crossings, joined by lines: the error is below the stop band. */
const STEPS = 512

/**
 * A resampler by windowed sinc with the kernel in a table (after Julius O. Smith, "Digital Audio Resampling"): low-pass
 * at the lower of the two rates, any ratio. Output sample n lies at input time n · from / to; there is no delay.
 */
export function createResampler (fromRate: number, toRate: number): Resampler {
  const initial: ResampleState = { tail: new Float32Array(0), tailStart: 0, next: 0 }
  if (fromRate === toRate) {
    return { initial, resample: (state, piece) => ({ samples: piece, state }), flush: () => new Float32Array(0) }
  }
  // In cycles of one input sample, doubled: the sinc's zero crossings lie 1 / cutoff apart.
  const cutoff = Math.min(1, toRate / fromRate) * ROLLOFF
  const reach = Math.ceil(CROSSINGS / cutoff)
  const kernel = kernelTable(cutoff)
  const scale = cutoff * STEPS

  function run (state: ResampleState, piece: Float32Array): Resampled {
    const { tail, tailStart } = state
    const input = new Float32Array(tail.length + piece.length)
    input.set(tail)
    input.set(piece, tail.length)
    const end = tailStart + input.length
    // The last output sample with all input samples of its kernel present.
    const count = Math.max(0, Math.ceil((end - reach) * toRate / fromRate) - state.next)
    const samples = new Float32Array(count)
    for (let index = 0; index < count; index++) {
      const time = (state.next + index) * fromRate / toRate
      const middle = Math.floor(time)
      const first = Math.max(tailStart, middle - reach + 1)
      const last = Math.min(end - 1, middle + reach)
      let sum = 0
      for (let at = first; at <= last; at++) {
        const position = Math.abs(time - at) * scale
        const step = position | 0
        const low = kernel[step]!
        sum += input[at - tailStart]! * (low + (kernel[step + 1]! - low) * (position - step))
      }
      samples[index] = sum
    }
    const next = state.next + count
    const keepFrom = Math.min(end, Math.max(tailStart, Math.floor(next * fromRate / toRate) - reach + 1))
    return { samples, state: { tail: input.slice(keepFrom - tailStart), tailStart: keepFrom, next } }
  }

  return {
    initial,
    resample: run,
    flush (state) {
      const total = state.tailStart + state.tail.length
      const wanted = Math.floor(total * toRate / fromRate)
      return run(state, new Float32Array(reach + 1)).samples.subarray(0, Math.max(0, wanted - state.next))
    }
  }
}

/** cutoff · sinc(x) · window(x / CROSSINGS) for x from 0 to CROSSINGS in steps, and zeros behind it. */
function kernelTable (cutoff: number): Float32Array {
  const table = new Float32Array((CROSSINGS + 2) * STEPS + 2)
  const edge = besselI0(KAISER_BETA)
  for (let index = 0; index <= CROSSINGS * STEPS; index++) {
    const x = index / STEPS
    const sinc = index === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
    const share = x / CROSSINGS
    table[index] = cutoff * sinc * besselI0(KAISER_BETA * Math.sqrt(1 - share * share)) / edge
  }
  return table
}

/** The modified Bessel function of order zero, by its series. */
function besselI0 (x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
