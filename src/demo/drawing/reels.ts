import sharp from 'sharp'
import type { FaceGeometry } from '../../../detection/models/face-geometry.ts'
import { createArtist, SCENE_HEIGHT, SCENE_WIDTH, type Scene } from './scene.ts'
import { scenesOf, type Story } from './stories.ts'

const FRAME_WIDTH = 640
const FRAME_HEIGHT = 480
const JPEG_QUALITY = 82
/** The largest change of a frame's brightness, as a share. */
const FLICKER = 0.03

/** The frames of one drawn camera, as JPEG. */
export interface DrawnReel {
  readonly frames: Buffer[]
  /**
   * Encodes frame `index` anew, with another brightness and another part of the scene: a camera never shows one picture
   * twice.
   */
  renew (index: number): Promise<void>
}

/** Draws the frames of each story. Equal scenes are drawn once, and each frame of them is encoded by itself. */
export async function drawReels (
  stories: readonly Story[],
  geometry: FaceGeometry,
  onPicture: (drawn: number, all: number) => void = () => {}
): Promise<DrawnReel[]> {
  const scenes = stories.map(scenesOf)
  const all = new Set(scenes.flat()).size
  const artist = createArtist(geometry)
  const pictures = new Map<Scene, Buffer>()
  for (const scene of scenes.flat()) {
    if (pictures.has(scene)) continue
    pictures.set(scene, await artist.draw(scene))
    onPicture(pictures.size, all)
  }
  return await Promise.all(scenes.map(async reel => {
    const encode = async (index: number): Promise<Buffer> => await encodeFrame(pictures.get(reel[index]!)!)
    const frames = await Promise.all(reel.map(async (_, index) => await encode(index)))
    return { frames, async renew (index) { frames[index] = await encode(index) } }
  }))
}

async function encodeFrame (picture: Buffer): Promise<Buffer> {
  return await sharp(picture, { raw: { width: SCENE_WIDTH, height: SCENE_HEIGHT, channels: 3 } })
    .extract({
      left: upTo(SCENE_WIDTH - FRAME_WIDTH),
      top: upTo(SCENE_HEIGHT - FRAME_HEIGHT),
      width: FRAME_WIDTH,
      height: FRAME_HEIGHT
    })
    .linear(1 - FLICKER + 2 * FLICKER * Math.random(), 0)
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer()
}

function upTo (max: number): number {
  return Math.floor(Math.random() * (max + 1))
}
