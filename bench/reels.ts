import path from 'node:path'
import { decodeSound } from '../detection/audio/decode.ts'
import type { Pool } from '../detection/workers/pool.ts'
import { loadReel, type Reel } from '../src/cli/simulate/frames.ts'

/** Webcam clips in which hands rise, and a phone clip of a still head, similar to an exam. */
export const VIDEO_CLIPS = ['asl_book.mkv', 'asl_eat.mkv', 'asl_thanks.mkv', 'gaze_center_left_center.mp4']

const SPEECH = 'mediapipe_speech_16000_hz_mono.wav'
const SPEECH_MS_MAX = 60_000
/** Half a second at 16 kHz, as the page sends it. */
const PIECE_SAMPLES = 8000
export const PIECE_MS = 500

/** The frames of each clip as JPEG 640×480, quality 80, as a browser sends them at `fps`; one camera for each clip. */
export async function loadReels (folder: string, fps: number): Promise<Reel[]> {
  const reels: Reel[] = []
  for (const clip of VIDEO_CLIPS) {
    reels.push(await loadReel([path.join(folder, 'video', clip)], { fps, width: 640, height: 480 }))
  }
  return reels
}

/** A copy of frame `index` of the endless reel, which may be transferred to a worker. */
export function frameAt (reel: Reel, index: number): Uint8Array {
  return Uint8Array.from(reel[index % reel.length]!)
}

/** The vector of the first face in each reel. Throws if a reel shows no face. */
export async function facesOf (pool: Pick<Pool, 'analyzeStill'>, reels: readonly Reel[]): Promise<Float32Array[]> {
  const faces: Float32Array[] = []
  for (const reel of reels) faces.push(await faceOf(pool, reel))
  return faces
}

async function faceOf (pool: Pick<Pool, 'analyzeStill'>, reel: Reel): Promise<Float32Array> {
  for (let index = 0; index < reel.length; index++) {
    const { observation } = await pool.analyzeStill(frameAt(reel, index), { facesOnly: true, embed: true })
    const vector = observation.faces[0]?.embedding
    if (vector !== undefined) return vector
  }
  throw new Error('A clip of the bench shows no face.')
}

/** Real speech in whole pieces of half a second, as floats. */
export async function loadSpeech (folder: string): Promise<Float32Array[]> {
  const pieces: Float32Array[] = []
  for await (const pcm of decodeSound(path.join(folder, 'audio', SPEECH), { durationMsMax: SPEECH_MS_MAX })) {
    for (let from = 0; from + PIECE_SAMPLES <= pcm.length; from += PIECE_SAMPLES) {
      pieces.push(pcm.slice(from, from + PIECE_SAMPLES))
    }
  }
  return pieces
}

/** The same pieces as the page sends them: 16 bits, little-endian. */
export function pcm16 (pieces: readonly Float32Array[]): Uint8Array[] {
  return pieces.map(
    piece =>
      new Uint8Array(Int16Array.from(piece, sample => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767)).buffer)
  )
}
