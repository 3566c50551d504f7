import { defined } from '../../lib/defined.ts'
import type { FaceObservation, Observation } from '../types.ts'
import { limit, ofFace, ofPicture, type Limits, type Signal } from './signal.ts'
import { fromUsual, type Baseline, type Side } from './baseline.ts'
import { countSwings, spanOf, type View } from './rule-input.ts'
import { lightOf } from './visibility.ts'

/** Mean change of luma up to which a frame is the one before once more. */
export const REPEATED_CHANGE_MAX = 0.00002

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
      ...defined({ persons }),
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
 * the candidate's (a photograph, people outside) do not count.
 */
export const extraPerson: Signal = ofPicture(({ people, observation: { objects } }, rule) => {
  if (objects === undefined) return 'skip'
  if (people.length > 1) return 'hold'
  const bodies = objects.filter(({ label, score }) => label === 'person' && score >= limit(rule, 'scoreMin'))
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
 * The angle of the line of sight (head and eyes together) from the candidate's baseline, compared with the edges of the
 * screen. A turned head whose eyes turn back looks at the screen. Two cases are scored separately: a head turned so far
 * that its eyes are hardly visible, and eyes turned aside while the head is still. After a calibration the measured
 * edges of the screen replace the default limits.
 */
export const lookingAway: Signal = ofFace((face, { baseline, isCalibrating }, rule) => {
  if (isCalibrating === true) return 'hold'
  const usual = fromUsual(face, baseline)
  const edges = screenEdges(rule, baseline)
  const across: Side = usual.yaw > 0 ? 'right' : 'left'
  const height: Side = usual.pitch > 0 ? 'up' : 'down'
  const isLedByEyes = Math.sign(usual.eyesYaw) === Math.sign(usual.yaw)
  const sides: { score: number, direction: Side, by: 'head' | 'eyes' }[] = [
    {
      score: Math.abs(usual.yaw) / edges[across],
      direction: across,
      by: Math.abs(usual.eyesYaw) > Math.abs(usual.yaw) / 2 && isLedByEyes ? 'eyes' : 'head'
    },
    {
      score: Math.abs(usual.pitch) / edges[height],
      direction: height,
      by: Math.abs(face.gaze.eyesPitchDegrees) > Math.abs(usual.pitch) / 2 ? 'eyes' : 'head'
    },
    {
      score: Math.abs(face.yawDegrees) / limit(rule, 'headYawDegrees'),
      direction: face.yawDegrees > 0 ? 'right' : 'left',
      by: 'head'
    }
  ]
  // What the eyes alone say is too small to be judged before the usual is known; calibrated edges are surer than it.
  if (baseline !== undefined && baseline.screen === undefined && isLedByEyes) {
    const aside = Math.min(Math.abs(usual.eyesYaw), Math.abs(usual.yaw))
    sides.push({ score: aside / limit(rule, 'eyesYawDegrees'), direction: across, by: 'eyes' })
  }
  const { score, direction, by } = sides.reduce((best, next) => (next.score > best.score ? next : best))
  return {
    score,
    measured: {
      direction,
      by,
      yawDegrees: face.yawDegrees,
      pitchDegrees: face.pitchDegrees,
      eyesYawDegrees: face.gaze.eyesYawDegrees,
      fromUsualYawDegrees: usual.yaw,
      fromUsualPitchDegrees: usual.pitch,
      fromUsualEyesYawDegrees: usual.eyesYaw,
      usual:
        baseline === undefined
          ? 'not known yet'
          : {
              sightYawDegrees: baseline.sightYawDegrees,
              sightPitchDegrees: baseline.sightPitchDegrees,
              eyesYawDegrees: baseline.eyesYawDegrees,
              frames: baseline.frames
            },
      ...(baseline?.screen !== undefined && { screenDegrees: baseline.screen })
    }
  }
})

/** Degrees from the usual line of sight to the edges of what may be looked at. */
function screenEdges (rule: Limits, baseline: Baseline | undefined): Readonly<Record<Side, number>> {
  const screen = baseline?.screen
  if (screen === undefined) {
    const across = limit(rule, 'sightYawDegrees')
    return { left: across, right: across, up: limit(rule, 'sightUpDegrees'), down: limit(rule, 'sightDownDegrees') }
  }
  const beyond = limit(rule, 'beyondScreenDegrees')
  // A telephone as screen leaves less than what eyes held aside measure: heads move that much.
  const least = limit(rule, 'eyesYawDegrees')
  return {
    left: Math.max(screen.left + beyond, least),
    right: Math.max(screen.right + beyond, least),
    // A fit's pitch is rougher than its yaw, and below the screen lie the keys.
    up: screen.up + 2 * beyond,
    down: Math.max(screen.down + 2 * beyond, limit(rule, 'sightDownDegrees'))
  }
}

/**
 * Both eyes shut, for this person: some have eyes that are always narrow. Seen from above, the lids of a person
 * reading downwards look shut, so the rule is suspended for such a head.
 */
export const eyesClosed: Signal = ofFace((face, { baseline }, rule) => {
  if (face.pitchDegrees < -limit(rule, 'pitchDownDegrees')) return 'hold'
  const usual = baseline?.eyeOpening
  const isClosed =
    face.eyeOpening < limit(rule, 'closedBelow') &&
    (usual === undefined || face.eyeOpening < usual * limit(rule, 'usualShare'))
  return {
    score: yes(isClosed),
    measured: { eyeOpening: face.eyeOpening, ...defined({ usualEyeOpening: usual }) }
  }
})

/** The distance to the enrolled face, in the frames in which it was measured; a head turned away cannot be compared. */
export const identityMismatch: Signal = ofFace((face, { observation: { identity } }, rule) => {
  if (Math.max(Math.abs(face.yawDegrees), Math.abs(face.pitchDegrees)) > limit(rule, 'turnDegrees')) return 'hold'
  if (identity === undefined) return 'skip'
  return { score: identity.distance / limit(rule, 'distance'), measured: { distance: identity.distance } }
})

/**
 * The same for distances too large for the same person and too small for another one. Larger distances are reported by
 * `identity_mismatch`.
 */
export const identityUnsure: Signal = (view, rule) => {
  const { identity } = view.observation
  return identity !== undefined && identity.distance >= limit(rule, 'otherFromDistance')
    ? 'hold'
    : identityMismatch(view, rule)
}

/** Eyes that go from side to side again and again, wider than reading on a screen needs. */
export const eyeMovement: Signal = ofFace((face, { history }, rule) => {
  if (face.eyesClosed) return 'hold'
  const swings = countSwings(
    history.map(sample => sample.gazeHorizontal),
    limit(rule, 'amplitude')
  )
  return { score: swings / limit(rule, 'swings'), measured: { swings, overMs: spanOf(history) } }
})

/**
 * A picture or a screen held before the camera, or a recording that starts again. Most frames were not looked at for
 * it; in poor light, in less light than is usual for the candidate, and of a face that fills the picture the nets know
 * nothing; and a loop that is not seen (any more) proves nothing: such frames are skipped.
 */
export const spoofSuspected: Signal = (view, rule) => {
  const { observation, baseline, loop } = view
  const [face] = observation.faces
  const looped = loop === undefined ? 0 : loop.repeats / limit(rule, 'repeats')
  const brightnessMin = Math.max(
    limit(rule, 'brightnessMin'),
    limit(rule, 'usualBrightnessShareMin') * (baseline?.brightness ?? 0)
  )
  // `still` does not suspend this rule: a print on a stand is both still and a spoof. `equal` does: the same picture
  // again is no new evidence.
  const isOld = view.isFrozen && isRepeated(view, REPEATED_CHANGE_MAX)
  const isFit =
    face !== undefined &&
    !isOld &&
    observation.quality.brightness >= brightnessMin &&
    surroundings(face, observation) >= limit(rule, 'surroundingsMin')
  const flat =
    face?.liveScore === undefined || !isFit ? undefined : (1 - face.liveScore) / (1 - limit(rule, 'liveScore'))
  if (loop === undefined && flat === undefined) return 'skip'
  if (loop !== undefined && looped >= (flat ?? 0)) {
    return { score: looped, measured: { cause: 'loop', periodMs: loop.periodMs, repeats: loop.repeats } }
  }
  return { score: flat ?? 0, measured: { cause: 'picture', liveScore: face?.liveScore } }
}

/** How many times the face's size the picture is. */
function surroundings ({ box }: FaceObservation, { width, height }: Observation): number {
  return Math.min(width / box.width, height / box.height)
}

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
    score: Math.min(10, limit(rule, 'brightness') / Math.max(lightOf(quality), 1e-3)),
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
function isRepeated (
  {
    observation: {
      quality: { change }
    }
  }: View,
  changeMax: number
): boolean {
  return change !== undefined && change <= changeMax
}
