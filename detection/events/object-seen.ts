import type { ObjectObservation } from '../types.ts'
import { weighLooks, type Evidence, type TimedLook } from './object-evidence.ts'
import { limit, ofPicture, type Limits, type Signal } from './signal.ts'

/**
 * What several looks say about an object of the rule's classes. One sure look is enough for a score of 1. Unsure ones
 * add up at one place; looks that show nothing there, or another thing, count against it.
 */
export const objectSeen: Signal = ofPicture(({ looks, observation }, rule) => {
  const { objects, width, height } = observation
  if (objects === undefined && observation.looks === undefined) return 'skip'
  const [evidence] = evidenceOf(looks, rule, width * height)
  if (evidence === undefined) return { score: 0, measured: {} }
  const { best, by, score, seen, looks: of, sinceMs, considered } = evidence
  return {
    score,
    ...(score >= 1 && { sinceMs }),
    measured: {
      label: best.label,
      objectScore: best.score,
      box: best.box,
      areaShare: best.box.width * best.box.height / (width * height),
      looks: seen,
      looksOf: of,
      ...(by !== 'objects' && { detector: by }),
      ...(Object.keys(considered).length > 0 && { considered }),
      why: inWords(evidence, rule)
    }
  }
})

/** What the looks say about objects that are large enough for the rule, surest first. */
export function evidenceOf (looks: readonly TimedLook[], rule: Limits, pictureArea: number): Evidence[] {
  const { labels = [] } = rule
  const scoreMin = limit(rule, 'scoreMin')
  const isLarge = ({ label, score, box }: ObjectObservation): boolean =>
    !labels.includes(label) ||
    box.width * box.height >= pictureArea * limit(rule, score >= scoreMin ? 'areaShareMin' : 'weakAreaShareMin')
  return weighLooks(
    looks.map(look => ({ ...look, objects: look.objects.filter(isLarge) })),
    { labels, scoreMin, weakScoreMin: limit(rule, 'weakScoreMin'), weakLooks: limit(rule, 'weakLooks') }
  )
}

/** Why the object is reported, or why it is not. */
export function inWords ({ best, score, isSure, seen, looks, considered }: Evidence, rule: Limits): string {
  const others = Object.entries(considered).sort(([, a], [, b]) => b - a)
  const [likeliest] = others
  const weakLooks = limit(rule, 'weakLooks')
  const reason =
    score >= 1
      ? isSure ? 'One sure look is enough.' : `No look is sure, but at least ${weakLooks} agree.`
      : likeliest !== undefined && likeliest[1] >= best.score
        ? `Not reported: it is rather a ${likeliest[0]}.`
        : !isSure && seen < weakLooks
            ? `Not reported: no look is sure, and fewer than ${weakLooks} agree.`
            : `Not reported: that is ${Math.round(100 * score)} % of what is needed.`
  const also = others.map(([label, likeness]) => `${label} at ${likeness.toFixed(2)}`).join(', ')
  return [
    `${seen} of ${looks} looks show a ${best.label}, at most at ${best.score.toFixed(2)}.`,
    reason,
    ...(also === '' ? [] : [`Also considered: ${also}.`])
  ].join(' ')
}
