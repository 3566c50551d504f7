import { Type } from 'typebox'
import { CHALLENGE_STEPS } from '../../../detection/liveness/challenge.ts'
import { closed } from '../schemas.ts'

/** Pictures of one enrolment. */
export const ENROL_PICTURES_MAX = 5
/** Frames of one login: eight seconds at six a second. */
export const LOGIN_FRAMES_MAX = 48
/** Bytes of one frame; a camera's JPEG of 640 × 480 has some 40 KB. */
export const LOGIN_FRAME_BYTES_MAX = 300 * 1024
export const LOGIN_BODY_BYTES_MAX = 12 * 1024 * 1024

const PictureSchema = Type.String({ minLength: 1, description: 'base64 or a data URL' })

export const EnrolBody = closed({
  face: Type.Optional({ ...PictureSchema, description: 'A picture that shows only you: base64 or a data URL, or a file of this name in multipart/form-data' }),
  faces: Type.Optional(Type.Array(PictureSchema, { minItems: 1, maxItems: ENROL_PICTURES_MAX, description: 'Several pictures of you: comparisons become surer' }))
}, { description: 'One of the two. The pictures are looked at and not kept.', examples: [{ face: 'data:image/jpeg;base64,/9j/4AAQ…' }] })

export const EnrolAnswer = Type.Object({ hasFace: Type.Boolean(), pictures: Type.Integer({ description: 'Pictures that went into it' }) })

const EmailSchema = Type.String({ minLength: 1, maxLength: 254, examples: ['rahim@example.org'] })

export const ChallengeBody = closed({ email: EmailSchema })

export const ChallengeAnswer = Type.Object({
  nonce: Type.String({ description: 'Good for one login with this address' }),
  steps: Type.Array(Type.Enum(CHALLENGE_STEPS), { description: 'What to do, in this order, with a look straight ahead before, between and after. Left and right are your own.' }),
  expiresInSeconds: Type.Integer()
})

export const FaceLoginBody = closed({
  nonce: Type.String({ minLength: 1, maxLength: 100 }),
  email: EmailSchema,
  frames: Type.Array(closed({
    data: Type.String({ minLength: 1, description: 'base64 or a data URL of the camera\'s own picture, not mirrored' }),
    atMs: Type.Number({ description: 'When it was taken, by your own clock: only differences count' })
  }), { minItems: 1, maxItems: LOGIN_FRAMES_MAX, description: 'In the order taken, four to eight a second' })
}, { examples: [{ nonce: 'k3V…', email: 'rahim@example.org', frames: [{ data: 'data:image/jpeg;base64,/9j/4AAQ…', atMs: 0 }] }] })
