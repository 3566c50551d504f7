import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Image } from '../../detection/types.ts'
import { candidateCut, createFacePlaces, headCut, type FacePlace } from './face-places.ts'
import { bust, feathered, type Patch } from './overlay.ts'
import { clipPerson, portrait } from './people.ts'
import { plan, type SessionPlan } from './plan.ts'
import type { SessionSet } from './play.ts'
import { hand, overlaid } from './scene.ts'
import * as shot from './shots.ts'
import type { Cast, Shot } from './shot.ts'
import { openSources, type Sources } from './sources.ts'

/*
 * Sessions of the people of a second folder, made by one recipe from its labels, so that no file is named here. A third
 * of the people is kept aside; rules are never tuned to it.
 */

/** The keys that are used of the folder's labels. */
interface Label {
  readonly faces?: number
  readonly liveness?: 'live' | 'spoof'
  readonly identity?: string
  readonly objects?: readonly string[]
  readonly groups?: readonly string[]
}

interface Stretch { readonly from: number, readonly to: number, readonly what: string }

/** More people than this make the measurement longer than its figures gain. */
const PEOPLE_MAX = 8
const SEED = 701
/** Heights of faces against the candidate's: a poster's just above a fifth, a visitor's at the shoulder. */
const POSTER_SHARE = 0.28
const VISITOR_SHARE = 0.6

/** The sessions of one part; none where the folder is missing. */
export async function newPeoplePlans (
  folder: string,
  modelsDir: string,
  set: Extract<SessionSet, 'new people' | 'kept aside'>
): Promise<SessionPlan[]> {
  if (!existsSync(path.join(folder, 'labels.json'))) return []
  const labels = read<Record<string, Label>>(folder, 'labels.json')
  const clips = read<Record<string, readonly Stretch[]>>(folder, 'clips.json')
  const sources = openSources(folder)
  const places = createFacePlaces(folder, modelsDir)
  const isOfSet = (identity: string): boolean => isKeptAside(identity) === (set === 'kept aside')
  const portraits = onePerIdentity(labels).filter(([file, { identity = file }]) => isOfSet(identity))
  const spoofs = Object.keys(labels).filter(file => labels[file]!.liveness === 'spoof' && isOfSet(file))
  const candidates = [
    ...await withPlaces(Object.keys(clips).filter(isOfSet), async file =>
      await places.ofImage(await sources.frame(file, 0))),
    ...evenly(await withPlaces(portraits.map(([file]) => file), places.ofFile), PEOPLE_MAX)
  ]
  return candidates.map(({ file, place }, index) => {
    const stretches = clips[file]
    const { cut, faceHeight } = candidateCut(place)
    // The other faces are those of people of the same part.
    const [poster, visitor] = [1, 2].map(step => candidates[(index + step) % candidates.length]!)
    const planned = plan(
      sources,
      { name: `${set} ${index + 1}`, set, seed: SEED + index + (set === 'kept aside' ? 1000 : 0) },
      // The sessions enroll no candidate: some pictures would be refused, and these sessions compare no faces.
      async () => stretches === undefined
        ? { work: (await portrait(sources, file, cut)).work }
        : await clipPerson(sources, file, cut),
      async cast => await recipe(cast, {
        poster: await headOf(sources, poster!, 1.5, POSTER_SHARE * faceHeight),
        visitor: await headOf(sources, visitor!, 1.9, VISITOR_SHARE * faceHeight),
        isTalking: stretches?.some(({ what }) => what === 'talks') === true,
        isMoving: stretches !== undefined,
        spoof: spoofs[index]
      })
    )
    return { ...planned, groups: labels[file]?.groups ?? [] }
  })
}

/** A third of the identities, by a hash of their names. */
export function isKeptAside (identity: string): boolean {
  return createHash('sha256').update(identity).digest()[0]! % 3 === 0
}

interface Others {
  readonly poster: Image
  readonly visitor: Image
  readonly isTalking: boolean
  readonly isMoving: boolean
  readonly spoof: string | undefined
}

/** What every candidate does: honest stretches, an absence, a second person, and a print where there is one. */
async function recipe (
  cast: Cast,
  { poster, visitor, isTalking, isMoving, spoof }: Others
): Promise<Shot[]> {
  // The people of the clips do what they did: they talk, smile and turn.
  const honest = (one: Shot): Shot =>
    ({ ...one, isHonest: true, ...(isMoving && { may: ['eye_movement', 'looking_away', 'eyes_closed'] }) })
  const { person, random } = cast
  const works = (seconds: number): Shot => honest(shot.work(cast, seconds))
  const beside = (seconds: number, patch: Patch, x: number, y: number, tremble: number): Shot =>
    ({ what: 'a face beside', seconds, scene: overlaid(person.work(random), patch, hand(x, y, tremble)) })
  return [
    isTalking ? { ...works(30), must: ['mouth_movement'] } : works(30),
    { ...honest(beside(20, feathered(poster, 1), 70, 70, 0)), what: 'a poster hangs on the wall' },
    works(10),
    honest(shot.leansIn(cast, 10, 1.2)),
    honest(shot.tiltsHead(cast, 6, 10)),
    honest(shot.cloudsPass(cast, 15)),
    works(10),
    shot.absence(6),
    works(15),
    {
      ...beside(6, bust(visitor), 560, 480 - visitor.height / 2, 4),
      what: 'a person looks over the shoulder',
      must: ['multiple_faces'],
      may: ['extra_person']
    },
    works(15),
    ...spoof === undefined
      ? []
      : [{ ...await shot.heldBefore(cast, 30, spoof), what: 'holds a picture before the camera' }, works(15)]
  ]
}

interface Found { readonly file: string, readonly place: FacePlace }

/** The files in which a face large enough is found. */
async function withPlaces (
  files: readonly string[], placeOf: (file: string) => Promise<FacePlace | undefined>
): Promise<Found[]> {
  const found: Found[] = []
  for (const file of files) {
    const place = await placeOf(file)
    if (place !== undefined) found.push({ file, place })
  }
  return found
}

/** Cuts out a head, scaled so that its face is `faceHeight` pixels high. */
async function headOf (sources: Sources, { file, place }: Found, times: number, faceHeight: number): Promise<Image> {
  const cut = headCut(place, times)
  const height = Math.round(cut.height * place.height / place.box.height * faceHeight)
  return file.startsWith('video/')
    ? await sources.pieceOf(await sources.frame(file, 0), height, cut)
    : await sources.piece(file, height, cut)
}

/** The first picture of each person that shows one living face and nothing to hide it. */
function onePerIdentity (labels: Readonly<Record<string, Label>>): Array<[file: string, label: Label]> {
  const seen = new Set<string>()
  return Object.entries(labels).filter(([file, { faces, liveness, identity = file, objects = [] }]) => {
    const isUsable =
      file.startsWith('images/') && faces === 1 && liveness !== 'spoof' && objects.length === 0 && !seen.has(identity)
    if (isUsable) seen.add(identity)
    return isUsable
  })
}

function evenly<T> (items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count)
  return Array.from({ length: Math.min(count, items.length) }, (_, at) => items[Math.floor(at * step)]!)
}

function read<T> (folder: string, file: string): T {
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T
}
