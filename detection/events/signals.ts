import { defined } from '../../lib/defined.ts'
import type { Box, ObjectObservation } from '../types.ts'
import { limit, ofFace, ofPicture, type Signal } from './signal.ts'
import { boxArea, containsMiddleOf, intersectionArea } from '../image/box.ts'
import { isOnScreen, isPartOf, PORTRAIT_FACES_MAX } from './others.ts'
import { countSwings, spanOf, type View } from './rule-input.ts'
import { lightOnPerson } from './visibility.ts'

/** Mean change of luma up to which a frame is the one before once more. */
export const REPEATED_CHANGE_MAX = 0.00002

/** A person scored below this, of whom so much lies within a surer one, is an arm or a shoulder of that one. */
const PART_SCORE_MIN = 0.6
const PART_SHARE = 0.85

const yes = (value: boolean): number => (value ? 1 : 0)

/**
 * No face. A picture that shows nothing (covered lens, dark) raises a technical event of its own and suspends this rule
 * for `blindGraceMs`. So a short fault does not count, but a candidate who covers the camera for longer counts as
 * absent, even if all frames are equally black.
 */
export const faceMissing: Signal = (view, rule) => {
  const { faces, persons, quality, upsideDown } = view.observation
  // A face is there, upside down: `camera_upside_down` reports it.
  if (upsideDown === true) return 'hold'
  if (view.isFrozen && view.blindMs === undefined) return 'hold'
  if (view.blindMs !== undefined && view.blindMs < limit(rule, 'blindGraceMs')) return 'hold'
  return {
    score: yes(faces.length === 0),
    measured: {
      faceCount: faces.length,
      ...defined({ persons, pictures: view.pictures }),
      ...(view.blindMs !== undefined && { cause: quality.blocked ? 'camera_blocked' : 'too_dark' })
    }
  }
}

/** Two faces or more, of those that count. */
export const multipleFaces: Signal = ofPicture(({ people }, rule) => ({
  score: people.length / limit(rule, 'faces'),
  measured: {
    faceCount: people.length,
    scores: people.map(face => face.score),
    heightShares: people.map(({ box }) => box.height / people[0]!.box.height)
  }
}))

/**
 * A second body whose face is not visible; two visible faces are reported by `multiple_faces`. Bodies much smaller than
 * the candidate's (people outside), on a television, or of a face that is a photograph's do not count.
 */
export const extraPerson: Signal = ofPicture(({ people, observation: { faces, objects } }, rule) => {
  if (objects === undefined) return 'skip'
  if (people.length > 1) return 'hold'
  const pictured = faces.filter(face => !people.includes(face))
  const mine = objects.find(({ label, box }) =>
    label === 'person' && people.some(face => containsMiddleOf(box, face.box)))?.box
  // Head and shoulders of a face that is a photograph's, and of no person's, or such a face and the candidate's arm.
  const isPicture = (body: Box): boolean =>
    isOnScreen(body, objects) ||
    (pictured.some(({ box }) => containsMiddleOf(body, box) &&
      (body.height <= PORTRAIT_FACES_MAX * box.height || (mine !== undefined && isPartOf(body, mine)))) &&
      !people.some(({ box }) => containsMiddleOf(body, box)))
  const persons = objects.filter(({ label, box }) => label === 'person' && !isPicture(box))
  const isPart = ({ score, box }: ObjectObservation): boolean =>
    score < PART_SCORE_MIN && persons.some(other => other.score > score &&
      intersectionArea(other.box, box) >= PART_SHARE * boxArea(box))
  const bodies = persons.filter(person => person.score >= limit(rule, 'scoreMin') && !isPart(person))
  const heightMax = Math.max(...bodies.map(({ box }) => box.height))
  const counted = bodies.filter(({ box }) => box.height >= limit(rule, 'heightShareMin') * heightMax)
  return {
    score: counted.length / limit(rule, 'persons'),
    measured: {
      persons: counted.length,
      scores: counted.map(({ score }) => score),
      heightShares: counted.map(({ box }) => box.height / heightMax),
      faceCount: people.length
    }
  }
})

/**
 * Both eyes shut, for this person: some have eyes that are always narrow. Seen from above, the lids of a person
 * reading downwards look shut, so the rule is suspended for such a head.
 */
export const eyesClosed: Signal = ofFace((face, { baseline }, rule) => {
  if (face.pitchDegrees < -limit(rule, 'pitchDownDegrees')) return 'hold'
  const usual = baseline?.eyeOpening
  // Before the usual is known, only what is closed for everybody counts.
  const isClosed = usual === undefined
    ? face.eyeOpening < limit(rule, 'surelyClosedBelow')
    : face.eyeOpening < limit(rule, 'closedBelow') && face.eyeOpening < usual * limit(rule, 'usualShare')
  return {
    score: yes(isClosed),
    measured: { eyeOpening: face.eyeOpening, ...defined({ usualEyeOpening: usual }) }
  }
})

/** Eyes that go from side to side again and again, wider than reading on a screen needs. */
export const eyeMovement: Signal = ofFace((face, { history }, rule) => {
  if (face.eyesClosed) return 'hold'
  const swings = countSwings(
    history.map(sample => sample.gazeHorizontal),
    limit(rule, 'amplitude')
  )
  return { score: swings / limit(rule, 'swings'), measured: { swings, overMs: spanOf(history) } }
})

export const handSeen: Signal = ofPicture(({ observation: { hands } }) => {
  if (hands === undefined) return 'skip'
  return {
    score: yes(hands.length > 0),
    measured: { hands: hands.map(hand => ({ handedness: hand.handedness, score: hand.score })) }
  }
})

export const cameraBlocked: Signal = (
  {
    observation: {
      quality: { structure, contrast, brightness }
    }
  },
  rule
) => ({ score: yes(structure <= limit(rule, 'structureMax')), measured: { structure, contrast, brightness } })

/** A face found only in the picture turned upside down. Without a face it is unknown which way up the picture is. */
export const cameraUpsideDown: Signal = ofPicture(({ observation: { upsideDown, faces } }) => ({
  score: yes(upsideDown === true),
  measured: { faceCount: faces.length }
}))

/**
 * Darkness, with or without structure: a dark room and a lens under tape look alike, so that both are said of a black
 * picture.
 */
export const tooDark: Signal = ({ observation: { quality } }, rule) => {
  const { brightness, faceBrightness } = quality
  return {
    score: Math.min(10, limit(rule, 'brightness') / Math.max(lightOnPerson(quality), 1e-3)),
    measured: { brightness, ...defined({ faceBrightness }) }
  }
}

/** Blur; a covered or dark picture has no sharpness to speak of. */
export const tooBlurry: Signal = ofPicture(({ observation: { quality } }, rule) => {
  if (quality.blocked) return 'hold'
  return {
    score: Math.min(10, limit(rule, 'sharpness') / Math.max(quality.sharpness, 1e-3)),
    measured: { sharpness: quality.sharpness }
  }
})

/**
 * Picture after picture exactly the same (`equal`): a sensor always adds some noise, a stopped camera or a repeated
 * picture does not. Or a face that has not moved at all for long under whatever noise, encoding and flicker is laid
 * over it (`still`): a living person moves.
 */
export const frameFrozen: Signal = (view, rule) => {
  const {
    observation: {
      quality: { change },
      atMs
    },
    still
  } = view
  const isEqual = isRepeated(view, limit(rule, 'change'))
  const stillMs = still === undefined ? 0 : atMs - still.sinceMs
  const form = isEqual ? 'equal' : 'still'
  if (still !== undefined && stillMs >= limit(rule, 'stillMs')) {
    return {
      score: 1,
      sinceMs: still.sinceMs,
      measured: { form, shiftPixels: still.shiftPixels, stillMs, ...defined({ change }) }
    }
  }
  if (change === undefined) return 'skip'
  return { score: yes(isEqual), measured: { ...(isEqual && { form }), change } }
}

/** Whether the frame is the one before once more. */
export function isRepeated (
  {
    observation: {
      quality: { change }
    }
  }: Pick<View, 'observation'>,
  changeMax: number
): boolean {
  return change !== undefined && change <= changeMax
}
