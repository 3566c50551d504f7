import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Image } from '../detection/types.ts'

/** The peer is installed in `bench/peers`. This file is in `bench/`, or compiled in `dist-dev/bench/`. */
const PEERS = path.resolve(import.meta.dirname, import.meta.url.endsWith('.ts') ? 'peers' : '../../bench/peers')

/** A picture in the peer's memory; `dispose` frees it. */
export type HumanTensor = object

/** The part of the library that is used here; the types of its WASM build do not resolve. */
interface HumanLibrary {
  readonly version: string
  readonly config: { cacheSensitivity: number }
  readonly tf: {
    getBackend (): string
    dispose (tensor: HumanTensor): void
    tensor3d (values: Int32Array, shape: readonly number[], type: 'int32'): HumanTensor
    readonly io: { registerLoadRouter (router: (url: string) => object | null): void }
    env (): { get (name: string): unknown }
  }
  load(): Promise<void>
  detect(
    tensor: HumanTensor
  ): Promise<{
    readonly face: readonly unknown[]
    readonly hand: readonly unknown[]
    readonly object: readonly unknown[]
  }>
}

export interface Human {
  readonly version: string
  /** Settings as text for the table. */
  readonly settings: string
  /** Whether the library may skip detectors on some frames, as it does by default. */
  setCaching (isOn: boolean): void
  tensorOf (image: Image): HumanTensor
  dispose (tensor: HumanTensor): void
  detect: HumanLibrary['detect']
}

/** The tasks that both have: faces with mesh and irises, hands, objects. All other tasks are off. */
const TASKS = {
  filter: { enabled: false },
  gesture: { enabled: false },
  body: { enabled: false },
  segmentation: { enabled: false },
  face: {
    enabled: true,
    mesh: { enabled: true },
    iris: { enabled: true },
    emotion: { enabled: false },
    description: { enabled: false }
  },
  hand: { enabled: true },
  object: { enabled: true }
}

/**
 * Loads @vladmandic/human with its WASM backend, SIMD and one thread, and the models of its package, without network.
 */
export async function loadHuman (): Promise<Human> {
  if (!existsSync(path.join(PEERS, 'node_modules', '@vladmandic', 'human'))) {
    throw new Error('The peer is not installed. Install it with: npm ci --prefix bench/peers')
  }
  const require = createRequire(path.join(PEERS, 'package.json'))
  const dist = path.dirname(require.resolve('@vladmandic/human'))
  const wasmPath = path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist/')
  const wasm = require('@tensorflow/tfjs-backend-wasm') as {
    setWasmPaths(folder: string): void
    setThreadsCount(threads: number): void
  }
  const { Human: Library, defaults } = require(path.join(dist, 'human.node-wasm.js')) as {
    readonly Human: new (config: object) => HumanLibrary
    readonly defaults: { readonly cacheSensitivity: number }
  }
  globalThis.fetch = () => { throw new Error('The bench opens no addresses.') }
  wasm.setWasmPaths(wasmPath)
  wasm.setThreadsCount(1)
  const library = new Library({
    ...TASKS,
    backend: 'wasm',
    wasmPath,
    modelBasePath: `file://${path.join(dist, '../models/')}`,
    warmup: 'none'
  })
  // Node's fetch cannot read files.
  library.tf.io.registerLoadRouter(url =>
    typeof url === 'string' && url.startsWith('file://')
      ? { load: async () => readModel(url.slice('file://'.length)) }
      : null
  )
  await library.load()
  if (library.tf.getBackend() !== 'wasm') {
    throw new Error(`@vladmandic/human runs on ${library.tf.getBackend()} instead of WASM.`)
  }
  const simd = library.tf.env().get('WASM_HAS_SIMD_SUPPORT') === true ? 'SIMD' : 'no SIMD'
  return {
    version: library.version,
    settings: `WASM, ${simd}, faces with mesh and irises, hands, objects by CenterNet; no body, emotion, description, gestures, filters`,
    // The library copies its settings for each detection.
    setCaching: isOn => { library.config.cacheSensitivity = isOn ? defaults.cacheSensitivity : 0 },
    tensorOf: ({ data, width, height }) => library.tf.tensor3d(Int32Array.from(data), [height, width, 3], 'int32'),
    dispose: tensor => { library.tf.dispose(tensor) },
    detect: async tensor => await library.detect(tensor)
  }
}

/** A TF.js graph model: its JSON and the weight files that the JSON names. */
function readModel (file: string): object {
  const { modelTopology, format, signature, userDefinedMetadata, weightsManifest } = JSON.parse(
    readFileSync(file, 'utf8')
  ) as {
    readonly modelTopology: unknown
    readonly format: unknown
    readonly signature: unknown
    readonly userDefinedMetadata: unknown
    readonly weightsManifest: ReadonlyArray<{ readonly paths: readonly string[], readonly weights: readonly unknown[] }>
  }
  const weights = Buffer.concat(
    weightsManifest.flatMap(({ paths }) => paths.map(name => readFileSync(path.join(path.dirname(file), name))))
  )
  return {
    modelTopology,
    format,
    signature,
    userDefinedMetadata,
    weightSpecs: weightsManifest.flatMap(group => group.weights),
    weightData: Uint8Array.from(weights).buffer
  }
}

const realNow = performance.now.bind(performance)

/**
 * Sets the clock that the library reads for its cadence, so that frames are as far apart as they were captured.
 * Returns a function that restores the clock.
 */
export function setClock (atMs: number): () => void {
  const shift = atMs - realNow()
  performance.now = () => realNow() + shift
  return () => { performance.now = realNow }
}
