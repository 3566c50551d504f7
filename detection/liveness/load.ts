import { join } from 'node:path'
import { readIfThere, sha256 } from '../models/packaged-file.ts'
import { splitPrelu } from '../models/rewrite/split-prelu.ts'
import { wholeBlocks } from '../models/rewrite/whole-blocks.ts'
import { createModel, type Model } from '../models/runtime.ts'
import type { SpoofModels } from './spoof.ts'

/**
 * Silent-Face's MiniFASNets (Apache-2.0) as ONNX, input [1, 3, 80, 80] BGR 0..255. Not in npm and without an address of
 * their own as ONNX: the operator puts them into the models' folder, both or one of them.
 */
const SPOOF_FILES = { spoofV2: 'MiniFASNetV2.onnx', spoofV1SE: 'MiniFASNetV1SE.onnx' } as const

export interface LoadedSpoof extends SpoofModels {
  /** The first 12 digits of the sha256 of each file that is there. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Loads the nets that are in the folder; none is fine. Throws INVIGIL_ERR_MODEL_CORRUPT for a file that is no model.
 */
export async function loadSpoof (modelsDir: string): Promise<LoadedSpoof> {
  const versions: Record<string, string> = {}
  const load = async (key: keyof typeof SPOOF_FILES): Promise<Model | undefined> => {
    const bytes = await readIfThere(join(modelsDir, SPOOF_FILES[key]))
    if (bytes === undefined) return undefined
    versions[key] = sha256(bytes).slice(0, 12)
    return await createModel(SPOOF_FILES[key], bytes, [wholeBlocks, splitPrelu])
  }
  return { spoofV2: await load('spoofV2'), spoofV1SE: await load('spoofV1SE'), versions }
}
