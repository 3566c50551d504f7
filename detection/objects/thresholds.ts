/**
 * The lowest score with which a class is reported, one table for every detector.
 *
 * These say "worth a look", not "true": a judgement needs several frames, which is the event rules' business, and the
 * score is in the observation. So classes that a small detector scores low stay low here.
 */
const SCORE_MIN: Readonly<Record<string, number>> = {
  // The customary limit of YOLO detectors; a person cut off by the picture's edge scores 0.25 to 0.4.
  person: 0.25,
  // Phones are small and half hidden in hands: average precision on COCO is 32 % where persons have 54 % (YOLOX-S).
  'cell phone': 0.25,
  // Average precision 15 % (YOLOX-S): the books of a full shelf score 0.2 to 0.3 each.
  book: 0.2,
  // Average precision 24 % (YOLOX-S), and the phone's commonest look-alike: better named than missed.
  remote: 0.25,
  // From the side, in grey or in noise 0.26 to 0.36; in 900 pictures without one nothing scored more than 0.11
  // (YOLOX-nano).
  laptop: 0.25
}

/** For every other class. */
const SCORE_MIN_DEFAULT = 0.35

/** The lowest score with which objects of this name are reported. */
export function objectScoreMin (label: string): number {
  return Object.hasOwn(SCORE_MIN, label) ? SCORE_MIN[label]! : SCORE_MIN_DEFAULT
}

/*
 * What the looks of a session are kept for: rules add up unsure ones. Of 427 pictures without a phone 9 % have
 * something at 0.05 and more, which a closer look then judges.
 */
const UNSURE_PHONE_MIN = 0.05
/** Nothing is ever read below this. */
export const LEAST_SCORE = UNSURE_PHONE_MIN
/** Other names for what may be a phone, and what rules look for. */
const UNSURE_MIN = 0.15

/** The lowest score that a session's looks keep. */
export function unsureScoreMin (label: string): number {
  return label === 'cell phone' ? UNSURE_PHONE_MIN : Math.min(UNSURE_MIN, objectScoreMin(label))
}
