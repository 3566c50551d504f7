import { defined } from '../../lib/defined.ts'
import { DEFAULT_CADENCE, isDue, type Cadence } from './cadence.ts'
import type { FaceRange } from '../face/detect.ts'
import { findFarFaces, otherRange, renewFaces } from '../face/find.ts'
import { meshFace, regionOfLandmarks, type FaceMesh } from '../face/mesh.ts'
import { observeFace } from '../face/observe.ts'
import { detectHands } from '../hands/detect.ts'
import {
  addComparison, compareToEnrolled, comparisonMs, followIdentity, type IdentityTrack
} from '../identity/check.ts'
import { withEmbeddings } from '../identity/embed.ts'
import { vectorLength } from '../identity/nets.ts'
import { faceBrightness, measureQuality, type Thumb } from '../image/quality.ts'
import { boxOfLandmarks } from '../image/box.ts'
import { fingerprintOf } from '../liveness/loop.ts'
import { cellsOf } from '../liveness/still.ts'
import { canJudgeSpoof, isJudgeable, judgeSpoof } from '../liveness/spoof.ts'
import type { Models } from './load-models.ts'
import { objectsOfStill, searchObjects, type ObjectSearch, type Searched } from './object-search.ts'
import { countPeople } from '../objects/people.ts'
import { startStages, type RanAtMs, type StagesMs, type FrameStages } from './stages.ts'
import type { FaceObservation, Image, Observation, Region } from '../types.ts'

/** State of one candidate from frame to frame: plain data that travels with the frames. */
export interface TrackState {
  /** Where to look for the faces of the last frame. */
  readonly faces: readonly Region[]
  /** The detector that last searched for further faces; the two alternate. */
  readonly faceRange?: FaceRange | undefined
  readonly hands: readonly Region[]
  /** When hands were last searched for. */
  readonly palmsAtMs?: number | undefined
  /** The last frame's size: regions are pixels of it. */
  readonly width: number
  readonly height: number
  readonly thumb?: Thumb
  readonly ranAtMs: RanAtMs
  /** What the comparisons with the enrolled face have said so far. */
  readonly identity?: IdentityTrack
  /** The last check found a face in the picture turned upside down. */
  readonly upsideDown?: boolean
  /** The last face judged did not look live. */
  readonly suspect?: boolean
  readonly search?: ObjectSearch
}

export const INITIAL_TRACK: TrackState = { faces: [], hands: [], width: 0, height: 0, ranAtMs: {} }

export interface AnalyzeOptions {
  /** For a picture by itself: every detector runs, and faces are looked for in the slower, more thorough way. */
  readonly still?: boolean
  /** The enrolled face: the candidate's is compared with it at its own cadence. */
  readonly enrolled?: Float32Array
  /** Give each face its vector. */
  readonly embed?: boolean
  /** Of a still: look for faces only, as in a session; some 15 ms. */
  readonly facesOnly?: boolean
}

export interface Analysis {
  readonly observation: Observation
  readonly state: TrackState
  /** Milliseconds spent in each stage that ran. */
  readonly stagesMs: StagesMs
}

/** The order of the stages, and how often each runs. */
export interface Pipeline {
  analyze (image: Image, atMs: number, state: TrackState, options?: AnalyzeOptions): Promise<Analysis>
}

export interface PipelineOptions {
  readonly cadence?: Cadence
  /** Milliseconds of a steady clock, to time the stages with. */
  readonly now: () => number
}

/** Faces followed from frame to frame at most, largest first: bounds the time a crowd costs, at some 2 ms a face. */
const FACES_MAX = 12

/** Builds the pipeline over models loaded once; all state of a candidate goes in and comes out. */
export function createPipeline (models: Models, { cadence = DEFAULT_CADENCE, now }: PipelineOptions): Pipeline {
  return {
    async analyze (image, atMs, given, options = {}) {
      const { still = false, facesOnly = false } = options
      const state =
        given.width === image.width && given.height === image.height
          ? given
          : { ...INITIAL_TRACK, ranAtMs: given.ranAtMs }
      const turn = startStages(state.ranAtMs, atMs, still, now)

      const { quality, thumb } = await turn.timed('quality', () => measureQuality(image, state.thumb))
      const moved = (quality.change ?? 1) > cadence.stillChangeMax
      const { meshes, faceRange } = await findFaces(models, cadence, turn, image, state, still && !facesOnly)
      const observed = meshes.map(mesh => observeFace(mesh, image, models.faceGeometry))
      const faceBoxes = observed.map(({ box }) => box)
      const handsMs = state.hands.length > 0 ? cadence.handsMs : cadence.handsSearchMs
      const hands = facesOnly
        ? undefined
        : await turn.ifDue(
          'hands',
          moved ? handsMs : Infinity,
          async () => await detectHands(models, image, state.hands, isDue(state.palmsAtMs, atMs, cadence.handsSearchMs))
        )
      const { objects, looks, search }: Searched = facesOnly
        ? {}
        : still
          ? await objectsOfStill(models, turn, image, faceBoxes)
          : await searchObjects(models, cadence, turn, image, {
            faces: faceBoxes, hands: hands?.regions ?? state.hands, moved, search: state.search
          })

      const upsideDown =
        faceBoxes.length === 0 &&
        ((await turn.ifDue('upsideDown', cadence.upsideDownMs, async () => await isUpsideDown(models, image))) ??
          state.upsideDown ??
          false)

      const judged = await judgeLiveness(models, cadence, turn, image, observed, state)
      const regions = meshes.map(({ landmarks }) => regionOfLandmarks(landmarks, image.width, image.height))
      const followed = followIdentity(state.identity ?? { clear: 0 }, state.faces, regions)
      const { faces, distance, incomparable } = await recognize(models, cadence, turn, image, judged, followed, options)
      const suspect = faces[0]?.live === undefined ? state.suspect : !faces[0].live

      return {
        observation: {
          atMs,
          width: image.width,
          height: image.height,
          faces,
          ...defined({ hands: hands?.hands }),
          ...(objects !== undefined && { objects, persons: countPeople(objects, faceBoxes) }),
          ...defined({ looks }),
          quality:
            faceBoxes[0] === undefined
              ? quality
              : { ...quality, faceBrightness: faceBrightness(thumb, image, faceBoxes[0]) },
          ...(upsideDown && { upsideDown }),
          ...(!still && { fingerprint: fingerprintOf(thumb), cells: cellsOf(thumb) }),
          ...(distance !== undefined && { identity: { distance } }),
          ...(incomparable && { incomparable })
        },
        state: {
          faces: regions,
          faceRange,
          hands: hands?.regions ?? state.hands,
          palmsAtMs: hands?.isSearched === true ? atMs : state.palmsAtMs,
          width: image.width,
          height: image.height,
          thumb,
          ranAtMs: turn.ranAtMs,
          ...(upsideDown && { upsideDown }),
          identity: distance === undefined ? followed : addComparison(followed, distance),
          ...defined({ suspect, search })
        },
        stagesMs: turn.stagesMs
      }
    }
  }
}

/**
 * Follows the known faces, and at the cadence of `faces`, or at once when a face is lost, searches for further ones.
 * While no face is lost the two detectors alternate: each finds most faces that the other one finds. While no face is
 * found, the full-range detector also searches tiles for small faces every `farFacesMs`.
 */
async function findFaces (
  models: Models, cadence: Cadence, turn: FrameStages, image: Image, state: TrackState, thorough: boolean
): Promise<{ meshes: readonly FaceMesh[], faceRange: FaceRange | undefined }> {
  const tracked = await turn.timed('mesh', async () => await followFaces(models, image, state.faces))
  const isLost = tracked.length < Math.max(1, state.faces.length)
  const range = isLost ? undefined : otherRange(state.faceRange ?? 'short')
  const renewed = await turn.ifDue(
    'faces',
    isLost ? 0 : cadence.facesMs,
    async () => await renewFaces(models, image, tracked, { thorough, range })
  )
  if (renewed === undefined) return { meshes: tracked, faceRange: state.faceRange }
  const far = renewed.length > 0 || thorough
    ? undefined
    : await turn.ifDue('farFaces', cadence.farFacesMs, async () => await findFarFaces(models, image))
  return { meshes: [...renewed, ...far ?? []].slice(0, FACES_MAX), faceRange: range }
}

async function followFaces (models: Models, image: Image, regions: readonly Region[]): Promise<FaceMesh[]> {
  const meshes: FaceMesh[] = []
  for (const region of regions) {
    const mesh = await meshFace(models, image, region)
    if (mesh !== undefined) meshes.push(mesh)
  }
  return meshes
}

/** A face that stands on its head and is smaller than this share of the picture's height may hang on the wall. */
const UPSIDE_DOWN_HEIGHT_SHARE_MIN = 0.2

/**
 * Whether the picture turned by half a circle shows a face, as large as a candidate's: the camera hangs upside down.
 */
async function isUpsideDown (models: Models, image: Image): Promise<boolean> {
  const turned = turnedUpsideDown(image)
  const meshes = await renewFaces(models, turned, [], { range: 'short' })
  return meshes.some(
    mesh =>
      boxOfLandmarks(mesh.landmarks, turned.width, turned.height).height >= UPSIDE_DOWN_HEIGHT_SHARE_MIN * turned.height
  )
}

/** The last pixel first. */
function turnedUpsideDown ({ width, height, data }: Image): Image {
  const turned = new Uint8Array(width * height * 3)
  for (let from = 0, to = turned.length - 3; to >= 0; from += 3, to -= 3) {
    turned[to] = data[from]!
    turned[to + 1] = data[from + 1]!
    turned[to + 2] = data[from + 2]!
  }
  return { width, height, data: turned }
}

/** Whether the faces look live: in a session the candidate's only, since a print held beside it is a second face. */
async function judgeLiveness (
  models: Models,
  cadence: Cadence,
  turn: FrameStages,
  image: Image,
  faces: readonly FaceObservation[],
  { suspect }: TrackState
): Promise<readonly FaceObservation[]> {
  const judgeable = canJudgeSpoof(models) ? (turn.still ? faces : faces.slice(0, 1)).filter(isJudgeable) : []
  if (judgeable.length === 0) return faces
  const judged = await turn.ifDue('spoof', suspect === true ? cadence.spoofAgainMs : cadence.spoofMs, async () => {
    const found = new Map<FaceObservation, FaceObservation>()
    for (const face of judgeable) {
      const liveness = await judgeSpoof(models, image, face)
      if (liveness !== undefined) found.set(face, { ...face, live: liveness.live, liveScore: liveness.score })
    }
    return found
  })
  return judged === undefined ? faces : faces.map(face => judged.get(face) ?? face)
}

/** The distance to the enrolled face when that is due, and the vectors of the faces when they are asked for. */
async function recognize (
  models: Models,
  cadence: Cadence,
  turn: FrameStages,
  image: Image,
  faces: readonly FaceObservation[],
  followed: IdentityTrack,
  { embed = false, enrolled }: AnalyzeOptions
): Promise<{ faces: readonly FaceObservation[], distance?: number | undefined, incomparable?: true }> {
  const identity = embed || enrolled !== undefined ? await models.identity?.() : undefined
  if (identity === undefined) return { faces }
  if (enrolled !== undefined && enrolled.length !== vectorLength(identity)) return { faces, incomparable: true }
  const distance =
    enrolled === undefined
      ? undefined
      : await turn.ifDue(
        'identity',
        comparisonMs(followed, cadence),
        async () => await compareToEnrolled(identity, image, faces, enrolled)
      )
  return {
    distance,
    faces: embed ? await turn.timed('identity', async () => await withEmbeddings(identity, image, faces)) : faces
  }
}
