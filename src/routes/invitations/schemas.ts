import { Type } from 'typebox'
import { closed, IdSchema, NextSchema, nullable, RoleSchema, TimeSchema } from '../schemas.ts'

/** Uses of one invitation, such as for a class that signs up by one link. */
const USES_MAX = 1000
/** 90 days. */
const HOURS_MAX = 2160

const InvitationSchema = Type.Object({
  id: IdSchema,
  createdBy: {
    ...IdSchema,
    description: 'The account that created it. If that account is disabled or may no longer give this role, the invitation is void'
  },
  role: RoleSchema,
  email: nullable(Type.String({ description: 'The only email address that may use it; null: any address, or it was used' })),
  examId: nullable({ ...IdSchema, description: 'The exam to which the new account is assigned' }),
  usesMax: Type.Integer(),
  uses: Type.Integer(),
  createdAtMs: TimeSchema,
  expiresAtMs: TimeSchema,
  revokedAtMs: nullable(TimeSchema)
})

export const InvitationBody = closed(
  {
    role: Type.Optional({ ...RoleSchema, description: 'Absent: student. Teachers can invite students only' }),
    email: Type.Optional(
      Type.String({
        format: 'email',
        maxLength: 254,
        description: 'The only email address that may use it',
        examples: ['rahim@example.org']
      })
    ),
    examId: Type.Optional({ ...IdSchema, description: "Assigns the new student to this exam; a teacher's own" }),
    usesMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: USES_MAX,
        description: 'Number of accounts that can be created with it. Absent: 1. Always 1 with an email address or for staff'
      })
    ),
    expiresInHours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: HOURS_MAX, description: 'Absent: 168, which is one week' })
    )
  },
  { examples: [{ role: 'student', usesMax: 30, expiresInHours: 48 }] }
)

export const InvitationMade = Type.Object({
  invitation: InvitationSchema,
  token: Type.String({ description: 'For POST /auth/signup. Returned only here', examples: ['Zm9v…'] }),
  link: Type.String({
    description: 'The page on which the account is created',
    examples: ['https://exams.example.org/?invitation=Zm9v…']
  })
})

export const InvitationsQuery = closed({
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const InvitationsAnswer = Type.Object({ invitations: Type.Array(InvitationSchema), next: NextSchema })

export const InvitationParams = closed({ invitationId: IdSchema })
