import protobuf from 'protobufjs'
import { DetectionError } from '../errors.ts'
import { FACE_GEOMETRY_FILE } from './catalogue.ts'
import { readPackagedFile } from './packaged-file.ts'

/** MediaPipe's canonical face: the shape that every face's landmarks are fitted with. */
export interface FaceGeometry {
  /** 468 × (x, y, z) in centimetres: x to the picture's right, y up, z out of the face. */
  readonly points: Float32Array
  /** Which landmarks take part in the fit, and how much: the ones that faces of all expressions share. */
  readonly weights: readonly { readonly index: number, readonly weight: number }[]
  /** Three point numbers for each of the 898 triangles of the surface. */
  readonly triangles: readonly number[]
}

/** A vertex is x, y, z and two texture coordinates. */
const VERTEX_NUMBERS = 5
const POINTS = 468

/** The part of MediaPipe's public `geometry_pipeline_metadata.proto` that is needed here. */
const root = protobuf.Root.fromJSON({
  nested: {
    Metadata: {
      fields: {
        canonicalMesh: { type: 'Mesh', id: 1 },
        procrustesLandmarkBasis: { rule: 'repeated', type: 'Weighted', id: 2 }
      }
    },
    Mesh: {
      fields: {
        vertexBuffer: { rule: 'repeated', type: 'float', id: 3 },
        indexBuffer: { rule: 'repeated', type: 'uint32', id: 4 }
      }
    },
    Weighted: { fields: { landmarkId: { type: 'uint32', id: 1 }, weight: { type: 'float', id: 2 } } }
  }
})

/** Reads the canonical face out of the npm package. Throws INVIGIL_ERR_MODEL_MISSING or INVIGIL_ERR_MODEL_CORRUPT. */
export async function loadFaceGeometry (modelsDir?: string): Promise<FaceGeometry> {
  return parseFaceGeometry(await readPackagedFile(FACE_GEOMETRY_FILE, modelsDir))
}

/** Throws INVIGIL_ERR_MODEL_CORRUPT when the bytes are not a face of 468 points. */
export function parseFaceGeometry (bytes: Uint8Array): FaceGeometry {
  let read: {
    canonicalMesh?: { vertexBuffer: number[], indexBuffer: number[] }
    procrustesLandmarkBasis: { landmarkId: number, weight: number }[]
  }
  try {
    const type = root.lookupType('Metadata')
    read = type.toObject(type.decode(bytes), { arrays: true }) as typeof read
  } catch (cause) {
    throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', 'the canonical face model is not readable', { cause })
  }
  const vertices = read.canonicalMesh?.vertexBuffer ?? []
  if (vertices.length !== POINTS * VERTEX_NUMBERS) {
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      `the canonical face model has ${vertices.length / VERTEX_NUMBERS} points instead of ${POINTS}`
    )
  }
  const points = new Float32Array(POINTS * 3)
  for (let point = 0; point < POINTS; point++) {
    for (let axis = 0; axis < 3; axis++) points[3 * point + axis] = vertices[VERTEX_NUMBERS * point + axis]!
  }
  return {
    points,
    weights: read.procrustesLandmarkBasis.map(({ landmarkId, weight }) => ({ index: landmarkId, weight })),
    triangles: read.canonicalMesh?.indexBuffer ?? []
  }
}
