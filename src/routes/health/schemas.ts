import { Type } from 'typebox'
import { nullable } from '../schemas.ts'

export const LiveAnswer = Type.Object({ status: Type.Enum(['ok'] as const) })

export const ReadyAnswer = Type.Object({
  status: Type.Enum(['ready', 'not_ready'] as const),
  version: Type.String(),
  uptimeSeconds: Type.Integer(),
  database: Type.Object({ ok: Type.Boolean(), dialect: Type.Enum(['sqlite', 'mysql'] as const) }),
  workers: Type.Object({ ok: Type.Boolean(), wanted: Type.Integer(), ready: Type.Integer(), load: Type.Number({ description: 'Share of the workers\' time spent on frames lately, 0..1' }), queued: Type.Integer() }),
  models: Type.Object({
    objects: nullable(Type.String({ description: 'The object detector in use; null while it loads', examples: ['yolox_nano'] })),
    versions: Type.Record(Type.String(), Type.String())
  })
})

export const NotReadyAnswer = Type.Object({
  code: Type.String(),
  message: Type.String(),
  ...ReadyAnswer.properties
}, { description: 'INVIGIL_ERR_UNAVAILABLE, with what is missing' })
