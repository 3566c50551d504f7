/**
 * A file that Chromium plays as camera: `--use-fake-device-for-media-stream --use-file-for-fake-video-capture=FILE`.
 */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { sampleVideo } from '../../detection/video/video-file.ts'
import type { SampledFrame } from '../../detection/video/types.ts'

export interface FakeCamera {
  readonly file: string
  /** Removes the file. */
  remove (): Promise<void>
}

const CAMERA = { width: 640, height: 480 }
/** Chromium plays every MJPEG file at this rate, from the beginning again after the end. */
const FPS = 30

/** The first `seconds` of a clip as motion JPEG (pictures one after the other) of 640×480, in a temporary folder. */
export async function fakeCamera (clip: string, seconds = 8): Promise<FakeCamera> {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-camera-'))
  // Chromium goes by the name's ending.
  const file = path.join(folder, 'camera.mjpeg')
  const out = await open(file, 'w')
  try {
    let written = 0
    for await (const frame of sampleVideo(clip, { fps: FPS })) {
      if (frame.atMs >= seconds * 1000) break
      const picture = await encode(frame)
      // A clip of fewer frames a second shows each for as long as it lasts.
      do await out.write(picture)
      while (++written < frame.atMs * FPS / 1000)
    }
  } finally {
    await out.close()
  }
  return { file, remove: () => rm(folder, { recursive: true, force: true }) }
}

async function encode ({ image: { data, width, height } }: SampledFrame): Promise<Buffer> {
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(CAMERA.width, CAMERA.height, { fit: 'contain', background: '#000' })
    .jpeg({ quality: 85 })
    .toBuffer()
}
