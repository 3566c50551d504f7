import { DetectionError } from '../../detection/errors.ts'
import { downloadModels } from '../../detection/models/download.ts'
import { loadConfig } from '../config.ts'
import { CommandError, writeLine } from './output.ts'

/**
 * Downloads the models that have an address into MODELS_DIR and prints one JSON line each. A file that is there and
 * right is kept; one that is not the known file is refused: throws a CommandError with INVIGIL_ERR_MODEL_MISSING or
 * INVIGIL_ERR_MODEL_CORRUPT.
 */
export async function models (): Promise<void> {
  const { modelsDir } = loadConfig(process.env)
  try {
    for (const result of await downloadModels(modelsDir)) await writeLine(result)
  } catch (error) {
    if (error instanceof DetectionError) throw new CommandError(`${error.code}: ${error.message}`, { cause: error })
    throw error
  }
}
