import type { FaceObservation, Image } from '../types.ts'
import type { FaceGeometry } from '../models/face-geometry.ts'
import { boxOfLandmarks, clipBox } from '../image/box.ts'
import { measureGaze } from './gaze.ts'
import type { FaceMesh } from './mesh.ts'
import { measureOpenings } from './openings.ts'
import { fitFace, headPose } from './pose.ts'

/**
 * Everything measured of one face. `score` is the mesh's presence; the box is the one round the landmarks, clipped to
 * the picture.
 */
export function observeFace (
  { landmarks, presence }: FaceMesh,
  { width, height }: Pick<Image, 'width' | 'height'>,
  geometry: FaceGeometry
): FaceObservation {
  const fit = fitFace(landmarks, width, height, geometry)
  const openings = measureOpenings(fit.points)
  return {
    ...headPose(fit),
    ...openings,
    box: clipBox(boxOfLandmarks(landmarks, width, height), width, height),
    score: presence,
    landmarks,
    gaze: measureGaze(fit, openings.eyesClosed)
  }
}
