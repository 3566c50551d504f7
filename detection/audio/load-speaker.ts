import { join } from 'node:path'
import { DetectionError } from '../errors.ts'
import { readIfThere, sha256 } from '../models/packaged-file.ts'
import { createModel } from '../models/runtime.ts'
import { buildMel, MEL_BANDS } from './mel-graph.ts'
import type { SpeakerModels } from './speaker-encoder.ts'

/**
 * A speaker encoder that the operator puts into the models' folder: one input [batch, frames, 40] of mel power, one
 * output [batch, length] of unit vectors.
 */
const SPEAKER_FILE = 'speaker.onnx'

export interface LoadedSpeaker extends SpeakerModels {
  readonly versions: { readonly speaker: string }
}

/** Undefined without the file. Throws INVIGIL_ERR_MODEL_CORRUPT for a file that is no such model. */
export async function loadSpeaker (modelsDir: string): Promise<LoadedSpeaker | undefined> {
  const bytes = await readIfThere(join(modelsDir, SPEAKER_FILE))
  if (bytes === undefined) return undefined
  const encoder = await createModel(SPEAKER_FILE, bytes)
  if (encoder.inputs.length !== 1 || encoder.inputs[0]!.dims.length !== 3 || encoder.inputs[0]!.dims[2] !== MEL_BANDS) {
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      `${SPEAKER_FILE}: a speaker encoder has one input of shape [batch, frames, ${MEL_BANDS}]`
    )
  }
  return { mel: await createModel('mel', buildMel()), encoder, versions: { speaker: sha256(bytes).slice(0, 12) } }
}
