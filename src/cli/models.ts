import { downloadModels } from '../../detection/models/download.ts'
import { loadConfig } from '../config.ts'
import { writeLine } from './output.ts'

/**
 * Downloads the models that have an address into MODELS_DIR and prints one JSON line each. A file that is there and right is kept; one
 * that is not the known file is refused: throws a DetectionError with INVIGIL_ERR_MODEL_MISSING or INVIGIL_ERR_MODEL_CORRUPT.
 */
export async function models (): Promise<void> {
  const { modelsDir } = loadConfig(process.env)
  for (const result of await downloadModels(modelsDir)) await writeLine(result)
}
