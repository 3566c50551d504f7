import { EYES_CLOSED_BELOW, SURELY_CLOSED_BELOW } from '../face/openings.ts'
import { COMPARED_HEIGHT_SHARE_MIN } from '../identity/check.ts'
import { COMPARED_TURN_DEGREES_MAX, OTHER_PERSON_FROM, SAME_PERSON_MAX } from '../identity/distance.ts'
import type { EventKind } from '../types.ts'
import { identityMismatch, identityUnsure } from './identity.ts'
import { PAGE_AND_LINE_RULES } from './rules-page-and-line.ts'
import { livenessUnsure, spoofSuspected } from './liveness.ts'
import { lookingAway } from './looking-away.ts'
import { mouthMovement, speaking } from './mouth.ts'
import { objectSeen } from './object-seen.ts'
import { BOOK_MODELS, FACE_MODELS, frame, HAND_MODELS, OBJECT_MODELS, SELDOM, sound, type Rule } from './rule.ts'
import * as signals from './signals.ts'
import * as sounds from './sounds.ts'

/** What the two rules about the mouth share. */
const MOUTH = {
  enterMs: 2000,
  leaveMs: 2000,
  cooldownMs: 10_000,
  models: FACE_MODELS,
  // Opening over width: a mouth at rest or in a smile trembles by up to 0.06, speech swings by up to 0.4, a yawn
  // opens beyond 0.7. The count of swings dips for a frame now and then. Clear faces have mesh scores of 0.999 and
  // more; behind cups and hands they sank to 0.73.
  limits: { amplitude: 0.08, amplitudeShare: 0.3, swings: 3, yawnOpening: 0.7, turnDegrees: 30, meshScoreMin: 0.9 }
} as const

/**
 * All rules; with `rules-page-and-line.ts` the only place with thresholds.
 *
 * The rules favor the candidate: a glance of one second or a pause for thought of two starts no event, and a signal
 * that flickers is judged by the median of its last scores. The weights of face_missing, multiple_faces, looking_away
 * and tab_switch are customary among proctoring systems. The others are set relative to them, by how reliable the
 * signal is and how serious the event: a phone or another person weighs about as much as a second face (4, 3), events
 * that happen to every candidate weigh 1, and signs that another person sits there weigh 5.
 */
export const RULES = {
  face_missing: frame({
    class: 'integrity',
    severity: 'medium',
    weight: 2,
    says: 'Face not detected',
    alsoKnownAs: ['NO_FACE'],
    read: signals.faceMissing,
    models: FACE_MODELS,
    enterMs: 2500,
    limits: { blindGraceMs: 10_000 }
  }),
  multiple_faces: frame({
    class: 'integrity',
    severity: 'high',
    weight: 4,
    says: 'Multiple faces detected',
    alsoKnownAs: ['MULTIPLE_FACES'],
    read: signals.multipleFaces,
    models: FACE_MODELS,
    enterMs: 1500,
    leaveMs: 1500,
    // A face a fifth as high as the candidate's is five times as far away, or a photograph on the wall. It does not
    // count, and is not compared with the enrolled face. Detectors score real further faces at 0.98 and more.
    limits: { faces: 2, scoreMin: 0.6, heightShareMin: COMPARED_HEIGHT_SHARE_MIN }
  }),
  extra_person: frame({
    class: 'integrity',
    severity: 'high',
    weight: 3,
    says: 'Background person detected',
    read: signals.extraPerson,
    models: OBJECT_MODELS,
    enterMs: 2000,
    ...SELDOM,
    // A coat on a chair scores 0.3 as a person, so the limit lies well above the detector's own. Posters are up to a
    // quarter as high as the candidate's head and shoulders; a person who stands five times as far away half as high.
    limits: { persons: 2, scoreMin: 0.45, heightShareMin: 0.3 }
  }),
  looking_away: frame({
    class: 'integrity',
    severity: 'medium',
    weight: 2,
    says: 'Looking away',
    alsoKnownAs: ['LOOKING_AWAY'],
    read: lookingAway,
    enterMs: 3000,
    models: FACE_MODELS,
    // Measured from the candidate's baseline. A wide screen (60 cm, seen from 60 cm) reaches 27 degrees to each side.
    // The limit down is wider than up, because keyboards and paper lie there and cameras are above screens. People turn
    // the head with the eyes beyond some 15 degrees; the mesh places irises too near the middle, so it measures such
    // eyes at 11 to 14 degrees. A head turned by 28 degrees for 8 s counts unless the eyes turn back to within 12
    // degrees of the usual: a look at a neighbor's desk is longer than any glance. The irises of 14 people in clips
    // differ by up to 0.41 half widths; under a hand they are drawn anywhere.
    limits: {
      sightYawDegrees: 28,
      sightUpDegrees: 25,
      sightDownDegrees: 30,
      headYawDegrees: 45,
      longTurnDegrees: 28,
      longTurnSightDegrees: 12,
      longTurnMs: 8000,
      irisDisagreementMax: 0.5,
      eyesYawDegrees: 10,
      beyondScreenDegrees: 5
    }
  }),
  eye_movement: frame({
    class: 'integrity',
    severity: 'low',
    weight: 1,
    says: 'Eye movement detected',
    read: signals.eyeMovement,
    models: FACE_MODELS,
    enterMs: 3000,
    leaveMs: 2000,
    window: 1,
    cooldownMs: 10_000,
    // In half widths of the eye: some 30 degrees from side to side, wider than a line on a laptop's screen.
    limits: { amplitude: 0.45, swings: 4 }
  }),
  eyes_closed: frame({
    class: 'integrity',
    severity: 'low',
    weight: 1,
    says: 'Eyes closed',
    read: signals.eyesClosed,
    enterMs: 4000,
    // At one frame per second, three of four frames can show a blink by chance.
    enterCount: 5,
    models: FACE_MODELS,
    // Closed eyes measure a fifth to a half of the same person's open ones; a laugh narrows them to a little more.
    // Narrow eyes in a smile measure 0.116 and more, closed ones 0.1 and less.
    limits: {
      closedBelow: EYES_CLOSED_BELOW,
      surelyClosedBelow: SURELY_CLOSED_BELOW,
      pitchDownDegrees: 20,
      usualShare: 0.5
    }
  }),
  mouth_movement: frame({
    class: 'information',
    severity: 'info',
    says: 'Mouth movement detected',
    read: mouthMovement,
    ...MOUTH
  }),
  speaking: frame({
    class: 'integrity',
    severity: 'low',
    weight: 1,
    says: 'Mouth movement together with a voice',
    read: speaking,
    ...MOUTH,
    models: [...FACE_MODELS, 'speech'],
    // Less than `voice` asks, because lips and sound agree; "hm" and a cough are shorter.
    limits: { ...MOUTH.limits, speechMs: 1000, speechMin: 0.5 }
  }),
  hand_detected: frame({
    class: 'information',
    severity: 'info',
    says: 'Hand detected',
    read: signals.handSeen,
    models: HAND_MODELS,
    enterMs: 1000,
    ...SELDOM,
    cooldownMs: 10_000
  }),
  phone: frame({
    class: 'integrity',
    severity: 'high',
    weight: 4,
    says: 'Phone detected',
    alsoKnownAs: ['PHONE_DETECTED'],
    read: objectSeen,
    models: OBJECT_MODELS,
    window: 1,
    enterMs: 1000,
    ...SELDOM,
    labels: ['cell phone'],
    // A phone held up scores 0.8 to 0.9. Phones that are small, dark or seen from the back score 0.2 to 0.5 in a closer
    // look; heads, collars and shirts 0.00 to 0.15 there, for as long as the person sits there.
    limits: { scoreMin: 0.45, areaShareMin: 0, weakScoreMin: 0.2, weakAreaShareMin: 0, weakLooks: 3 }
  }),
  forbidden_object: frame({
    class: 'integrity',
    severity: 'medium',
    weight: 3,
    says: 'Forbidden object detected',
    read: objectSeen,
    models: BOOK_MODELS,
    window: 1,
    enterMs: 2000,
    ...SELDOM,
    // `remote` is not in the list: object detectors report sticks, cards and packets as remote controls, and a remote
    // control is no help in an exam.
    labels: ['book', 'laptop', 'tv', 'tablet', 'headphones'],
    // The books of a shelf in the background are small. Laptops score 0.9, but one seen from the side 0.37 to 0.43 in
    // look after look; no stretch without one had anything above 0.35 that large.
    limits: { scoreMin: 0.45, areaShareMin: 0.01, weakScoreMin: 0.35, weakAreaShareMin: 0.04, weakLooks: 4 }
  }),
  identity_mismatch: frame({
    class: 'integrity',
    severity: 'high',
    weight: 5,
    says: 'Face does not match the enrolled candidate',
    read: identityMismatch,
    // Compared every 10 to 20 s, every 2 s while in doubt: four comparisons, of which the last three have a high median
    // each.
    enterMs: 4000,
    enterCount: 3,
    leaveMs: 2000,
    gapMs: 25_000,
    cooldownMs: 10_000,
    // The measured limits for "same person" and "other person" are 0.04 apart. A face that matches again counts as the
    // same person.
    leaveScore: SAME_PERSON_MAX / OTHER_PERSON_FROM,
    limits: { distance: OTHER_PERSON_FROM, turnDegrees: COMPARED_TURN_DEGREES_MAX }
  }),
  identity_unsure: frame({
    class: 'information',
    severity: 'info',
    says: 'Face could not be matched with the enrolled candidate for a minute',
    read: identityUnsure,
    // Two people who look alike have distances of 0.53 to 0.55 in every comparison, and so do poor pictures of one
    // person. The event therefore has no weight; it asks a proctor to compare the faces.
    // A distance that is only unusual brings no sooner comparison, so a few far apart are enough.
    enterMs: 60_000,
    enterCount: 3,
    leaveMs: 2000,
    gapMs: 45_000,
    cooldownMs: 60_000,
    leaveScore: 0.99,
    limits: {
      distance: SAME_PERSON_MAX,
      aboveUsualDistance: 0.15,
      otherFromDistance: OTHER_PERSON_FROM,
      turnDegrees: COMPARED_TURN_DEGREES_MAX
    }
  }),
  liveness_unsure: frame({
    class: 'information',
    severity: 'info',
    says: 'The face did not look live to the anti-spoof models',
    read: livenessUnsure,
    // The nets run every 10 s, and every 2 s after a low score: three of five scores, over at least 8 s.
    enterMs: 8000,
    leaveMs: 5000,
    enterCount: 3,
    gapMs: 30_000,
    cooldownMs: 60_000,
    window: 5,
    models: ['spoofV2', 'spoofV1SE'],
    // A print and a screen scored 0.00 to 0.11, but so do many people before plain walls, which is why this is
    // information. People score 0.0 to 0.2 in poor light, after the light has dropped by a quarter, or so near that the
    // surroundings, which the nets need, are outside the picture. Such frames are not judged.
    limits: { liveScore: 0.2, brightnessMin: 0.3, usualBrightnessShareMin: 0.8, surroundingsMin: 1.4 }
  }),
  spoof_suspected: frame({
    class: 'integrity',
    severity: 'high',
    weight: 5,
    says: 'The face may be a picture or a replay',
    read: spoofSuspected,
    enterMs: 8000,
    leaveMs: 5000,
    enterCount: 3,
    gapMs: 30_000,
    cooldownMs: 10_000,
    window: 5,
    models: ['spoofV2', 'spoofV1SE', ...FACE_MODELS],
    // The nets are believed only against a first minute in which they saw life. Moved pictures stayed rigid for as long
    // as they were shown; twelve people in clips for 1.5 to 10 s, one who stared for the whole of his clip.
    limits: { usualLiveScoreMin: 0.5, motionlessMs: 20_000, repeats: 6 }
  }),
  voice: sound({
    class: 'integrity',
    severity: 'low',
    weight: 1,
    says: 'Voice detected',
    read: sounds.voice,
    // One and a half seconds of speech within four: a sigh, a cough or "hm" is shorter.
    limits: {
      speechMs: 1500,
      unsureSpeechMs: 2500,
      withinMs: 4000,
      speechMin: 0.5,
      lipFramesMin: 5,
      lipRestMax: 0.02,
      lipMoveMin: 0.06
    }
  }),
  background_voice: sound({
    class: 'integrity',
    severity: 'medium',
    weight: 2,
    says: 'Background voice detected',
    read: sounds.backgroundVoice,
    // More than for `voice`: some people hardly open their lips. A mouth that stays shut varies by 0.004.
    limits: { speechMs: 2500, withinMs: 5000, speechMin: 0.5, lipFramesMin: 5, lipRestMax: 0.02, lipMoveMin: 0.06 }
  }),
  multiple_voices: sound({
    class: 'integrity',
    severity: 'high',
    weight: 3,
    says: 'Multiple voices detected',
    read: sounds.multipleVoices,
    models: ['speech', 'speaker'],
    cooldownMs: 60_000,
    // Cosines of 1.6 s of one voice in one place: 0.6 to 0.8; of two voices 0.4 to 0.7. With the means of several
    // stretches and turns taken, no voice alone was told as two, and most pairs of voices as two.
    limits: { sameVoiceMin: 0.6, voiceMs: 6400, stretches: 2, turns: 2, withinMs: 30_000 }
  }),
  loud_noise: sound({
    class: 'information',
    severity: 'info',
    says: 'Loud noise',
    read: sounds.loudNoise,
    cooldownMs: 10_000,
    // A cough lasts 0.4 s and comes in pairs, a slammed door less. Near −10 dBFS every microphone is at its limit.
    limits: { loudMs: 1200, withinMs: 3000, speechMin: 0.5, aboveFloorDb: 25, leastDb: -35, alwaysDb: -10 }
  }),
  ...PAGE_AND_LINE_RULES
} as const satisfies Readonly<Record<EventKind, Rule>>

/** Every kind with a rule that reads frames, in the order of the table. */
export const FRAME_KINDS: readonly EventKind[] =
  (Object.keys(RULES) as EventKind[]).filter(kind => RULES[kind].source === 'frame')

/** Every kind with a rule for sound, in the order of the table. */
export const SOUND_KINDS: readonly EventKind[] =
  (Object.keys(RULES) as EventKind[]).filter(kind => RULES[kind].source === 'sound')
