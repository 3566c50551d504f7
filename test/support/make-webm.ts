/** A small WebM, such as a browser's MediaRecorder makes. */
import { EncodedVideoChunk, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs'
import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Output, WebMOutputFormat } from 'mediabunny'

export type Colour = readonly [red: number, green: number, blue: number]

/** One frame of a single colour each, `fps` a second, in VP8 or VP9; `live` leaves sizes and duration unknown. */
export async function makeWebm (
  colours: readonly Colour[],
  options: { readonly codec: 'vp8' | 'vp9', readonly fps: number, readonly live: boolean }
): Promise<Uint8Array> {
  const [width, height] = [64, 48]
  const chunks: Array<{ chunk: EncodedVideoChunk, meta: unknown }> = []
  const encoder = new VideoEncoder({
    output: (chunk, meta) => { chunks.push({ chunk, meta }) },
    error: error => { throw error }
  })
  encoder.configure({
    codec: options.codec === 'vp8' ? 'vp8' : 'vp09.00.10.08',
    width,
    height,
    bitrate: 1_000_000,
    framerate: options.fps
  })
  const keepAlive = setInterval(() => {}, 1000)
  for (const [index, colour] of colours.entries()) {
    // Given RGB the encoder marks the stream as RGB, which VP9 does not allow in its basic profile.
    const [luma, u, v] = bt601(colour)
    const data = new Uint8Array(width * height * 3 / 2).fill(luma, 0, width * height)
    data.fill(u, width * height, width * height * 5 / 4).fill(v, width * height * 5 / 4)
    const frame = new VideoFrame(data, {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp: index * 1e6 / options.fps,
      duration: 1e6 / options.fps,
      colorSpace: { matrix: 'smpte170m', primaries: 'smpte170m', transfer: 'smpte170m', fullRange: false }
    })
    encoder.encode(frame, { keyFrame: index === 0 })
    frame.close()
  }
  await encoder.flush()
  clearInterval(keepAlive)

  const target = new BufferTarget()
  const output = new Output({ format: new WebMOutputFormat({ appendOnly: options.live }), target })
  const source = new EncodedVideoPacketSource(options.codec)
  output.addVideoTrack(source)
  await output.start()
  for (const { chunk, meta } of chunks) {
    const bytes = new Uint8Array(chunk.byteLength)
    chunk.copyTo(bytes)
    await source.add(
      new EncodedPacket(
        bytes,
        chunk.type === 'key' ? 'key' : 'delta',
        chunk.timestamp / 1e6,
        (chunk.duration ?? 0) / 1e6
      ),
      meta as Parameters<typeof source.add>[1]
    )
  }
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

/** Limited range, ITU-R BT.601. */
function bt601 ([red, green, blue]: Colour): [luma: number, u: number, v: number] {
  return [
    16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255,
    128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255,
    128 + (112 * red - 93.786 * green - 18.214 * blue) / 255
  ]
}
