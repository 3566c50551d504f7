import type { Box, FaceDetection, Image } from '../types.ts'
import { boxIou, boxOfLandmarks, boxOverlap } from '../image/box.ts'
import { detectCandidates, type DetectFacesOptions, type FaceDetectorModels } from './detect.ts'
import { meshFace, regionOfDetection, regionOfLandmarks, type FaceMesh, type FaceMeshModels } from './mesh.ts'

export interface FoundFace {
  readonly mesh: FaceMesh
  /** The detector's. */
  readonly score: number
}

export interface FindFacesOptions extends DetectFacesOptions {
  /** Landmarks of faces that are followed already: they are not looked at again and not in the result. */
  readonly known?: readonly Float32Array[]
}

/**
 * A detector's finding counts as a face when the mesh is this sure of it. Measured on 190 pictures: faces give logits of 16
 * and more once their region is right, a blurred house front that the detector takes for a face 1 to 5. MediaPipe's own 0.5 (logit
 * 0) is for a face that is being followed.
 */
export const PRESENCE_SURE = 1 / (1 + Math.exp(-12))

/** Two meshes that share more than this are one face: intersection over union, or of the smaller one. */
const SAME_IOU = 0.3
const SAME_OVERLAP = 0.7

/** More findings than this are not looked at: bounds the time that one picture can take. */
const CANDIDATES_MAX = 40

/**
 * The faces of a picture, largest first: detected, confirmed by the mesh, each once.
 *
 * When the mesh is not sure at first (a face in profile, a region a little off) it looks once more where its own
 * landmarks point.
 */
export async function findFaces (models: FaceDetectorModels & FaceMeshModels, image: Image, { known = [], ...options }: FindFacesOptions = {}): Promise<FoundFace[]> {
  const boxOf = (landmarks: Float32Array) => boxOfLandmarks(landmarks, image.width, image.height)
  const taken: Box[] = known.map(boxOf)
  const found: Array<FoundFace & { readonly box: Box }> = []
  const candidates = await detectCandidates(models, image, options)
  for (const candidate of candidates.slice(0, CANDIDATES_MAX)) {
    if (taken.some(box => boxIou(box, candidate.box) > SAME_IOU)) continue
    const mesh = await confirm(models, image, candidate)
    if (mesh === undefined) continue
    const box = boxOf(mesh.landmarks)
    if (taken.some(other => isSame(other, box))) continue
    taken.push(box)
    found.push({ mesh, score: candidate.score, box })
  }
  found.sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height)
  return found.map(({ mesh, score }) => ({ mesh, score }))
}

async function confirm (models: FaceMeshModels, image: Image, candidate: FaceDetection): Promise<FaceMesh | undefined> {
  const first = await meshFace(models, image, regionOfDetection(candidate))
  if (first === undefined || first.presence >= PRESENCE_SURE) return first
  const second = await meshFace(models, image, regionOfLandmarks(first.landmarks, image.width, image.height))
  return second !== undefined && second.presence >= PRESENCE_SURE ? second : undefined
}

function isSame (a: Box, b: Box): boolean {
  return boxIou(a, b) > SAME_IOU || boxOverlap(a, b) > SAME_OVERLAP
}
