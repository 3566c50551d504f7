import type { Box, FaceDetection, Image } from '../types.ts'
import { boxArea, boxIou, boxOfLandmarks, boxOverlap } from '../image/box.ts'
import { detectCandidates, detectInTiles, type DetectFacesOptions, type FaceDetectorModels, type FaceRange } from './detect.ts'
import { meshFace, regionOfDetection, regionOfLandmarks, type FaceMesh, type FaceMeshModels } from './mesh.ts'

/**
 * A detector's finding counts as a face when the mesh is this sure of it; MediaPipe's own 0.5 is for a face that is
 * being followed. Measured on 190 pictures and 8 clips: faces give logits of 16 and more once their region is right,
 * heads in profile 8 and more at detector scores of 0.79 and more; house fronts and clothes up to 7.5 at scores of 0.71
 * and less.
 */
const PRESENCE_SURE = sigmoid(12)
/**
 * Beside a face that is followed, a further one of which the detector is not sure counts when the mesh is this sure,
 * and stays without a detector only then. Of frames of a second person 95 in 100 give logits of 20 and more, down to
 * heads of 30 pixels; the windows of a house behind a candidate gave 14 to 17 for minutes, at a detector's score of
 * 0.53 now and then.
 */
const PRESENCE_CERTAIN = sigmoid(18)
const PRESENCE_LIKELY = sigmoid(4)
const SCORE_LIKELY = 0.75

/** Two meshes that share more than this are one face: intersection over union, or of the smaller one. */
const SAME_IOU = 0.3
const SAME_OVERLAP = 0.7

/** More findings than this are not looked at: bounds the time that one picture can take. */
const CANDIDATES_MAX = 40

/**
 * The faces of a frame, largest first: those that are followed (`tracked`, largest first, meshed in this frame; none in
 * a picture by itself) and new ones, detected, confirmed by the mesh, each once. When the mesh is not sure of a new one
 * at first (a face in profile, a region a little off) it looks once more where its own landmarks point.
 *
 * A followed face of which the mesh is not sure (of a further one: certain) and that no detector sees any more is let
 * go: on a chair or a bookcase the mesh can hold on at more than MediaPipe's 0.5 when the person has left. Where one
 * detector was asked for and would let a face go, the other is asked as well. Where no face is left or found, both look
 * for one that the picture's edge cuts.
 */
export async function renewFaces (
  models: FaceDetectorModels & FaceMeshModels,
  image: Image,
  tracked: readonly FaceMesh[],
  options: Omit<DetectFacesOptions, 'beyondEdges'> = {}
): Promise<FaceMesh[]> {
  const candidates = await detectCandidates(models, image, options)
  const isThere = (mesh: FaceMesh, index: number) =>
    mesh.presence >= (index === 0 ? PRESENCE_SURE : PRESENCE_CERTAIN) ||
    candidates.some(({ box }) => boxIou(box, boxOf(mesh, image)) > SAME_IOU)
  if (options.range !== undefined && !tracked.every(isThere)) {
    candidates.push(...(await detectCandidates(models, image, { range: otherRange(options.range) })))
  }
  const kept = tracked.filter(isThere)
  const found = await search(models, image, candidates, kept.map(mesh => boxOf(mesh, image)))
  if (kept.length + found.length === 0) {
    return await search(models, image, await detectCandidates(models, image, { beyondEdges: true }), [])
  }
  return [...kept, ...found].sort((a, b) => boxArea(boxOf(b, image)) - boxArea(boxOf(a, image)))
}

/** Faces that are too small for the search of the whole picture: 4 to 8 % of its height. Some 15 ms. */
export async function findFarFaces (models: FaceDetectorModels & FaceMeshModels, image: Image): Promise<FaceMesh[]> {
  const found = await search(models, image, await detectInTiles(models, image), [])
  return found.sort((a, b) => boxArea(boxOf(b, image)) - boxArea(boxOf(a, image)))
}

/** The detector that runs after this one. */
export function otherRange (range: FaceRange): FaceRange {
  return range === 'full' ? 'short' : 'full'
}

/** The faces among the candidates that are not in the boxes of `known` faces. */
async function search (
  models: FaceMeshModels,
  image: Image,
  candidates: readonly FaceDetection[],
  known: readonly Box[]
): Promise<FaceMesh[]> {
  const taken = [...known]
  const found: FaceMesh[] = []
  for (const candidate of candidates.slice(0, CANDIDATES_MAX)) {
    if (taken.some(box => boxIou(box, candidate.box) > SAME_IOU)) continue
    const mesh = await confirm(models, image, candidate, known.length > 0 ? PRESENCE_CERTAIN : PRESENCE_SURE)
    if (mesh === undefined) continue
    const box = boxOf(mesh, image)
    if (taken.some(other => isSame(other, box))) continue
    taken.push(box)
    found.push(mesh)
  }
  return found
}

function boxOf ({ landmarks }: FaceMesh, { width, height }: Image): Box {
  return boxOfLandmarks(landmarks, width, height)
}

/** The candidate's mesh, if it is sure enough; `sureMin` is asked where the detector is not sure itself. */
async function confirm (
  models: FaceMeshModels,
  image: Image,
  candidate: FaceDetection,
  sureMin: number
): Promise<FaceMesh | undefined> {
  const presenceMin = candidate.score >= SCORE_LIKELY ? PRESENCE_LIKELY : sureMin
  const first = await meshFace(models, image, regionOfDetection(candidate))
  if (first === undefined || first.presence >= presenceMin) return first
  const second = await meshFace(models, image, regionOfLandmarks(first.landmarks, image.width, image.height))
  return second !== undefined && second.presence >= presenceMin ? second : undefined
}

function isSame (a: Box, b: Box): boolean {
  return boxIou(a, b) > SAME_IOU || boxOverlap(a, b) > SAME_OVERLAP
}

function sigmoid (logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}
