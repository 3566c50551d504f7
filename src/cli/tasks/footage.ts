import { loadReel, loadVideo, type ReelOptions } from '../simulate/frames.ts'
import type { EncodedFrame } from '../simulate/vp8.ts'
import type { Emit } from './emit.ts'

export interface FootageInput {
  readonly files: readonly string[]
  readonly camera: ReelOptions
  /** VP8 instead of JPEG. */
  readonly isVideo: boolean
}

/** One JPEG or one VP8 frame, in the order they are sent. */
export type FootageValue = Uint8Array | EncodedFrame

/** Decodes the files of a simulation and encodes them as a camera would send them. */
export async function run ({ files, camera, isVideo }: FootageInput, emit: Emit<FootageValue>): Promise<void> {
  for (const frame of isVideo ? await loadVideo(files, camera) : await loadReel(files, camera)) await emit(frame)
}
