import { Type } from 'typebox'
import { CHALLENGE_STEPS } from '../../../detection/liveness/challenge.ts'
import { closed, MOMENT_MS_MAX } from '../schemas.ts'
import { DeviceTokenSchema } from './schemas.ts'

/** Pictures of one enrolment. */
export const ENROL_PICTURES_MAX = 5
/** Frames of one login: eight seconds at six a second. */
export const LOGIN_FRAMES_MAX = 48
/** Bytes of one frame; a camera's JPEG of 640 × 480 has some 40 KB. */
export const LOGIN_FRAME_BYTES_MAX = 300 * 1024
/** A login as JSON, with small frames as base64: forty-eight of 30 KB. Larger ones come as files. */
export const LOGIN_JSON_BYTES_MAX = 2 * 1024 * 1024
/** A login as a form: forty-eight frames of 120 KB. */
export const LOGIN_FORM_BYTES_MAX = 6 * 1024 * 1024
/** Each frame is an object of two values. */
export const LOGIN_ELEMENTS_MAX = 4 * LOGIN_FRAMES_MAX
/** An enrolment as JSON, with its pictures as base64. Larger ones come as files. */
export const ENROL_JSON_BYTES_MAX = 2 * 1024 * 1024

const PictureSchema = Type.String({ minLength: 1, description: 'base64 or a data URL' })

export const EnrolBody = closed(
  {
    face: Type.Optional({
      ...PictureSchema,
      description: 'A picture that shows only you: base64 or a data URL, or a file of this name in multipart/form-data'
    }),
    faces: Type.Optional(
      Type.Array(PictureSchema, {
        minItems: 1,
        maxItems: ENROL_PICTURES_MAX,
        description: 'Several pictures of you, or several files of this name; more pictures make comparisons more reliable'
      })
    )
  },
  {
    description: 'One of the two fields. The pictures are analyzed and not stored.',
    examples: [{ face: 'data:image/jpeg;base64,/9j/4AAQ…' }]
  }
)

export const EnrolAnswer = Type.Object({
  hasFace: Type.Boolean(),
  pictures: Type.Integer({ description: 'Number of pictures that were used' })
})

const EmailSchema = Type.String({ minLength: 1, maxLength: 254, examples: ['rahim@example.org'] })

export const ChallengeBody = closed({ email: EmailSchema, deviceToken: Type.Optional(DeviceTokenSchema) })

export const ChallengeAnswer = Type.Object({
  nonce: Type.String({ description: 'Valid for one login with this email address' }),
  steps: Type.Array(Type.Enum(CHALLENGE_STEPS), {
    description:
      'The movements, in this order; look straight ahead before, between and after them. Left and right are from your own point of view.'
  }),
  expiresInSeconds: Type.Integer()
})

const ClockSchema = Type.Number({
  minimum: 0,
  maximum: MOMENT_MS_MAX,
  description: 'When the frame was taken, by your own clock; only differences between frames count'
})

export const FaceLoginBody = closed(
  {
    nonce: Type.String({ minLength: 1, maxLength: 100 }),
    email: EmailSchema,
    deviceToken: Type.Optional(DeviceTokenSchema),
    frames: Type.Optional(
      Type.Array(
        closed({
          data: Type.String({
            minLength: 1,
            description: "base64 or a data URL of the camera's own picture, not mirrored"
          }),
          atMs: ClockSchema
        }),
        {
          minItems: 1,
          maxItems: LOGIN_FRAMES_MAX,
          description: 'In the order in which they were taken, four to eight per second. In multipart/form-data: the files, in the same order'
        }
      )
    ),
    atMs: Type.Optional(
      Type.Array(ClockSchema, {
        minItems: 1,
        maxItems: LOGIN_FRAMES_MAX,
        description: 'In multipart/form-data only: one field for each frame file, in the same order'
      })
    )
  },
  {
    examples: [
      { nonce: 'k3V…', email: 'rahim@example.org', frames: [{ data: 'data:image/jpeg;base64,/9j/4AAQ…', atMs: 0 }] }
    ]
  }
)
