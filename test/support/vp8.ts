/** VP8 chunks as a candidate's page sends them, and sound. */
import { VideoEncoder, VideoFrame } from '@napi-rs/webcodecs'

export interface Vp8Chunk {
  readonly isKey: boolean
  readonly bytes: Uint8Array
}

/** `count` frames of moving noise, a key frame every fourth. */
export async function makeVp8 (count: number, { width = 320, height = 240 } = {}): Promise<Vp8Chunk[]> {
  const chunks: Vp8Chunk[] = []
  const encoder = new VideoEncoder({
    output: chunk => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      chunks.push({ isKey: chunk.type === 'key', bytes })
    },
    error: error => { throw error }
  })
  encoder.configure({ codec: 'vp8', width, height, bitrate: 160_000, framerate: 2, latencyMode: 'realtime' })
  const keepAlive = setInterval(() => {}, 1000)
  for (let index = 0; index < count; index++) {
    const data = new Uint8Array(width * height * 3 / 2).fill(128)
    for (let at = 0; at < width * height; at++) data[at] = 40 + (at * 7 + index * 977 + (at >> 5) * index) % 160
    const frame = new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: index * 500_000 })
    encoder.encode(frame, { keyFrame: index % 4 === 0 })
    frame.close()
  }
  await encoder.flush()
  clearInterval(keepAlive)
  encoder.close()
  return chunks
}

/** One second of a tone. */
export const tone = (): Float32Array => Float32Array.from({ length: 16_000 }, (_, at) => Math.sin(at / 8) * 0.3)
