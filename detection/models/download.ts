import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DetectionError } from '../errors.ts'
import { DOWNLOADED_MODELS, YOLOX_NANO } from './catalogue.ts'
import type { DownloadedModel } from './catalogue.ts'
import { readIfThere, sha256 } from './packaged-file.ts'

export interface DownloadResult {
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** `present`: the right file was there before. */
  readonly state: 'present' | 'downloaded'
}

/** A slow line takes a while for some megabytes. */
const TIMEOUT_MS = 120_000

/**
 * Downloads every model that has an address into `dir`, one after another; files that are there and right stay.
 * Throws INVIGIL_ERR_MODEL_MISSING when an address does not answer, INVIGIL_ERR_MODEL_CORRUPT when it gives another
 * file.
 */
export async function downloadModels (dir: string): Promise<DownloadResult[]> {
  const results: DownloadResult[] = []
  for (const model of DOWNLOADED_MODELS) results.push(await downloadModel(dir, model, { timeoutMs: TIMEOUT_MS }))
  return results
}

/** Downloads one model unless it is there; a wrong file of its name is replaced, and never by another wrong one. */
export async function downloadModel (
  dir: string,
  model: DownloadedModel,
  { timeoutMs }: { readonly timeoutMs: number }
): Promise<DownloadResult> {
  const path = join(dir, model.file)
  const result = { name: model.name, path, bytes: model.bytes, sha256: model.sha256 }
  const there = await readIfThere(path)
  if (there !== undefined && isModel(there, model)) return { ...result, state: 'present' }
  const bytes = await fetchBytes(model, timeoutMs)
  if (!isModel(bytes, model)) {
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      `${model.address} gave ${bytes.length} bytes with sha256 ${sha256(bytes)}; expected ${model.bytes} with ${model.sha256}. Nothing was kept.`
    )
  }
  // Written beside and renamed: no reader ever sees half a file, not even after a power cut or with two servers
  // starting.
  const part = `${path}.${process.pid}.part`
  try {
    await mkdir(dir, { recursive: true })
    await writeFile(part, bytes)
    await rename(part, path)
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {})
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_MISSING',
      `${path} cannot be written; check the folder's rights and space`,
      { cause }
    )
  }
  return { ...result, state: 'downloaded' }
}

/** Whether the bytes are the known file. */
export function isModel (bytes: Uint8Array, model: Pick<DownloadedModel, 'bytes' | 'sha256'>): boolean {
  return bytes.length === model.bytes && sha256(bytes) === model.sha256
}

export interface ObjectModelAttempt {
  /** The default object detector is in the folder now. */
  readonly available: boolean
  /** Why not, in a sentence for the log. */
  readonly reason?: string
}

/**
 * One quick attempt at a server's start to have the default object detector. Never throws: there is a fallback in npm.
 */
export async function ensureObjectModel (
  dir: string,
  { timeoutMs = 3000, model = YOLOX_NANO }: { readonly timeoutMs?: number, readonly model?: DownloadedModel } = {}
): Promise<ObjectModelAttempt> {
  try {
    await downloadModel(dir, model, { timeoutMs })
    return { available: true }
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Why the default object detector in the folder cannot be used, in a sentence; undefined when it can. Downloads
 * nothing.
 */
export async function checkObjectModel (dir: string, model: DownloadedModel = YOLOX_NANO): Promise<string | undefined> {
  const path = join(dir, model.file)
  const bytes = await readIfThere(path)
  if (bytes === undefined) return `${path} does not exist`
  return isModel(bytes, model)
    ? undefined
    : `${path} is damaged: it has ${bytes.length} bytes that are not the known ${model.bytes}`
}

async function fetchBytes (model: DownloadedModel, timeoutMs: number): Promise<Uint8Array> {
  try {
    const response = await fetch(model.address, { signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      length += chunk.length
      // It is the wrong file already; an endless one must not fill the memory.
      if (length > model.bytes) break
    }
    return Buffer.concat(chunks)
  } catch (cause) {
    // fetch says only "fetch failed"; what failed is in its cause.
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const reason = inner instanceof Error ? inner.message : String(inner)
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_MISSING',
      `${model.file} could not be downloaded from ${model.address}: ${reason}`,
      { cause }
    )
  }
}
