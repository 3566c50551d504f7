import { Type } from 'typebox'
import { EvidenceSchema } from '../reviews/schemas.ts'
import { closed, IdSchema } from '../schemas.ts'

export const EvidenceIdParams = closed({ evidenceId: IdSchema })

export const EvidenceQuery = closed({
  eventId: Type.Optional({ ...IdSchema, description: 'Of this incident: the id of the event that starts it' }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})

export const EvidenceAnswer = Type.Object({
  evidence: Type.Array(Type.Intersect([EvidenceSchema, Type.Object({ eventId: IdSchema })]))
})
