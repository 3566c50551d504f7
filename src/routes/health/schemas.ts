import { Type } from 'typebox'
import { nullable } from '../schemas.ts'

export const LiveAnswer = Type.Object({ status: Type.Enum(['ok'] as const) })

export const ReadyQuery = Type.Object({
  for: Type.Optional(Type.Enum(['new'] as const, { description: 'new: also check whether a new session can start here' }))
})

const DetailsSchema = Type.Object({
  version: Type.String(),
  uptimeSeconds: Type.Integer(),
  database: Type.Object({ ok: Type.Boolean(), dialect: Type.Enum(['sqlite', 'mysql', 'postgres'] as const) }),
  load: Type.Number({
    description: "Share of the workers' time spent on frames and sound lately, 0..1",
    examples: [0.42]
  }),
  admitting: Type.Boolean({ description: 'New sessions can start here' }),
  draining: Type.Boolean({ description: 'The gateway is shutting down' }),
  redis: Type.Optional(
    Type.Object(
      { ok: Type.Boolean() },
      { description: 'With several gateways: whether they reach each other. If not, each continues alone and stays ready' }
    )
  ),
  workers: Type.Object({
    ok: Type.Boolean(),
    wanted: Type.Integer(),
    ready: Type.Integer(),
    load: Type.Number({ description: "Share of the workers' time spent on frames lately, 0..1" }),
    queued: Type.Integer()
  }),
  models: Type.Object({
    objects: nullable(
      Type.String({ description: 'The object detector in use; null while it loads', examples: ['yolox_nano'] })
    ),
    versions: Type.Record(Type.String(), Type.String())
  })
})

export const ReadyAnswer = Type.Object({
  status: Type.Enum(['ready', 'not_ready'] as const),
  ...Type.Partial(DetailsSchema).properties
}, { description: 'The details are visible only to clients that may read the metrics' })

export const NotReadyAnswer = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    ...ReadyAnswer.properties
  },
  { description: 'INVIGIL_ERR_UNAVAILABLE, with what is missing; INVIGIL_ERR_DRAINING; with for=new INVIGIL_ERR_BUSY' }
)
