import { Type } from 'typebox'
import { LogEntrySchema } from '../sessions/schemas.ts'
import { closed, EventKindSchema, IdSchema, RiskLevelSchema } from '../schemas.ts'

export const AnalyzeBody = closed(
  {
    image: Type.Optional(
      Type.String({
        description:
          'A JPEG, PNG, WebP or GIF: base64 or a data URL, or a file of this name (or `file`) in multipart/form-data'
      })
    ),
    sound: Type.Optional(
      Type.String({
        description:
          'Up to a minute of sound (WAV, FLAC, OGG, MP3, AAC, WebM, MP4): base64 or a data URL, or a file of this name in multipart/form-data'
      })
    ),
    events: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        maxItems: 20,
        description: 'Events that the page saw meanwhile, as in POST /events; they count in risk and labels',
        examples: [['TAB_SWITCH']]
      })
    ),
    sessionId: Type.Optional({
      ...IdSchema,
      description:
        'Stores the findings as events of this session: your own running session or, for staff, a session that they may oversee. Each kind is stored at most once in ten seconds'
    }),
    landmarks: Type.Optional(
      Type.Boolean({ default: false, description: 'Also return the landmarks of faces and hands' })
    )
  },
  { examples: [{ image: 'data:image/jpeg;base64,/9j/4AAQ…' }] }
)

const BoxSchema = Type.Array(Type.Number(), {
  minItems: 4,
  maxItems: 4,
  description: 'x, y, width, height in pixels',
  examples: [[120, 80, 200, 200]]
})
const LandmarksSchema = Type.Optional(
  Type.Array(Type.Array(Type.Number()), { description: 'x, y, z as shares of the picture' })
)

const ObservationSchema = Type.Object({
  width: Type.Integer(),
  height: Type.Integer(),
  faces: Type.Array(
    Type.Object({
      box: BoxSchema,
      score: Type.Number(),
      yawDegrees: Type.Number({ description: "> 0 turns to the picture's right" }),
      pitchDegrees: Type.Number({ description: '> 0 turns up' }),
      rollDegrees: Type.Number({ description: '> 0 tilts clockwise as seen' }),
      gaze: Type.Object({
        horizontal: Type.Number(),
        vertical: Type.Number(),
        direction: Type.Enum(['center', 'left', 'right', 'up', 'down'] as const)
      }),
      eyesClosed: Type.Boolean(),
      mouthOpen: Type.Boolean(),
      eyeOpening: Type.Number(),
      mouthOpening: Type.Number(),
      live: Type.Optional(
        Type.Boolean({
          description:
            'false: looks like a print or a screen. Absent without the anti-spoof models, and for faces that are small, turned away or without color'
        })
      ),
      liveScore: Type.Optional(Type.Number({ description: '0..1' })),
      landmarks: LandmarksSchema
    }),
    { description: 'Largest first' }
  ),
  hands: Type.Array(
    Type.Object({
      box: BoxSchema,
      score: Type.Number(),
      handedness: Type.Enum(['left', 'right'] as const),
      landmarks: LandmarksSchema
    })
  ),
  objects: Type.Array(
    Type.Object({ label: Type.String({ examples: ['cell phone'] }), score: Type.Number(), box: BoxSchema })
  ),
  persons: Type.Integer(),
  upsideDown: Type.Optional(
    Type.Boolean({ description: 'true: a face is found only if the picture is turned upside down' })
  ),
  quality: Type.Object({
    brightness: Type.Number(),
    contrast: Type.Number(),
    sharpness: Type.Number(),
    structure: Type.Number(),
    blocked: Type.Boolean()
  })
})

const SoundSchema = Type.Object({
  durationMs: Type.Integer(),
  speech: Type.Object({
    ratio: Type.Number({ description: 'Share of the time, 0..1' }),
    segments: Type.Array(Type.Object({ startMs: Type.Integer(), endMs: Type.Integer() }))
  }),
  levelDb: Type.Number({ description: 'dBFS' }),
  peakDb: Type.Number(),
  noiseFloorDb: Type.Optional(Type.Number({ description: 'Level below which one tenth of the sound lies' }))
})

export const AnalyzeAnswer = Type.Object({
  observation: Type.Optional(ObservationSchema),
  sound: Type.Optional(SoundSchema),
  events: Type.Array(Type.Object({
    kind: EventKindSchema,
    code: Type.String({ examples: ['NO_FACE', 'MULTIPLE_FACES', 'LOOKING_AWAY'] }),
    event: Type.String({ examples: ['Face not detected'] }),
    class: Type.Enum(['integrity', 'information', 'technical', 'coverage'] as const),
    severity: Type.Enum(['info', 'low', 'medium', 'high'] as const),
    weight: Type.Number(),
    detail: Type.Object({}, { additionalProperties: true })
  }), { description: 'Events that the rules would raise if the camera kept showing this picture' }),
  riskScore: Type.Number(),
  riskLevel: RiskLevelSchema,
  stored: Type.Optional(Type.Array(LogEntrySchema, { description: 'With sessionId: the events that were stored' })),
  labels: Type.Array(Type.String(), { description: 'The codes of the events' })
})
