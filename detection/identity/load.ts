import { join } from 'node:path'
import { DetectionError } from '../errors.ts'
import { IDENTITY_MODELS } from '../models/catalogue.ts'
import { buildDlibResnet } from '../models/import/dlib-resnet.ts'
import { importTfjs } from '../models/import/tfjs.ts'
import { readIfThere, readPackagedFile, sha256 } from '../models/packaged-file.ts'
import { createModel } from '../models/runtime.ts'
import { DLIB_INPUT, FACERES_INPUT, ownNetInput, type IdentityModels } from './nets.ts'

/**
 * An operator's own ArcFace- or SFace-shaped net under this name in the models' folder takes the place of the two out
 * of npm.
 */
const OWN_FACE_NET_FILE = 'faces.onnx'

/**
 * Loads the nets that tell faces apart; about a second. To be called once a worker.
 * Throws INVIGIL_ERR_MODEL_MISSING, _CORRUPT or _UNSUPPORTED, naming the file.
 */
export async function loadIdentity (modelsDir: string): Promise<IdentityModels> {
  const own = await readIfThere(join(modelsDir, OWN_FACE_NET_FILE))
  return own === undefined ? await loadPackaged(modelsDir) : await loadOwn(own)
}

async function loadPackaged (modelsDir: string): Promise<IdentityModels> {
  const [dlib, faceres] = [IDENTITY_MODELS.dlib.files, IDENTITY_MODELS.faceres.files]
  const dlibWeights = await readPackagedFile(dlib[1], modelsDir)
  const faceresWeights = await readPackagedFile(faceres[1], modelsDir)
  return {
    nets: [
      {
        ...DLIB_INPUT,
        numbers: 128,
        model: await createModel('dlib', buildDlibResnet(await readPackagedFile(dlib[0], modelsDir), dlibWeights))
      },
      {
        ...FACERES_INPUT,
        numbers: 1024,
        model: await createModel(
          'faceres',
          importTfjs(await readPackagedFile(faceres[0], modelsDir), faceresWeights, {
            name: 'faceres',
            outputs: ['global_pooling/Mean']
          })
        )
      }
    ],
    versions: { dlib: version(dlibWeights), faceres: version(faceresWeights) }
  }
}

async function loadOwn (bytes: Uint8Array): Promise<IdentityModels> {
  const model = await createModel(OWN_FACE_NET_FILE, bytes)
  const unsupported = (): DetectionError =>
    new DetectionError(
      'INVIGIL_ERR_MODEL_UNSUPPORTED',
      `${OWN_FACE_NET_FILE} must take pictures of [1, 3, 112, 112] and give one vector`
    )
  const probe = ownNetInput(model, 0)
  if (probe === undefined || model.outputs.length !== 1) throw unsupported()
  // Its output's size is not always written in the file.
  const { size } = probe
  const outputs = await model.run({
    [model.inputs[0]!.name]: { data: new Float32Array(3 * size * size), dims: [1, 3, size, size] }
  })
  const numbers = outputs[model.outputs[0]!]!.data.length
  const input = ownNetInput(model, numbers)
  if (input === undefined) throw unsupported()
  return { nets: [{ ...input, numbers, model }], versions: { faces: version(bytes) } }
}

function version (bytes: Uint8Array): string {
  return sha256(bytes).slice(0, 12)
}
