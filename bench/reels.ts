import path from 'node:path'
import { loadReel, type Reel } from '../src/cli/simulate/frames.ts'

/** Webcam clips with hands that rise, and a telephone clip of a still head: what an exam looks like. */
const CLIPS = ['asl_book.mkv', 'asl_eat.mkv', 'asl_thanks.mkv', 'gaze_center_left_center.mp4']

/** The paths of the clips. */
export function clipFiles (folder: string): string[] {
  return CLIPS.map(clip => path.join(folder, clip))
}

/** The frames of all clips as JPEG 640×480, quality 80, as a browser would send them at `fps`. */
export async function loadClips (folder: string, fps: number): Promise<Reel> {
  return await loadReel(clipFiles(folder), { fps, width: 640, height: 480 })
}

/** The frame at `index` of the endless reel, as memory that may be given away. */
export function frameAt (reel: Reel, index: number): Uint8Array {
  return Uint8Array.from(reel[index % reel.length]!)
}
