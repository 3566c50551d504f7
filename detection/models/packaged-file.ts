import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DetectionError } from '../errors.ts'
import type { PackagedFile } from './catalogue.ts'

const require = createRequire(import.meta.url)

/**
 * `npm run build` copies the model files into this folder of `dist`; the npm packages are needed at development only.
 */
const BUILT = fileURLToPath(new URL('./files/', import.meta.url))

/**
 * The bytes of a model file: from `modelsDir` when it holds one of that name, else the build's copy, else out of the
 * npm package. Throws INVIGIL_ERR_MODEL_MISSING when there is none, INVIGIL_ERR_MODEL_CORRUPT when the file is not the
 * one that is known.
 */
export async function readPackagedFile (file: PackagedFile, modelsDir?: string): Promise<Uint8Array> {
  const name = basename(file.inside ?? file.path)
  const own = modelsDir === undefined ? undefined : await readIfThere(join(modelsDir, name))
  if (own !== undefined) return own
  const bytes = await readIfThere(join(BUILT, name)) ?? await readPackage(file)
  if (bytes.length !== file.bytes || sha256(bytes) !== file.sha256) {
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      `${file.package}: ${name} is not the file this version knows; run npm ci again`
    )
  }
  return bytes
}

/** Absent when there is no such file. */
export async function readIfThere (path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined
    }
    throw new DetectionError('INVIGIL_ERR_MODEL_MISSING', `${path} cannot be read`, { cause: error })
  }
}

export function sha256 (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function readPackage (file: PackagedFile): Promise<Uint8Array> {
  // Not by resolving package.json: some packages do not export theirs.
  for (const folder of require.resolve.paths(file.package) ?? []) {
    const path = join(folder, file.package, file.path)
    const bytes = file.inside === undefined ? await readIfThere(path) : await readPacked(path, file.inside)
    if (bytes !== undefined) return bytes
  }
  throw new DetectionError(
    'INVIGIL_ERR_MODEL_MISSING',
    `${file.package} with ${file.inside ?? file.path} is not installed; run npm ci`
  )
}

/**
 * Emscripten's file packager writes a loader script beside the archive; it names each file's first and last byte as
 * JSON.
 */
async function readPacked (path: string, inside: string): Promise<Uint8Array | undefined> {
  const script = await readIfThere(path.replace(/\.data$/, '_loader.js'))
  if (script === undefined) return undefined
  const entries = script.toString().matchAll(/"filename": ?"([^"]+)", ?"start": ?(\d+), ?"end": ?(\d+)/g)
  for (const [, name, start, end] of entries) {
    if (basename(name!) !== inside) continue
    const handle = await open(path)
    try {
      const bytes = new Uint8Array(Number(end) - Number(start))
      await handle.read(bytes, 0, bytes.length, Number(start))
      return bytes
    } finally {
      await handle.close()
    }
  }
  return undefined
}
