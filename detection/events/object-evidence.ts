import { boxArea, intersectionArea } from '../image/box.ts'
import { areRivals } from '../objects/rivals.ts'
import type { Box, ObjectDetector, ObjectLook, ObjectObservation, Observation } from '../types.ts'

/** A look of an object detector at its time. */
export interface TimedLook extends ObjectLook {
  readonly atMs: number
}

/** Looks that are remembered, and objects of each: in ten looks a sum forgets all but a tenth. */
const LOOKS_MAX = 16
const OBJECTS_MAX = 20
/** What of the sum the next look of its detector leaves: one score for long comes to five times its weight. */
const KEPT = 0.8
/** A look that does not show the thing counts like this score, which half of the missed frames of held phones have. */
const UNSEEN_SCORE = 0.1
/** Another name for the thing counts against it from this share of `weakScoreMin` on: look-alikes score lower. */
const RIVAL_SHARE = 0.5
/** A look that covers less of the thing than this says nothing about it. */
const COVERED_MIN = 0.7
/** After a longer break of a detector its sums are dropped: five lost looks at the usual rate, or two. */
const GAP_MS: Readonly<Record<ObjectDetector, number>> = { objects: 5000, openImages: 30_000 }
/** The sum is bounded to this many times the limit, so that it sinks below the limit with the first look without. */
const SUM_MAX = 1.5
/** What is not sure yet stays below the limit. */
const UNDECIDED_MAX = 0.99
/** A score of 0 or 1 has no log-odds. */
const SCORE_MARGIN = 0.01
/** The least limit, where a policy sets both scores to much the same. */
const LIMIT_MIN = 0.2

/**
 * What is added to the log-odds of a detector's scores to compare them with those of the first one. Books at 0.3 are as
 * rare among pictures without a book (1 of 441) as phones at 0.45 are among those without a phone (4 of 427).
 */
const LOG_ODDS_ADDED: Readonly<Record<ObjectDetector, number>> = { objects: 0, openImages: 0.65 }
/** What a detector is asked for; absent: everything. */
const TELLS: Readonly<Partial<Record<ObjectDetector, readonly string[]>>> = { openImages: ['book'] }
/** The second detector takes phones for books. */
const NO_RIVAL_OF_PHONES = ['book']

/** What several looks say about one thing. */
export interface Evidence {
  /** Its surest reading. */
  readonly best: ObjectObservation
  readonly by: ObjectDetector
  /** The sum of what the looks say; the limit is 1. */
  readonly score: number
  /** One look alone was sure. */
  readonly isSure: boolean
  /** Looks that showed it, of those that could have. */
  readonly seen: number
  readonly looks: number
  readonly sinceMs: number
  /** Other names for it, each with its best score. */
  readonly considered: Readonly<Record<string, number>>
}

/** What a rule looks for, and how sure it must be. */
export interface Wanted {
  readonly labels: readonly string[]
  /** A look as sure as this is enough. */
  readonly scoreMin: number
  /** Looks less sure than this speak against the thing, surer ones for it. */
  readonly weakScoreMin: number
  /** Looks that must show it where none is sure. */
  readonly weakLooks: number
}

/** The remembered looks after this frame, newest last. An observation without looks is one look at all of it. */
export function rememberLooks (looks: readonly TimedLook[], observation: Observation): readonly TimedLook[] {
  const { atMs, width, height, objects } = observation
  const part = { x: 0, y: 0, width, height }
  const fresh = observation.looks ?? (objects === undefined ? [] : [{ by: 'objects' as const, part, objects }])
  return [...looks, ...fresh.map(look => ({ ...look, atMs, objects: look.objects.slice(0, OBJECTS_MAX) }))]
    .slice(-LOOKS_MAX)
}

/** A thing that the looks so far showed; `box` is where it was last seen. */
interface Track extends Omit<Evidence, 'score' | 'isSure'> {
  readonly box: Box
  readonly sum: number
}

/**
 * What the looks say about things of the wanted names, surest first.
 *
 * Each look adds the log-odds of its score, and those of earlier looks count less and less. A look that covers the
 * place and shows nothing subtracts, and so does another name for the thing. Each detector has sums of its own.
 */
export function weighLooks (looks: readonly TimedLook[], wanted: Wanted): Evidence[] {
  let tracks: readonly Track[] = []
  const lastMs: Partial<Record<ObjectDetector, number>> = {}
  for (const look of looks) {
    const isLate = look.atMs - (lastMs[look.by] ?? look.atMs) > GAP_MS[look.by]
    tracks = addLook(isLate ? tracks.filter(({ by }) => by !== look.by) : tracks, look, wanted)
    lastMs[look.by] = look.atMs
  }
  return tracks.map(({ box: _, sum, ...track }) => {
    const score = Math.max(0, sum / limitOf(wanted))
    const isSure = surenessOf(track.best.score, track.by) >= logOdds(wanted.scoreMin)
    const isEnough = isSure || track.seen >= wanted.weakLooks
    return { ...track, isSure, score: isEnough ? score : Math.min(score, UNDECIDED_MAX) }
  }).sort((a, b) => b.score - a.score)
}

function addLook (tracks: readonly Track[], look: TimedLook, wanted: Wanted): Track[] {
  const { by, atMs, objects } = look
  const left = objects.filter(({ label }) => wanted.labels.includes(label) && TELLS[by]?.includes(label) !== false)
  const next = tracks.filter(({ sum }) => sum > 0).map(track => {
    const index = by === track.by ? left.findIndex(({ box }) => isSameThing(box, track.box)) : -1
    const [object] = index < 0 ? [] : left.splice(index, 1)
    return addToTrack(track, look, object, wanted)
  })
  for (const object of left) {
    const track = { best: object, box: object.box, by, sum: 0, seen: 0, looks: 0, sinceMs: atMs, considered: {} }
    next.push(addToTrack(track, look, object, wanted))
  }
  return next
}

/** The track after a look that shows it as `object`, or does not show it. */
function addToTrack (
  track: Track,
  { by, part, objects }: TimedLook,
  object: ObjectObservation | undefined,
  wanted: Wanted
): Track {
  const place = object ?? { ...track.best, box: track.box }
  const couldShow =
    object !== undefined ||
    (by === track.by && intersectionArea(part, track.box) >= COVERED_MIN * boxArea(track.box))
  const others = objects.filter(other => !wanted.labels.includes(other.label) && areRivals(other, place) &&
    !(by === 'openImages' && NO_RIVAL_OF_PHONES.includes(other.label)))
  const gained = couldShow ? weightOf(object?.score ?? UNSEEN_SCORE, by, wanted) : 0
  const lost = Math.max(0, ...others.map(({ score }) => logOdds(score) - logOdds(RIVAL_SHARE * wanted.weakScoreMin)))
  const sum = track.sum * (couldShow ? KEPT : 1) + gained - lost
  const considered = { ...track.considered }
  for (const { label, score } of others) considered[label] = Math.max(score, considered[label] ?? 0)
  return {
    ...track,
    best: object !== undefined && object.score > track.best.score ? object : track.best,
    box: place.box,
    sum: Math.min(sum, SUM_MAX * limitOf(wanted)),
    seen: track.seen + (object === undefined ? 0 : 1),
    looks: track.looks + (couldShow ? 1 : 0),
    considered
  }
}

/** Two boxes in a row show the same thing: it lies there, or a hand has moved it by no more than its own size. */
function isSameThing (a: Box, b: Box): boolean {
  const x = a.x + a.width / 2 - b.x - b.width / 2
  const y = a.y + a.height / 2 - b.y - b.height / 2
  return Math.hypot(x, y) <= Math.max(a.width, a.height, b.width, b.height)
}

function logOdds (score: number): number {
  const bounded = Math.min(Math.max(score, SCORE_MARGIN), 1 - SCORE_MARGIN)
  return Math.log(bounded / (1 - bounded))
}

const surenessOf = (score: number, by: ObjectDetector): number => logOdds(score) + LOG_ODDS_ADDED[by]

/** What one look at a score says for the thing; below 0 against it. */
function weightOf (score: number, by: ObjectDetector, { weakScoreMin }: Wanted): number {
  return surenessOf(score, by) - logOdds(weakScoreMin)
}

/** The sum that reports: what a look of `scoreMin` adds. */
function limitOf ({ scoreMin, weakScoreMin }: Wanted): number {
  return Math.max(LIMIT_MIN, logOdds(scoreMin) - logOdds(weakScoreMin))
}
