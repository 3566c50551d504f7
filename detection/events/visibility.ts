import { isSceneLight } from '../image/quality.ts'
import type { FaceObservation, Observation, QualityObservation } from '../types.ts'

/** Whether the picture shows nothing: covered or dark, and no face found in spite of it. */
export function isBlind (observation: Observation): boolean {
  return observation.faces.length === 0 && (observation.quality.blocked || isDark(observation))
}

/** Whether a face, if one is found, is a guess: in such noise every mouth moves. */
export function isDark ({ quality }: Observation): boolean {
  return lightOf(quality) <= DARK_BRIGHTNESS_MAX
}

/** Mean luma under which a picture shows nothing, whatever the lens says. */
const DARK_BRIGHTNESS_MAX = 0.06

/** Beyond so much of the face's width or height, the edge hides an eye. */
const CUT_SHARE = 0.2

/** Whether the picture's edge hides an eye: the mesh guesses what it does not see. */
export function isCutOff ({ box }: FaceObservation, { width }: Pick<Observation, 'width'>): boolean {
  const beside = Math.max(-box.x, box.x + box.width - width)
  return beside > CUT_SHARE * box.width || -box.y > CUT_SHARE * box.height
}

/** How bright the picture is for a person: a dark face in daylight is dark skin, and the scene says how light it is. */
export function lightOnPerson (quality: QualityObservation): number {
  const { brightness, faceBrightness } = quality
  return faceBrightness !== undefined && isSceneLight(faceBrightness, brightness) ? brightness : lightOf(quality)
}

/**
 * The light by which a picture is judged: that on the face where there is one, for clothes, skin and walls may be dark.
 */
export function lightOf ({ brightness, faceBrightness }: QualityObservation): number {
  return faceBrightness ?? brightness
}
