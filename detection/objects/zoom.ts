import type { Box, ObjectObservation, Region } from '../types.ts'
import { boxIou } from '../image/box.ts'

/*
 * Second looks, for phones. A phone at the ear of somebody two metres from a webcam is a dozen pixels of a detector's
 * input. Tried with YOLOX-nano on the two phone pictures pasted at 20 sizes into an empty room of 640×480: seen in 8 by
 * one look, in 13 with the body's, in 19 with tiles too, with no phone more in 134 pictures and 19 video frames without
 * one.
 */

/** A part of the picture for a further run of the detector, and the score that a phone found there needs. */
export interface ZoomRegion {
  readonly region: Region
  readonly scoreMin: number
}

/** The only class that is searched for in zoom regions: other objects are large, or harmless. */
export const ZOOM_LABEL = 'cell phone'

/** Side of the square round head, shoulders and raised hands, as a multiple of the person's width. */
const BODY_SIDE = 1.3
/** How far that square begins above the person, as a share of its side. */
const BODY_ABOVE = 0.1
/** A square larger than this share of the picture's long side would show little more than the whole picture does. */
const BODY_SHARE_MAX = 0.75
/** Each further run can add false detections: the body's square gave 2 false phones of 134 at 0.25, none at 0.35. */
const BODY_SCORE_MIN = 0.35

/** Side of a tile as a share of the picture's short side. */
const TILE_SHARE = 0.67
/** Tiles gave 2 false phones of 134 at 0.35, none at 0.45. */
const TILE_SCORE_MIN = 0.45
/** Tiles along the longer and the shorter side. */
const TILES_LONG = 3
const TILES_SHORT = 2

type Size = { readonly width: number, readonly height: number }

/** Head and hands of the largest person; nothing without one, or when it fills the picture. */
export function bodyRegion (objects: readonly ObjectObservation[], { width, height }: Size): ZoomRegion[] {
  let largest: Box | undefined
  for (const { label, box } of objects) {
    if (label === 'person' && (largest === undefined || box.width * box.height > largest.width * largest.height)) {
      largest = box
    }
  }
  if (largest === undefined) return []
  const side = largest.width * BODY_SIDE
  if (side > BODY_SHARE_MAX * Math.max(width, height)) return []
  const centerY = largest.y + side * (0.5 - BODY_ABOVE)
  const region = { centerX: largest.x + largest.width / 2, centerY, width: side, height: side, rotation: 0 }
  return [{ region, scoreMin: BODY_SCORE_MIN }]
}

/** Overlapping squares over the whole picture; none for a picture that fits the detector's input. */
export function tileRegions ({ width, height }: Size, inputSize: number): ZoomRegion[] {
  if (Math.max(width, height) <= inputSize) return []
  const side = Math.min(width, height) * TILE_SHARE
  const columns = width >= height ? TILES_LONG : TILES_SHORT
  const rows = width >= height ? TILES_SHORT : TILES_LONG
  const regions: ZoomRegion[] = []
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const centerX = side / 2 + (width - side) * column / (columns - 1)
      const centerY = side / 2 + (height - side) * row / (rows - 1)
      regions.push({ region: { centerX, centerY, width: side, height: side, rotation: 0 }, scoreMin: TILE_SCORE_MIN })
    }
  }
  return regions
}

/** The phones found in a zoom region with at least `scoreMin` that are not known yet. */
export function newPhones (
  found: readonly ObjectObservation[],
  known: readonly ObjectObservation[],
  scoreMin: number
): ObjectObservation[] {
  return found.filter(
    ({ label, score, box }) =>
      label === ZOOM_LABEL &&
      score >= scoreMin &&
      !known.some(other => other.label === ZOOM_LABEL && boxIou(other.box, box) > SAME_PHONE_IOU)
  )
}

/** Boxes of one phone from two runs overlap less than boxes of one run, since a tile's edge may cut the phone. */
const SAME_PHONE_IOU = 0.2
