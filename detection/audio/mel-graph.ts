import { encodeOnnx } from '../models/import/onnx.ts'
import { SAMPLE_RATE } from './speech.ts'

/** Samples of one column of the spectrogram, and from one column to the next. */
export const MEL_WINDOW = 400
export const MEL_HOP = 160
export const MEL_BANDS = 40

const BINS = MEL_WINDOW / 2 + 1

/**
 * Builds a graph that turns samples into a mel spectrogram, as the default settings of librosa do: `samples`
 * [1, 1, samples] at 16 kHz to `mel` [1, columns, 40], power. The Fourier transform is a convolution with cosines and
 * sines under a Hann window, so that onnxruntime runs it.
 */
export function buildMel (): Uint8Array {
  return encodeOnnx({
    name: 'mel',
    nodes: [
      {
        name: 'waves',
        type: 'Conv',
        inputs: ['samples', 'waves-kernel'],
        outputs: ['waves'],
        attributes: { strides: [MEL_HOP], kernel_shape: [MEL_WINDOW] }
      },
      { name: 'squares', type: 'Mul', inputs: ['waves', 'waves'], outputs: ['squares'], attributes: {} },
      // The real and the imaginary part of a bin get the same weight, so the product also adds the two.
      { name: 'columns', type: 'Transpose', inputs: ['squares'], outputs: ['columns'], attributes: { perm: [0, 2, 1] } },
      { name: 'mel', type: 'MatMul', inputs: ['columns', 'bands'], outputs: ['mel'], attributes: {} }
    ],
    initializers: [
      { name: 'waves-kernel', dims: [2 * BINS, 1, MEL_WINDOW], data: fourierKernel() },
      { name: 'bands', dims: [2 * BINS, MEL_BANDS], data: melBands() }
    ],
    inputs: [{ name: 'samples', dims: [1, 1, 'samples'] }],
    outputs: [{ name: 'mel', dims: [1, 'columns', MEL_BANDS] }]
  })
}

/** [2 × bins, window]: cosines, then sines, under a periodic Hann window. */
function fourierKernel (): Float32Array {
  const kernel = new Float32Array(2 * BINS * MEL_WINDOW)
  for (let bin = 0; bin < BINS; bin++) {
    for (let at = 0; at < MEL_WINDOW; at++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / MEL_WINDOW)
      const angle = (2 * Math.PI * bin * at) / MEL_WINDOW
      kernel[bin * MEL_WINDOW + at] = hann * Math.cos(angle)
      kernel[(BINS + bin) * MEL_WINDOW + at] = hann * Math.sin(angle)
    }
  }
  return kernel
}

/** [2 × bins, bands]: triangles between neighboring bands, each of area 1. */
function melBands (): Float32Array {
  const edges = Array.from({ length: MEL_BANDS + 2 }, (_, index) =>
    hertzOf((index * melOf(SAMPLE_RATE / 2)) / (MEL_BANDS + 1))
  )
  const bands = new Float32Array(2 * BINS * MEL_BANDS)
  for (let band = 0; band < MEL_BANDS; band++) {
    const [low, middle, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!]
    for (let bin = 0; bin < BINS; bin++) {
      const hertz = (bin * SAMPLE_RATE) / MEL_WINDOW
      const weight = Math.max(0, Math.min((hertz - low) / (middle - low), (high - hertz) / (high - middle)))
      const scaled = (weight * 2) / (high - low)
      bands[bin * MEL_BANDS + band] = scaled
      bands[(BINS + bin) * MEL_BANDS + band] = scaled
    }
  }
  return bands
}

/** Slaney's scale: linear below 1 kHz (15 mel), logarithmic above. */
const LINEAR_HERTZ = 200 / 3
const LOG_FROM_HERTZ = 1000
const LOG_FROM_MEL = LOG_FROM_HERTZ / LINEAR_HERTZ
const LOG_STEP = Math.log(6.4) / 27

function melOf (hertz: number): number {
  return hertz < LOG_FROM_HERTZ ? hertz / LINEAR_HERTZ : LOG_FROM_MEL + Math.log(hertz / LOG_FROM_HERTZ) / LOG_STEP
}

function hertzOf (mel: number): number {
  return mel < LOG_FROM_MEL ? mel * LINEAR_HERTZ : LOG_FROM_HERTZ * Math.exp(LOG_STEP * (mel - LOG_FROM_MEL))
}
