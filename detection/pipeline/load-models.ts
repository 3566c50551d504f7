import { basename, join, resolve } from 'node:path'
import { DetectionError } from '../errors.ts'
import { loadIdentity } from '../identity/load.ts'
import type { IdentityModels } from '../identity/nets.ts'
import { loadSpeaker } from '../audio/load-speaker.ts'
import type { SpeakerModels } from '../audio/speaker-encoder.ts'
import { loadSpoof } from '../liveness/load.ts'
import type { SpoofModels } from '../liveness/spoof.ts'
import { PACKAGED_MODELS, YOLOX_NANO } from '../models/catalogue.ts'
import { isModel } from '../models/download.ts'
import { loadFaceGeometry } from '../models/face-geometry.ts'
import type { FaceGeometry } from '../models/face-geometry.ts'
import { buildSilero } from '../models/import/silero.ts'
import { importTfjs } from '../models/import/tfjs.ts'
import { importTflite } from '../models/import/tflite.ts'
import { readIfThere, readPackagedFile, sha256 } from '../models/packaged-file.ts'
import { focusStem } from '../models/rewrite/focus-stem.ts'
import { freeSize } from '../models/rewrite/free-size.ts'
import { likelyRows } from '../models/rewrite/likely-rows.ts'
import { mergeLanes } from '../models/rewrite/merge-lanes.ts'
import type { Rewrite } from '../models/rewrite/onnx-file.ts'
import { createModel } from '../models/runtime.ts'
import type { Model } from '../models/runtime.ts'
import { LEAST_SCORE } from '../objects/thresholds.ts'

/** What one worker runs. Inputs of pictures are planar, [1, 3, height, width]; README.md lists names and shapes. */
export interface Models extends SpoofModels {
  readonly faceShort: Model
  readonly faceFull: Model
  readonly faceMesh: Model
  readonly palm: Model
  readonly handLandmark: Model
  readonly objects: Model
  /** The second object detector (objects/open-images.ts). */
  readonly openImages: Model
  /** Silero VAD; audio/speech.ts holds its window and state. */
  readonly speech: Model
  /** Absent unless the operator's `speaker.onnx` is there. */
  readonly speaker?: SpeakerModels | undefined
  /** Loads the nets that tell faces apart at the first call, which takes about a second, and gives them ever after. */
  readonly identity?: () => Promise<IdentityModels>
  /** The canonical face that head poses are fitted with. */
  readonly faceGeometry: FaceGeometry
  /** `yolox_nano`, `centernet`, or the name of the operator's own file. */
  readonly objectsName: string
  /** The first 12 digits of the sha256 of each model's file, by the key it has here: explained events name it. */
  readonly versions: Readonly<Record<string, string>>
}

export interface LoadOptions {
  /** Looked in first; need not exist. */
  readonly modelsDir: string
  /**
   * An ONNX file in `modelsDir` (or a whole path) with any YOLO export, or `centernet`. Empty: YOLOX-nano where it is,
   * else CenterNet.
   */
  readonly objectModel?: string
}

type PackagedName = Exclude<keyof typeof PACKAGED_MODELS, 'centernet' | 'speech'>

/**
 * Reads, converts and loads every model; some 50 ms each. The object detector is `objectModel` if that is set, else
 * YOLOX-nano if `modelsDir` holds the known file, else CenterNet out of npm. Throws INVIGIL_ERR_MODEL_MISSING, _CORRUPT
 * or _UNSUPPORTED, naming the file.
 */
export async function loadModels (options: LoadOptions): Promise<Models> {
  const versions: Record<string, string> = {}
  const packaged = async (
    key: PackagedName, size: 'fixed' | 'free' = 'fixed', rewrites: readonly Rewrite[] = []
  ): Promise<Model> => {
    const bytes = await readPackagedFile(PACKAGED_MODELS[key].files[0], options.modelsDir)
    versions[key] = version(bytes)
    return await createModel(key, importTflite(bytes, { name: key, size }), rewrites)
  }
  const speech = await readPackagedFile(PACKAGED_MODELS.speech.files[0], options.modelsDir)
  versions['speech'] = version(speech)
  const objects = await loadObjects(options)
  versions['objects'] = objects.version
  const { versions: spoofVersions, ...spoof } = await loadSpoof(options.modelsDir)
  const speaker = await loadSpeaker(options.modelsDir)
  Object.assign(versions, spoofVersions, speaker?.versions)
  let identity: Promise<IdentityModels> | undefined
  return {
    faceShort: await packaged('faceShort'),
    faceFull: await packaged('faceFull', 'free'),
    faceMesh: await packaged('faceMesh', 'fixed', [mergeLanes]),
    palm: await packaged('palm', 'free'),
    handLandmark: await packaged('handLandmark'),
    objects: objects.model,
    openImages: await packaged('openImages'),
    speech: await createModel('speech', buildSilero(speech)),
    ...spoof,
    speaker,
    async identity () {
      identity ??= loadIdentity(options.modelsDir)
      return await identity
    },
    faceGeometry: await loadFaceGeometry(options.modelsDir),
    objectsName: objects.name,
    versions
  }
}

async function loadObjects ({
  modelsDir,
  objectModel = ''
}: LoadOptions): Promise<{ model: Model, name: string, version: string }> {
  if (objectModel !== '' && objectModel !== 'centernet') {
    const path = resolve(modelsDir, objectModel)
    const bytes = await readIfThere(path)
    if (bytes === undefined) {
      throw new DetectionError('INVIGIL_ERR_MODEL_MISSING', `${path} does not exist; it is set as the object model`)
    }
    const name = basename(path)
    return { model: await createDetector(name, bytes), name, version: version(bytes) }
  }
  const yolox = objectModel === '' ? await readIfThere(join(modelsDir, YOLOX_NANO.file)) : undefined
  // A partial or different file is as good as none: the server must start.
  if (yolox !== undefined && isModel(yolox, YOLOX_NANO)) {
    return { model: await createDetector(YOLOX_NANO.name, yolox), name: YOLOX_NANO.name, version: version(yolox) }
  }
  const [topology, weights] = PACKAGED_MODELS.centernet.files
  const json = await readPackagedFile(topology, modelsDir)
  const binary = await readPackagedFile(weights, modelsDir)
  const onnx = importTfjs(json, binary, { name: 'centernet', outputs: ['tower_0/detections'] })
  return { model: await createModel('centernet', onnx), name: 'centernet', version: version(binary) }
}

/** An ONNX file as it was exported, made cheaper where its graph is of a kind that is known. */
async function createDetector (name: string, bytes: Uint8Array): Promise<Model> {
  // A score is objectness times class, so none of a row is above its objectness.
  return await createModel(name, bytes, [focusStem, freeSize, likelyRows(0.99 * LEAST_SCORE)])
}

function version (bytes: Uint8Array): string {
  return sha256(bytes).slice(0, 12)
}
