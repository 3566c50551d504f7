import { defined } from '../../lib/defined.ts'
import type { Box, Observation } from '../../detection/types.ts'
import type { Overlay, ShareBox } from './messages.ts'
import { lightOf } from '../../detection/events/visibility.ts'

/** The part of an observation for the candidate's own page: boxes and counts, without angles and landmarks. */
export function overlayOf (observation: Observation): Overlay {
  const { width, height, faces, hands, persons, objects, quality } = observation
  const share = ({ x, y, width: boxWidth, height: boxHeight }: Box): ShareBox =>
    [round(x / width), round(y / height), round(boxWidth / width), round(boxHeight / height)]
  return {
    faces: faces.map(face => ({ box: share(face.box), direction: face.gaze.direction })),
    ...defined({
      hands: hands?.length,
      persons,
      objects: objects?.map(({ label, box }) => ({ label, box: share(box) }))
    }),
    brightness: round(lightOf(quality))
  }
}

function round (value: number): number {
  return Math.round(value * 1000) / 1000
}
