import { Type } from 'typebox'
import { IdSchema, nullable, TimeSchema } from '../schemas.ts'

export const AnalysisSchema = Type.Object({
  id: IdSchema,
  recordingId: IdSchema,
  state: Type.Enum(['waiting', 'running', 'done', 'failed'] as const),
  doneMs: Type.Integer({ description: 'How far it has come, in media time' }),
  foundCount: Type.Integer({ description: 'Incidents that were found' }),
  models: Type.Record(Type.String(), Type.String(), { description: 'Name to version of the models' }),
  failure: nullable(Type.String({ description: 'Why it failed, such as `INVIGIL_ERR_MEDIA_INVALID`' })),
  createdAtMs: TimeSchema,
  updatedAtMs: TimeSchema
})

const incident = {
  kind: Type.String(),
  title: Type.String({ description: 'In the language of the reader' }),
  atMs: TimeSchema,
  endedAtMs: nullable(TimeSchema)
}

const because = Type.Enum(['start', 'gap', 'end', 'moments'] as const, {
  description: 'start: the recording begins here, and what the rules had learned before is not known. gap: pictures are missing near it. end: the recording ends here. moments: live, fewer pictures were judged'
})

export const AnalysisAnswer = Type.Object({
  analysis: nullable(AnalysisSchema),
  differences: nullable(Type.Object({
    again: Type.Array(Type.Object({ eventId: IdSchema, foundAtMs: TimeSchema, ...incident })),
    missing: Type.Array(Type.Object({ eventId: IdSchema, because, ...incident }), {
      description: 'Noted live and not found again'
    }),
    added: Type.Array(Type.Object({ because, ...incident }), { description: 'Found now and not noted live' }),
    unseen: Type.Integer({ description: 'Noted live, and nothing that a picture or sound shows: not compared' })
  }))
})
