import { Type } from 'typebox'
import { EVENT_KINDS } from '../../../detection/types.ts'
import { closed, EventKindSchema, IdSchema, nullable, TimeSchema } from '../schemas.ts'
import { INCIDENT_STATES, ReasonSchema } from './schemas.ts'

export const DismissalParams = closed({ examId: IdSchema, dismissalId: IdSchema })

export const DrawBody = closed(
  {
    kind: Type.Enum(EVENT_KINDS),
    belowMs: Type.Optional(Type.Integer({
      minimum: 1, maximum: 86_400_000, description: 'Only incidents shorter than this; absent: of any length'
    }))
  },
  { examples: [{ kind: 'looking_away', belowMs: 3000 }] }
)

export const DismissalSchema = Type.Object({
  id: IdSchema,
  examId: IdSchema,
  kind: EventKindSchema,
  title: Type.String({ description: 'In the language of the reader' }),
  belowMs: nullable(Type.Integer()),
  state: Type.Enum(['drawn', 'applying', 'done'] as const, {
    description: 'drawn: the sample is to be opened. applying: the sessions follow one by one'
  }),
  count: Type.Integer({ description: 'Incidents that were selected' }),
  dismissed: Type.Integer(),
  drawnAtMs: TimeSchema,
  isMine: Type.Boolean({ description: 'The asking reviewer drew it, and only that reviewer can go on with it' }),
  sample: Type.Array(Type.Object({
    eventId: IdSchema,
    sessionId: IdSchema,
    userName: nullable(Type.String()),
    startedAtMs: TimeSchema,
    state: Type.Enum(INCIDENT_STATES),
    isOpened: Type.Boolean({ description: 'With its evidence, where some is stored' })
  }))
})

export const DismissBody = closed(
  { reason: { ...ReasonSchema, description: 'At least 10 characters' } },
  { examples: [{ reason: 'Building work beside the hall all morning.' }] }
)
