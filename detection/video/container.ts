import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs'
import {
  BufferSource, EncodedPacketSink, FilePathSource, Input, MATROSKA, MP4, QTFF, UnsupportedInputFormatError, WEBM,
  type InputVideoTrack
} from 'mediabunny'
import { DetectionError } from '../errors.ts'
import { isCutOff } from './truncation.ts'
import type { Due } from './frame-sampling.ts'
import { toImage, type PlaneLayout, type Planes, type YuvMatrix } from './yuv.ts'
import type { SampledFrame, VideoFacts } from './types.ts'

/** Frames waiting for the consumer before no more packets are fed; a 1080p frame is 3 MB. */
const READY_MAX = 4
/** Packets inside the decoder, which holds back as many frames as its codec reorders (H.264: up to 16). */
const QUEUE_MAX = 8
/** A consumer that waits this long for one frame gives the decoder up; skipping a minute of 1080p takes some 10 s. */
const SILENT_MS = 60_000
/** The same bound as for still pictures. */
const PIXELS_MAX = 40_000_000

/** What the container says about its first picture track. Throws MEDIA_UNSUPPORTED or MEDIA_INVALID. */
export async function probeContainer (source: string | Uint8Array): Promise<VideoFacts> {
  const input = openInput(source)
  try {
    const track = await pictureTrack(input)
    const sideways = await track.getRotation() % 180 !== 0
    const width = await track.getCodedWidth()
    const height = await track.getCodedHeight()
    return {
      codec: String(await track.getCodec()),
      width: sideways ? height : width,
      height: sideways ? width : height,
      durationMs: Math.round(await track.computeDuration() * 1000)
    }
  } catch (error) {
    throw coded(error)
  } finally {
    input.dispose()
  }
}

/**
 * The frames of a container that `due` asks for, upright, in the order they are shown.
 *
 * A file that is cut off gives the frames before the cut and then throws MEDIA_INVALID.
 */
export async function * decodeContainer (source: string | Uint8Array, due: Due): AsyncGenerator<SampledFrame> {
  const input = openInput(source)
  // The decoder works on its own threads and does not keep the event loop alive: without a timer a command that only
  // waits for frames ends silently in the middle.
  const hold = setInterval(() => {}, 1000)
  const run = new DecoderRun(due)
  try {
    const track = await pictureTrack(input)
    const turn = { rotation: await track.getRotation(), flip: await track.getFlip() }
    run.start(track, await decoderConfig(track))
    let frames = 0
    for (;; frames++) {
      const frame = await run.next()
      if (frame === undefined) break
      yield { image: toImage({ ...await frame.planes, ...turn }), atMs: frame.atMs }
    }
    if (await isCutOff(source)) {
      throw new DetectionError(
        'INVIGIL_ERR_MEDIA_INVALID',
        'The video is cut off: the file ends before its content does.'
      )
    }
    if (frames === 0) throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', 'The video holds no frames.')
  } catch (error) {
    throw coded(error)
  } finally {
    run.close()
    input.dispose()
    clearInterval(hold)
  }
}

interface ReadyFrame {
  readonly atMs: number
  readonly planes: Promise<CopiedPlanes>
}

type CopiedPlanes = Omit<Planes, 'rotation' | 'flip'>
type DecoderConfig = Parameters<VideoDecoder['configure']>[0]

/** One decoder with what waits before and behind it. */
class DecoderRun {
  readonly #due: Due
  readonly #ready: ReadyFrame[] = []
  /** Presentation times of packets fed and not yet out, ascending, in microseconds. */
  readonly #times: number[] = []
  /**
   * The newest frame before the video's zero, which an edit list cut off: it is shown at zero if no other one begins
   * there.
   */
  #before: VideoFrame | undefined
  #decoder: VideoDecoder | undefined
  #failure: unknown
  #finished = false
  #closed = false
  #reorders = false
  #waiting: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor (due: Due) {
    this.#due = due
  }

  start (track: InputVideoTrack, config: DecoderConfig): void {
    this.#reorders = config.codec.startsWith('avc') || config.codec.startsWith('hev') || config.codec.startsWith('hvc')
    this.#decoder = new VideoDecoder({
      output: frame => { this.#take(frame) },
      error: error => { this.#fail(error) }
    })
    this.#decoder.ondequeue = () => { this.#signal() }
    this.#decoder.configure(config)
    this.#feed(track, this.#decoder).catch(error => { this.#fail(error) })
  }

  /** The next frame that was due, or undefined at the end. Throws what broke decoding, after the frames before it. */
  async next (): Promise<ReadyFrame | undefined> {
    const timer = setTimeout(() => {
      this.#fail(
        new DetectionError('INVIGIL_ERR_MEDIA_INVALID', 'The video decoder gave no answer; the file may be damaged.')
      )
    }, SILENT_MS)
    try {
      for (;;) {
        const frame = this.#ready.shift()
        if (frame !== undefined) {
          this.#signal()
          return frame
        }
        if (this.#failure !== undefined) throw this.#failure
        if (this.#finished) return undefined
        await this.#signalled()
      }
    } finally {
      clearTimeout(timer)
    }
  }

  close (): void {
    this.#closed = true
    this.#signal()
    if (this.#decoder !== undefined && this.#decoder.state !== 'closed') this.#decoder.close()
    this.#before?.close()
    this.#before = undefined
    for (const frame of this.#ready) frame.planes.catch(() => {})
    this.#ready.length = 0
  }

  async #feed (track: InputVideoTrack, decoder: VideoDecoder): Promise<void> {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      while (!this.#stopped && (this.#ready.length >= READY_MAX || decoder.decodeQueueSize >= QUEUE_MAX)) {
        await this.#signalled()
      }
      if (this.#stopped) return
      insertAscending(this.#times, packet.microsecondTimestamp)
      decoder.decode(
        new EncodedVideoChunk({
          type: packet.type,
          timestamp: packet.microsecondTimestamp,
          duration: packet.microsecondDuration,
          data: packet.data
        })
      )
    }
    await decoder.flush()
    this.#finished = true
    this.#signal()
  }

  get #stopped (): boolean {
    return this.#closed || this.#failure !== undefined
  }

  /**
   * Frames come out in the order they are shown, but @napi-rs/webcodecs 1.3 labels them with the packets' times in
   * decoding order, which B-frames shuffle. The smallest time still inside is the right one in either case. Codecs that
   * never reorder keep their labels, because they may swallow packets (VP8's hidden frames).
   */
  #take (frame: VideoFrame): void {
    const micros = this.#reorders ? this.#times.shift() ?? frame.timestamp : frame.timestamp
    if (micros < 0 && !this.#stopped) {
      this.#before?.close()
      this.#before = frame
      return this.#signal()
    }
    const before = this.#before
    this.#before = undefined
    const atMs = Math.round(micros / 1000)
    if (before !== undefined && atMs > 0) this.#offer(before, 0)
    else before?.close()
    this.#offer(frame, atMs)
  }

  /** Keeps the frame if it is due; it is closed in any case. */
  #offer (frame: VideoFrame, atMs: number): void {
    if (this.#stopped || !this.#due(atMs)) {
      frame.close()
      this.#signal()
      return
    }
    const planes = copyPlanes(frame)
    // Read later by next(); until then a failed copy must not be an unhandled rejection.
    planes.catch(() => {})
    this.#ready.push({ atMs, planes })
    this.#signal()
  }

  #fail (error: unknown): void {
    this.#failure ??= error ?? new Error('the decoder failed')
    this.#signal()
  }

  /** Reader and writer both wait here; after a wake-up each checks its own condition again. */
  async #signalled (): Promise<void> {
    this.#waiting ??= new Promise(resolve => { this.#wake = resolve })
    await this.#waiting
  }

  #signal (): void {
    this.#waiting = undefined
    this.#wake?.()
  }
}

function openInput (source: string | Uint8Array): Input {
  return new Input({
    formats: [MP4, QTFF, WEBM, MATROSKA],
    // Errors of read-ahead would otherwise be unhandled rejections; the next read reports them again.
    source: typeof source === 'string'
      ? new FilePathSource(source, { handleUnhandledError: () => {} })
      : new BufferSource(source)
  })
}

async function pictureTrack (input: Input): Promise<InputVideoTrack> {
  const track = await input.getPrimaryVideoTrack()
  if (track === null) throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', 'The file holds no video track.')
  const pixels = (await track.getCodedWidth()) * (await track.getCodedHeight())
  if (pixels > PIXELS_MAX) {
    throw new DetectionError(
      'INVIGIL_ERR_IMAGE_TOO_LARGE',
      `A video frame has ${pixels} pixels; at most ${PIXELS_MAX} are read.`
    )
  }
  return track
}

async function decoderConfig (track: InputVideoTrack): Promise<DecoderConfig> {
  const known = (await track.getDecoderConfig()) as DecoderConfig | null
  const name = (await track.getCodecParameterString()) ?? 'of an unknown kind'
  if (known === null) {
    throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', `The video's codec ${name} is not supported.`)
  }
  const config: DecoderConfig = { ...known, hardwareAcceleration: 'prefer-software' }
  const { supported } = await VideoDecoder.isConfigSupported(config)
  if (!supported) {
    throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', `The video's codec ${name} is not supported.`)
  }
  return config
}

const LAYOUTS: Readonly<Record<string, PlaneLayout>> = {
  I420: '420',
  I420A: '420',
  I422: '422',
  I422A: '422',
  I444: '444',
  I444A: '444',
  NV12: 'nv12',
  NV21: 'nv21',
  RGBA: 'rgba',
  RGBX: 'rgba',
  BGRA: 'bgra',
  BGRX: 'bgra'
}

/** Copies the frame out and closes it, whatever happens: open frames are the decoder's memory. */
async function copyPlanes (frame: VideoFrame): Promise<CopiedPlanes> {
  try {
    const native = frame.format === null ? undefined : LAYOUTS[frame.format]
    // Deeper formats (10 and 12 bits) are converted by the library.
    const options = native === undefined ? { format: 'RGBA' as const } : undefined
    const rect = frame.visibleRect
    const data = new Uint8Array(frame.allocationSize(options))
    const planes = await frame.copyTo(data, options)
    const { matrix, fullRange } = frame.colorSpace
    return {
      data,
      planes,
      width: rect.width,
      height: rect.height,
      layout: native ?? 'rgba',
      matrix: yuvMatrix(matrix, rect.width, rect.height),
      fullRange: fullRange ?? false
    }
  } finally {
    frame.close()
  }
}

/** Files that name no matrix are taken as players take them: high definition is BT.709, less is BT.601. */
function yuvMatrix (matrix: string | null, width: number, height: number): YuvMatrix {
  if (matrix === 'bt709') return 'bt709'
  if (matrix === 'bt2020-ncl') return 'bt2020'
  if (matrix === 'smpte170m' || matrix === 'bt470bg') return 'bt601'
  return Math.min(width, height) >= 720 ? 'bt709' : 'bt601'
}

function insertAscending (times: number[], time: number): void {
  let index = times.length
  while (index > 0 && times[index - 1]! > time) index--
  times.splice(index, 0, time)
}

function coded (error: unknown): unknown {
  if (error instanceof DetectionError || isFileError(error)) return error
  if (error instanceof UnsupportedInputFormatError) {
    return new DetectionError(
      'INVIGIL_ERR_MEDIA_UNSUPPORTED',
      'The file is not a video of a known format (MP4, MOV, WebM, MKV, GIF).',
      { cause: error }
    )
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new DetectionError('INVIGIL_ERR_MEDIA_INVALID', `The video cannot be decoded: ${reason}`, { cause: error })
}

/** A missing or unreadable file is the caller's path, not the video's content. */
function isFileError (error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
