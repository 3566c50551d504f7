/** The candidate's microphone: half seconds of 16-bit sound, as the server takes them. */
import { createResampler } from '../../../detection/audio/resample.ts'
import workletUrl from './microphone-worklet.ts?worker&url'
import { binaryMessage, KIND } from './protocol.ts'

export interface Microphone {
  readonly stream: MediaStream
  close (): void
}

export interface MicrophoneOptions {
  /** The device to open; the browser's own choice when it is not there. */
  readonly deviceId?: string | undefined
  /** A whole binary message: `IV` header of kind 3 and the samples. */
  onSound (message: Uint8Array<ArrayBuffer>): void
  /** The device was unplugged or its permission withdrawn. */
  onEnded (): void
}

const RATE = 16_000
const PIECE_SAMPLES = 8000

/**
 * Opens the microphone. Where it follows no click (a page that was reloaded) the browser may keep the sound back until
 * the next click or key. Throws what `getUserMedia` throws, e.g. `NotAllowedError`.
 */
export async function openMicrophone ({ onSound, onEnded, deviceId }: MicrophoneOptions): Promise<Microphone> {
  // What a browser takes for noise may be a voice in the room; and its gates would look like a microphone that is off.
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      channelCount: 1,
      echoCancellation: true,
      noiseSuppression: false,
      autoGainControl: false,
      ...(deviceId !== undefined && { deviceId: { ideal: deviceId } })
    },
    video: false
  })
  const context = new AudioContext()
  const waking = new AbortController()
  const wake = (): void => { context.resume().then(() => waking.abort()).catch(() => {}) }
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, wake, { signal: waking.signal })
  const close = (): void => {
    waking.abort()
    for (const track of stream.getTracks()) track.stop()
    context.close().catch(() => {})
  }
  try {
    for (const track of stream.getTracks()) track.addEventListener('ended', onEnded)
    await context.audioWorklet.addModule(workletUrl)
    wake()
    const source = context.createMediaStreamSource(stream)
    const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0 })
    const { initial, resample } = createResampler(context.sampleRate, RATE)
    let state = initial
    const piece = new Int16Array(PIECE_SAMPLES)
    let filled = 0
    node.port.onmessage = ({ data }: MessageEvent<{ readonly block: Float32Array, readonly endMs: number }>) => {
      const { state: nextState, samples } = resample(state, data.block)
      state = nextState
      for (const [index, sample] of samples.entries()) {
        piece[filled++] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)))
        if (filled < PIECE_SAMPLES) continue
        const laterSamples = samples.length - index - 1
        onSound(soundMessage(piece, data.endMs - (laterSamples + PIECE_SAMPLES) * 1000 / RATE))
        filled = 0
      }
    }
    source.connect(node)
  } catch (error) {
    close()
    throw error
  }
  return { stream, close }
}

/** The samples as a message, little end first; the time is the first sample's. */
export function soundMessage (samples: Int16Array, atMs: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(samples.length * 2)
  const view = new DataView(payload.buffer)
  samples.forEach((sample, index) => { view.setInt16(index * 2, sample, true) })
  return binaryMessage(KIND.sound, atMs, payload)
}
