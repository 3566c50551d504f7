import { Type } from 'typebox'
import { ACKNOWLEDGEMENT_STATES, TEXT_CHARS_MAX } from '../../protocol/thread.ts'
import { closed, IdSchema, NextSchema, nullable } from '../schemas.ts'

const Moment = Type.String({ description: 'ISO 8601', examples: ['2025-03-22T12:20:14.075Z'] })
const Author = Type.Object({
  id: IdSchema,
  name: nullable(Type.String({ description: 'null: the account was erased' }))
})

export const WordsProperties = {
  text: Type.String({ minLength: 1, maxLength: TEXT_CHARS_MAX, pattern: '\\S' }),
  canned: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[a-zA-Z0-9._-]+$',
      description: 'The key of the ready-made sentence that text was made from'
    })
  )
}

export const MessageBody = closed(
  {
    ...WordsProperties,
    kind: Type.Optional(
      Type.Enum(['message', 'warning'] as const, { description: 'For staff; default: message' })
    ),
    clientId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: '^[!-~]+$',
        description: 'Chosen by the client. A repetition with the same clientId returns the stored message.'
      })
    )
  },
  { examples: [{ text: 'May I use a ruler?', clientId: 'c1' }] }
)

export const MessageSchema = Type.Object({
  id: IdSchema,
  sessionId: IdSchema,
  direction: Type.Enum(['to_candidate', 'from_candidate'] as const),
  kind: Type.Enum(
    ['message', 'warning', 'question', 'broadcast', 'break_request', 'break_granted', 'break_declined'] as const
  ),
  canned: Type.Optional(Type.String()),
  text: Type.String({ description: 'Empty: a break without a reason, or the account of the author was erased' }),
  by: Author,
  clientId: Type.Optional(Type.String()),
  createdAt: Moment,
  deliveredAt: nullable(Type.String({ description: 'When the receiving page confirmed it' })),
  seenAt: nullable(Type.String({ description: 'When a person saw it' }))
})

export const MessageAnswer = Type.Object({
  ...MessageSchema.properties,
  delivered: Type.Boolean({ description: 'For a message of staff: whether the page of the candidate was connected' })
})

export const MessagesQuery = closed({
  after: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})

export const MessagesAnswer = Type.Object({ messages: Type.Array(MessageSchema), next: NextSchema })

export const SeenBody = closed(
  { messageIds: Type.Array(IdSchema, { minItems: 1, maxItems: 100 }) },
  { examples: [{ messageIds: ['0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'] }] }
)

export const HandBody = closed({ raised: Type.Boolean({ description: 'Staff can only lower it' }) }, {
  examples: [{ raised: true }]
})

const Reason = Type.Optional(Type.String({ maxLength: 200 }))

export const BreakBody = closed(
  { asked: Type.Boolean({ description: 'false withdraws the request' }), reason: Reason },
  { examples: [{ asked: true, reason: 'I need the bathroom' }] }
)

export const BreakAnswerBody = closed(
  {
    granted: Type.Boolean({ description: 'true pauses the session' }),
    text: Type.Optional(Type.String({ maxLength: 200, description: 'Words for the candidate' }))
  },
  { examples: [{ granted: false, text: 'Please wait ten minutes' }] }
)

export const RequestsAnswer = Type.Object({
  handRaisedAt: nullable(Type.String({ description: 'Since when the hand is raised' })),
  breakAskedAt: nullable(Type.String({ description: 'When the break was asked for that is not answered' }))
})

export const AcknowledgementParams = closed({ sessionId: IdSchema, eventId: IdSchema })

export const AcknowledgementBody = closed(
  {
    state: Type.Enum(ACKNOWLEDGEMENT_STATES),
    note: Type.Optional(Type.String({ maxLength: TEXT_CHARS_MAX }))
  },
  { examples: [{ state: 'not_relevant', note: 'Drank some water' }] }
)

export const AcknowledgementSchema = Type.Object({
  eventId: IdSchema,
  sessionId: IdSchema,
  state: Type.Enum(ACKNOWLEDGEMENT_STATES),
  note: nullable(Type.String()),
  by: Author,
  at: Moment
})

export const AcknowledgementsAnswer = Type.Object({ acknowledgements: Type.Array(AcknowledgementSchema) })

export const BroadcastBody = closed(WordsProperties, { examples: [{ text: 'Ten minutes left' }] })

export const BroadcastHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[!-~]+$',
      description: 'The same key and text send the message once and get the same answer'
    })
  )
})

export const BroadcastAnswer = Type.Object({
  sessions: Type.Integer({ description: 'Threads in which the message was stored' }),
  delivered: Type.Integer({ description: 'Candidates whose page was connected' })
})
