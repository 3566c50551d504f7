import { Type } from 'typebox'
import { closed, IdSchema, momentSchema, NextSchema, nullable, TimeSchema } from '../schemas.ts'

export const RecordingIdParams = closed({ recordingId: IdSchema })

const StateSchema = Type.Enum(['writing', 'finalizing', 'ready', 'failed', 'deleted'] as const, {
  description: 'writing: the candidate is connected. finalizing: the file is being made. failed: there is no file'
})

const SourceSchema = Type.Enum(['camera', 'screen'] as const, {
  description: 'What it shows. A recording of the camera has the sound of the microphone; one of the screen has no sound'
})

export const RecordingsQuery = closed({
  userId: Type.Optional(IdSchema),
  examId: Type.Optional(IdSchema),
  sessionId: Type.Optional(IdSchema),
  state: Type.Optional(StateSchema),
  source: Type.Optional(SourceSchema),
  fromMs: Type.Optional(momentSchema('Began at this moment or later')),
  toMs: Type.Optional(momentSchema('Began before this moment')),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})

export const RecordingSchema = Type.Object({
  id: IdSchema,
  sessionId: IdSchema,
  userId: IdSchema,
  userName: Type.String(),
  examId: nullable(IdSchema),
  mode: Type.Enum(['incidents', 'full', 'upload'] as const, { description: 'upload: it was made elsewhere' }),
  source: SourceSchema,
  state: StateSchema,
  startedAtMs: { ...TimeSchema, description: 'When its first picture was captured: media time 0' },
  durationMs: nullable(Type.Integer()),
  bytes: nullable(Type.Integer()),
  sha256: nullable(Type.String({ description: 'Of the file, in hexadecimal digits' })),
  mediaType: Type.String({ examples: ['video/webm; codecs="vp8,opus"'] }),
  gaps: Type.Array(Type.Object({ fromMs: Type.Integer(), toMs: Type.Integer() }), {
    description: 'Stretches of more than five seconds without a picture, in media time'
  }),
  failure: nullable(Type.String({ description: 'Why it ended before its time, such as `disk_full`' }))
})

export const UploadQuery = closed({
  startedAtMs: Type.Optional(momentSchema('The time of day of its first picture; absent: the beginning of the session'))
})

export const RecordingsAnswer = Type.Object({ recordings: Type.Array(RecordingSchema), next: NextSchema })

export const LinkAnswer = Type.Object({
  url: Type.String({ description: 'Path on this server; with ranges. Other clients than the browser that asked send their access token with it' }),
  expiresAtMs: TimeSchema
})

export const DeleteBody = closed(
  { reason: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'Stored in the audit log' }) },
  { examples: [{ reason: 'The retention period is over' }] }
)
