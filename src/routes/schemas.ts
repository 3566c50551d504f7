/** Schemas that several routes share. */
import { Type, type Static, type TProperties, type TSchema } from 'typebox'
import { EVENT_KINDS } from '../../detection/types.ts'
import { KIND_PATTERN } from '../protocol/event-report.ts'
import { ROLES } from '../plugins/access.ts'

/** An object that takes nothing but what is named. */
export const closed = <Properties extends TProperties>(
  properties: Properties,
  options: { readonly description?: string, readonly examples?: readonly unknown[] } = {}
) => Type.Object(properties, { additionalProperties: false, ...options })

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

/** The same for what comes in: a union would turn null into the other type, for the validator converts. */
export const orNull = <Schema extends TSchema & { readonly type: string }>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'] })

export const IdSchema = Type.String({ format: 'uuid', examples: ['0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'] })
/** The last millisecond of the year 9999: databases and ISO 8601 texts know no later one. */
export const MOMENT_MS_MAX = 253_402_300_799_999
/** A moment that comes in. */
export const momentSchema = (description: string) =>
  Type.Integer({ minimum: 0, maximum: MOMENT_MS_MAX, description, examples: [1774000000000] })
export const TimeSchema = Type.Integer({ description: 'Milliseconds since the epoch', examples: [1774000000000] })
export const RoleSchema = Type.Enum(ROLES)
export const StateSchema = Type.Enum(['active', 'paused', 'stopped', 'terminated'] as const)
export const KindSchema = Type.Enum(EVENT_KINDS)
/** A kind of the table, or an integrator's own. */
export const EventKindSchema = Type.String({
  pattern: KIND_PATTERN,
  maxLength: 64,
  examples: ['face_missing', 'x_chat_opened']
})
export const RiskLevelSchema = Type.Enum(['Low', 'Medium', 'High'] as const)

export const UserIdParams = closed({ userId: IdSchema })
export const SessionIdParams = closed({ sessionId: IdSchema })
export const ExamIdParams = closed({ examId: IdSchema })
export const AttemptIdParams = closed({ attemptId: IdSchema })

/** The cursor of the next page, or null. */
export const NextSchema = nullable(Type.String({ description: 'Cursor of the next page; null: no more pages' }))
