/**
 * The vocabulary of detection.
 *
 * An *observation* is a measured fact at a time. An *event* is a judgement with a start and an end, made by one rule.
 * Times are milliseconds since the epoch and come in with the frame: nothing here asks a clock.
 */

/** A decoded picture: 8-bit RGB, row by row, three bytes a pixel, EXIF orientation already applied. */
export interface Image {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** An upright box in pixels of the picture. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A turned rectangle in pixels of the picture; `rotation` in radians, clockwise as seen (y points down). */
export interface Region {
  readonly centerX: number
  readonly centerY: number
  readonly width: number
  readonly height: number
  readonly rotation: number
}

/** Numbers for a model. Pictures are planar: dims [1, 3, height, width]. */
export interface Tensor {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

/** Direction of a gaze or a turn, as seen in the picture: `left` is the picture's left. */
export type Direction = 'center' | 'left' | 'right' | 'up' | 'down'

export interface FaceDetection {
  readonly box: Box
  readonly score: number
  /** Right eye, left eye, nose tip, mouth, right ear, left ear (the person's own right and left). */
  readonly keypoints: readonly Point[]
}

/**
 * Head rotation in degrees. Yaw > 0 turns to the picture's right, pitch > 0 turns up, roll > 0 tilts clockwise as seen.
 */
export interface HeadPose {
  readonly yawDegrees: number
  readonly pitchDegrees: number
  readonly rollDegrees: number
}

export interface Gaze {
  /** −1 = far left of the picture, 0 = middle of the eye opening, 1 = far right. */
  readonly horizontal: number
  /** −1 = far up, 1 = far down. */
  readonly vertical: number
  readonly direction: Direction
  /** The line of sight, head and eyes together, against the direction to the camera; signs as in HeadPose. */
  readonly yawDegrees: number
  readonly pitchDegrees: number
  /** The eyes' share of it; 0 while they are closed. */
  readonly eyesYawDegrees: number
  readonly eyesPitchDegrees: number
}

export interface FaceObservation extends HeadPose {
  readonly box: Box
  readonly score: number
  /** 478 × (x, y, z): x and y as shares of the picture's width and height, z in the scale of x. */
  readonly landmarks: Float32Array
  readonly gaze: Gaze
  /** Height of the opening over its width, mean of both eyes. */
  readonly eyeOpening: number
  /** Height of the opening between the inner lips over the mouth's width. */
  readonly mouthOpening: number
  readonly eyesClosed: boolean
  readonly mouthOpen: boolean
  /**
   * In front of the camera (true), or on paper or a screen in front of it; absent where it was not or cannot be judged.
   */
  readonly live?: boolean
  /** How far the anti-spoof models take it for live, 0..1; present with `live`. */
  readonly liveScore?: number
  /** The vector that tells people apart (identity/distance.ts compares two), where it was asked for. */
  readonly embedding?: Float32Array
  /** Present with `embedding`. */
  readonly facts?: FaceFacts
}

/** How well a face is to be seen in its picture. */
export interface FaceFacts {
  /** Side, in pixels of the picture, of the square round the face from the brows to the chin. */
  readonly sidePixels: number
  /** Mean luma of the face, 0..1. */
  readonly brightness: number
  /** Standard deviation of the face's luma, 0..1. */
  readonly contrast: number
  /** Difference of mean luma between the two halves of the face, 0..1: light from one side. */
  readonly unevenness: number
  /** Variance of the Laplacian of luma over the face's own variance, at a fixed size: independent of size and light. */
  readonly sharpness: number
}

/** How far the candidate's face is from the enrolled one; identity/distance.ts says what is far. */
export interface IdentityObservation {
  readonly distance: number
}

export interface HandObservation {
  readonly box: Box
  readonly score: number
  /** The person's own hand. */
  readonly handedness: 'left' | 'right'
  /** 21 × (x, y, z): x and y as shares of the picture's width and height, z in the scale of x. */
  readonly landmarks: Float32Array
}

export interface ObjectObservation {
  /** A COCO class name, such as `cell phone`, or the model's own. */
  readonly label: string
  readonly score: number
  readonly box: Box
}

/** The first object detector, and the second one (objects/open-images.ts). */
export type ObjectDetector = 'objects' | 'openImages'

/** What one run of an object detector shows in a part of the picture. */
export interface ObjectLook {
  readonly by: ObjectDetector
  readonly part: Box
  /** Best first, and unsure ones too: rules add up looks. */
  readonly objects: readonly ObjectObservation[]
}

export interface QualityObservation {
  /** Mean luma, 0..1. */
  readonly brightness: number
  /** Mean luma of the middle of the largest face, 0..1; absent where no face is seen. */
  readonly faceBrightness?: number
  /** Standard deviation of luma, 0..1. */
  readonly contrast: number
  /** Variance of the Laplacian of luma on the small picture, in squared 8-bit steps. */
  readonly sharpness: number
  /** Share of the picture's cells in which anything stands off its neighbours, 0..1. */
  readonly structure: number
  /** Something lies over the lens: hardly any structure. */
  readonly blocked: boolean
  /** Mean absolute difference of luma to the previous frame, 0..1; absent on the first frame. */
  readonly change?: number
}

/** A picture as means of luma over cells, row by row, in 64ths of an 8-bit step. */
export interface LumaCells {
  readonly columns: number
  readonly rows: number
  readonly luma: Uint16Array
}

/**
 * What one frame shows. A list that is absent was not looked for in this frame; an empty list was, and nothing was
 * found.
 */
export interface Observation {
  readonly atMs: number
  readonly width: number
  readonly height: number
  /** Largest first. */
  readonly faces: readonly FaceObservation[]
  readonly hands?: readonly HandObservation[]
  readonly objects?: readonly ObjectObservation[]
  /** In sessions: the runs of the object detectors on this frame; absent where none ran. */
  readonly looks?: readonly ObjectLook[]
  /** Objects of class `person`, and faces in none of them; absent with `objects`. */
  readonly persons?: number
  /** Present when a face was compared with the enrolled one in this frame. */
  readonly identity?: IdentityObservation
  /** No face is seen, and one is in the picture turned upside down. */
  readonly upsideDown?: true
  /** The enrolled face's vector was made by other models, so no face can be compared with it. */
  readonly incomparable?: true
  readonly quality: QualityObservation
  /** In sessions: what the frame is recognised by when it comes again (liveness/loop.ts). */
  readonly fingerprint?: Uint16Array
  /** In sessions: what is compared with earlier frames to see whether anything moves (liveness/still.ts). */
  readonly cells?: LumaCells
}

/** What a piece of sound holds, in windows of 32 ms that follow each other; some seconds at most. */
export interface SoundObservation {
  /** Start of the first window. */
  readonly atMs: number
  readonly durationMs: number
  /** How likely each window is speech, 0..1. */
  readonly speech: Float32Array
  /** Level (root mean square) of each window in dBFS; −100 stands for digital silence. */
  readonly levelsDb: Float32Array
  readonly speechMax: number
  /** Share of the windows that are rather speech than not, 0..1. */
  readonly speechRatio: number
  readonly levelDb: number
  readonly peakDb: number
  /** Level of the room between the sounds so far; absent while only digital silence came. */
  readonly noiseFloorDb?: number
  /** Pieces of speech that were completed in it; absent where there are none, and without a speaker encoder. */
  readonly voices?: readonly VoicePiece[]
}

/** The voice in 1.6 s of speech. */
export interface VoicePiece {
  readonly atMs: number
  readonly endMs: number
  /** It follows the piece before it without a pause in which another person could have begun to speak. */
  readonly isContinued: boolean
  /** Unit vector of the voice, 256 numbers: near to those of the same voice. */
  readonly vector: Float32Array
}

export const EVENT_KINDS = [
  'face_missing',
  'multiple_faces',
  'extra_person',
  'looking_away',
  'eye_movement',
  'eyes_closed',
  'mouth_movement',
  'speaking',
  'hand_detected',
  'phone',
  'forbidden_object',
  'identity_mismatch',
  'identity_unsure',
  'liveness_unsure',
  'spoof_suspected',
  'voice',
  'background_voice',
  'multiple_voices',
  'loud_noise',
  'tab_switch',
  'window_blur',
  'fullscreen_exit',
  'copy',
  'paste',
  'print',
  'context_menu',
  'second_screen',
  'devtools',
  'camera_blocked',
  'camera_upside_down',
  'too_dark',
  'too_blurry',
  'frame_frozen',
  'no_frames',
  'invalid_image',
  'camera_off',
  'microphone_off',
  'screen_share_stopped',
  'connection_lost',
  'calibration',
  'suspicious_activity',
  'recording_failed',
  'watch_gap',
  'never_watched',
  'paused',
  'identity_none',
  'identity_changed'
] as const
export type EventKind = typeof EVENT_KINDS[number]

/**
 * `integrity` counts in the risk score; `coverage` says what was not seen; `information` and `technical` never score.
 */
export type EventClass = 'integrity' | 'information' | 'technical' | 'coverage'
export type Severity = 'info' | 'low' | 'medium' | 'high'
/** `instant` is an event without duration, such as a paste. */
export type Phase = 'start' | 'end' | 'instant'

/** A judgement. A lasting event is two of these with the same `incident`: its start and its end. */
export interface ProctorEvent {
  readonly kind: EventKind
  readonly phase: Phase
  /** Dated back to the first frame that showed it (or, for an end, that no longer did). */
  readonly atMs: number
  /** Set on `end`. */
  readonly durationMs?: number
  /** Counts the incidents of one session, from 1; ties an end to its start. */
  readonly incident: number
  readonly class: EventClass
  readonly severity: Severity
  /** What it adds to the risk score; 0 unless `integrity`. */
  readonly weight: number
  /** Why: measured values, thresholds, frames, model names. Plain JSON. */
  readonly detail: Readonly<Record<string, unknown>>
}

/** One encoded piece of a video stream. */
export interface VideoChunk {
  readonly bytes: Uint8Array
  /** It can be decoded without what came before. */
  readonly isKey: boolean
  readonly atMs: number
}

/** What came of a stream since its last job, in order. */
export interface VideoInput {
  /** As WebCodecs names it, such as `vp8`. */
  readonly codec: string
  readonly chunks: readonly VideoChunk[]
}
