import { Type } from 'typebox'
import { WEBHOOK_TYPES, type WebhookType } from '../../../db/index.ts'
import { closed, IdSchema, momentSchema, NextSchema, nullable, TimeSchema } from '../schemas.ts'

const TypesSchema = Type.Array(Type.Enum(Object.keys(WEBHOOK_TYPES) as WebhookType[]), {
  maxItems: 50,
  uniqueItems: true,
  description: 'The types that are sent; empty: all'
})
const UrlSchema = Type.String({
  maxLength: 2000,
  description: 'An https address of a machine in the public internet',
  examples: ['https://hooks.example.org/invigil']
})
const SecretSchema = Type.String({
  description: 'The key of the signatures, after `whsec_` in base64. Returned only here',
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
})

export const WebhookSchema = Type.Object({
  id: IdSchema,
  url: UrlSchema,
  types: TypesSchema,
  disabledAtMs: nullable(TimeSchema),
  disabledReason: nullable(
    Type.Enum(['gone', 'failing', 'admin'] as const, {
      description: 'gone: it answered 410. failing: a message failed at every try. admin: an admin switched it off'
    })
  ),
  createdBy: IdSchema,
  createdAtMs: TimeSchema
})
export const WebhooksAnswer = Type.Object({ webhooks: Type.Array(WebhookSchema) })
export const WebhookBody = closed(
  { url: UrlSchema, types: Type.Optional(TypesSchema) },
  { examples: [{ url: 'https://hooks.example.org/invigil', types: ['session.ended'] }] }
)
export const WebhookMade = Type.Object({ webhook: WebhookSchema, secret: SecretSchema })
export const WebhookChange = closed(
  {
    url: Type.Optional(UrlSchema),
    types: Type.Optional(TypesSchema),
    isEnabled: Type.Optional(Type.Boolean({ description: 'false: nothing is sent. Messages of that time are not made up for' }))
  },
  { examples: [{ isEnabled: false }] }
)
export const WebhookParams = closed({ webhookId: IdSchema })
export const DeliveryParams = closed({ deliveryId: IdSchema })
export const SecretAnswer = Type.Object({
  secret: SecretSchema,
  previousUntilMs: { ...TimeSchema, description: 'Until then messages are signed with the previous secret too' }
})
export const DeliveryIdAnswer = Type.Object({ deliveryId: IdSchema })
export const DeliveriesQuery = closed({
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const DeliveriesAnswer = Type.Object({
  deliveries: Type.Array(Type.Object({
    id: IdSchema,
    messageId: { ...IdSchema, description: 'The header `webhook-id` is `msg_` and this' },
    endpointId: IdSchema,
    type: Type.String(),
    state: Type.Enum(['waiting', 'done', 'failed'] as const),
    attempts: Type.Integer(),
    nextAtMs: nullable({ ...TimeSchema, description: 'When the next try is due' }),
    lastAtMs: nullable(TimeSchema),
    status: nullable(Type.Integer({ description: 'HTTP status of the last try' })),
    durationMs: nullable(Type.Integer()),
    error: nullable(Type.String({ description: 'Why the last try had no answer', examples: ['timeout'] })),
    createdAtMs: TimeSchema
  })),
  next: NextSchema
})
export const ReplayBody = closed(
  { fromMs: momentSchema('Messages of this moment and later'), toMs: momentSchema('Messages before this moment') },
  { examples: [{ fromMs: 1774000000000, toMs: 1774003600000 }] }
)
export const ReplayAnswer = Type.Object({
  messages: Type.Integer({ description: 'How many are sent again; at 1000, ask again for the rest' })
})
