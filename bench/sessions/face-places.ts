import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { decodeImage } from '../../detection/image/decode.ts'
import { loadModels } from '../../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK, type Pipeline } from '../../detection/pipeline/pipeline.ts'
import type { Box, Image } from '../../detection/types.ts'
import { HEIGHT, WIDTH } from './camera.ts'
import type { Cut } from './sources.ts'

/** Where the largest face of a picture is, in pixels, and the picture's size. */
export interface FacePlace {
  readonly box: Box
  readonly width: number
  readonly height: number
}

/** Smaller faces are too blurred when they are enlarged to a candidate's size. */
const FACE_PIXELS_MIN = 90
/** A candidate's face takes this share of the camera's height. */
const FACE_SHARE = 0.42

export interface FacePlaces {
  ofFile (file: string): Promise<FacePlace | undefined>
  ofImage (image: Image): Promise<FacePlace | undefined>
}

/** Finds faces with models that are loaded when the first one is asked for. */
export function createFacePlaces (folder: string, modelsDir: string): FacePlaces {
  let pipeline: Promise<Pipeline> | undefined
  const places: FacePlaces = {
    ofFile: async file => await places.ofImage(await decodeImage(await readFile(path.join(folder, file)))),
    async ofImage (image) {
      pipeline ??= loadModels({ modelsDir }).then(models => createPipeline(models, { now: () => performance.now() }))
      const { observation } = await (await pipeline).analyze(image, 0, INITIAL_TRACK, { still: true, facesOnly: true })
      const box = observation.faces[0]?.box
      if (box === undefined || box.height < FACE_PIXELS_MIN) return undefined
      return { box, width: image.width, height: image.height }
    }
  }
  return places
}

/** The part of the picture that a camera would show of a candidate, and the height of the face in its frame. */
export function candidateCut ({ box, width, height }: FacePlace): { readonly cut: Cut, readonly faceHeight: number } {
  const cutHeight = Math.min(height, width * HEIGHT / WIDTH, box.height / FACE_SHARE)
  const cut = cutAround(box, cutHeight * WIDTH / HEIGHT, cutHeight, width, height)
  return { cut, faceHeight: box.height / cutHeight * HEIGHT }
}

/** The head with what is round it, so many times the height of the face. */
export function headCut ({ box, width, height }: FacePlace, times: number): Cut {
  const side = Math.min(width, height, box.height * times)
  return cutAround(box, side, side, width, height)
}

/** A part of this size with the face in its middle, pushed inside the picture; in shares of the picture. */
function cutAround (box: Box, cutWidth: number, cutHeight: number, width: number, height: number): Cut {
  const inside = (middle: number, size: number, limit: number): number =>
    Math.min(Math.max(0, middle - size / 2), limit - size) / limit
  return {
    left: inside(box.x + box.width / 2, cutWidth, width),
    top: inside(box.y + box.height / 2, cutHeight, height),
    width: cutWidth / width,
    height: cutHeight / height
  }
}
