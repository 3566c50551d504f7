import { DEFAULT_CADENCE, isDue, type Cadence } from './cadence.ts'
import { renewFaces } from './face/find.ts'
import { meshFace, regionOfLandmarks, type FaceMesh } from './face/mesh.ts'
import { observeFace } from './face/observe.ts'
import { detectHands } from './hands/detect.ts'
import { compareToEnrolled, DOUBT_MS } from './identity/check.ts'
import { SAME_PERSON_MAX } from './identity/distance.ts'
import { withEmbeddings } from './identity/embed.ts'
import { measureQuality, type Thumb } from './image/quality.ts'
import { fingerprintOf } from './liveness/loop.ts'
import { canJudgeSpoof, isJudgeable, judgeSpoof } from './liveness/spoof.ts'
import type { Models } from './models/load.ts'
import { detectObjects } from './objects/detect.ts'
import type { FaceObservation, HandObservation, Image, ObjectObservation, Observation, Region } from './types.ts'

export type Stage = 'quality' | 'faces' | 'mesh' | 'hands' | 'objects' | 'spoof' | 'identity'

/** What a candidate's last frame leaves for the next one: plain data that travels with the frames. */
export interface TrackState {
  /** Where to look for the faces of the last frame. */
  readonly faces: readonly Region[]
  readonly hands: readonly Region[]
  /** The last frame's size: regions are pixels of it. */
  readonly width: number
  readonly height: number
  readonly thumb?: Thumb
  readonly ranAtMs: { readonly faces?: number, readonly hands?: number, readonly objects?: number, readonly spoof?: number, readonly identity?: number }
  /** The last distance to the enrolled face. */
  readonly identityDistance?: number
  /** The last face judged did not look live. */
  readonly suspect?: boolean
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
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>
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
    async analyze (image, atMs, given, { still = false, enrolled, embed = false, facesOnly = false } = {}) {
      const state = given.width === image.width && given.height === image.height ? given : { ...INITIAL_TRACK, ranAtMs: given.ranAtMs }
      const stagesMs: Partial<Record<Stage, number>> = {}
      const timed = async <T>(stage: Stage, work: () => T | Promise<T>): Promise<T> => {
        const startedAt = now()
        const result = await work()
        stagesMs[stage] = (stagesMs[stage] ?? 0) + now() - startedAt
        return result
      }
      const ranAtMs = { ...state.ranAtMs }
      const due = (stage: 'faces' | 'hands' | 'objects' | 'spoof', everyMs: number): boolean => {
        if (!still && !isDue(ranAtMs[stage], atMs, everyMs)) return false
        ranAtMs[stage] = atMs
        return true
      }

      const { quality, thumb } = await timed('quality', () => measureQuality(image, state.thumb))
      const moved = (quality.change ?? 1) > cadence.stillChangeMax

      const tracked = await timed('mesh', async () => await followFaces(models, image, state.faces))
      const lost = tracked.length < Math.max(1, state.faces.length)
      const meshes = due('faces', lost ? 0 : cadence.facesMs)
        ? await timed('faces', async () => (await renewFaces(models, image, tracked, { thorough: still && !facesOnly })).slice(0, FACES_MAX))
        : tracked

      const hands = !facesOnly && due('hands', moved ? cadence.handsMs : Infinity)
        ? await timed('hands', async () => await detectHands(models, image, state.hands))
        : undefined
      const objects = !facesOnly && due('objects', moved ? cadence.objectsMs : cadence.objectsStillMs)
        ? await timed('objects', async () => await detectObjects(models, image, still ? { closer: 'tiles' } : {}))
        : undefined

      const observed = meshes.map(mesh => observeFace(mesh, mesh.presence, image, models.faceGeometry))
      // In a session the candidate's face only; a print held beside it is a second face.
      const judgeable = canJudgeSpoof(models) ? (still ? observed : observed.slice(0, 1)).filter(isJudgeable) : []
      const faces = judgeable.length > 0 && due('spoof', state.suspect === true ? cadence.spoofAgainMs : cadence.spoofMs)
        ? await timed('spoof', async () => await withLiveness(models, image, observed, judgeable))
        : observed
      const identityModels = embed || enrolled !== undefined ? await models.identity?.() : undefined
      // A face that comes back may be somebody else's; one that did not fit is looked at again.
      const doubted = state.faces.length === 0 || (state.identityDistance ?? Infinity) > SAME_PERSON_MAX
      const compared = identityModels !== undefined && enrolled !== undefined && isDue(ranAtMs.identity, atMs, doubted ? DOUBT_MS : cadence.identityMs)
        ? await timed('identity', async () => await compareToEnrolled(identityModels, image, faces, enrolled))
        : undefined
      if (compared !== undefined) ranAtMs.identity = atMs
      const identityDistance = compared ?? state.identityDistance
      const known = identityModels !== undefined && embed
        ? await timed('identity', async () => await withEmbeddings(identityModels, image, faces))
        : faces
      const suspect = faces[0]?.live === undefined ? state.suspect : !faces[0].live

      return {
        observation: {
          ...observationOf(image, atMs, known, hands?.hands, objects, quality),
          ...(!still && { fingerprint: fingerprintOf(thumb) }),
          ...(compared !== undefined && { identity: { distance: compared } })
        },
        state: {
          faces: meshes.map(({ landmarks }) => regionOfLandmarks(landmarks, image.width, image.height)),
          hands: hands?.regions ?? state.hands,
          width: image.width,
          height: image.height,
          thumb,
          ranAtMs,
          ...(suspect !== undefined && { suspect }),
          ...(identityDistance !== undefined && { identityDistance })
        },
        stagesMs
      }
    }
  }
}

async function followFaces (models: Models, image: Image, regions: readonly Region[]): Promise<FaceMesh[]> {
  const meshes: FaceMesh[] = []
  for (const region of regions) {
    const mesh = await meshFace(models, image, region)
    if (mesh !== undefined) meshes.push(mesh)
  }
  return meshes
}

async function withLiveness (models: Models, image: Image, faces: readonly FaceObservation[], judgeable: readonly FaceObservation[]): Promise<FaceObservation[]> {
  const judged: FaceObservation[] = []
  for (const face of faces) {
    const liveness = judgeable.includes(face) ? await judgeSpoof(models, image, face) : undefined
    judged.push(liveness === undefined ? face : { ...face, live: liveness.live, liveScore: liveness.score })
  }
  return judged
}

function observationOf (
  image: Image, atMs: number, faces: Observation['faces'], hands: readonly HandObservation[] | undefined,
  objects: readonly ObjectObservation[] | undefined, quality: Observation['quality']
): Observation {
  return {
    atMs,
    width: image.width,
    height: image.height,
    faces,
    ...(hands === undefined ? {} : { hands }),
    ...(objects === undefined ? {} : { objects, persons: objects.filter(({ label }) => label === 'person').length }),
    quality
  }
}
