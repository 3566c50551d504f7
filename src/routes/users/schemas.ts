import { Type } from 'typebox'
import { PASSWORD_LENGTH } from '../../accounts/password-rules.ts'
import { closed, IdSchema, NextSchema, nullable, RoleSchema, TimeSchema } from '../schemas.ts'
import { UserSchema } from '../auth/schemas.ts'

export const UserForStaffSchema = Type.Object({
  ...UserSchema.properties,
  disabledAtMs: nullable(TimeSchema)
})

export const UsersQuery = closed({
  role: Type.Optional(RoleSchema),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Part of the name or address, in any case and with or without accents',
      examples: ['rahim']
    })
  ),
  before: Type.Optional({ ...IdSchema, description: 'Continue below this user: `next` of the page before' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const UsersAnswer = Type.Object({ users: Type.Array(UserForStaffSchema), next: NextSchema })

export const UserChangeBody = closed(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })),
    role: Type.Optional(RoleSchema),
    disabled: Type.Optional(
      Type.Boolean({ description: 'true ends every login and closes the sockets; the records stay' })
    )
  },
  { examples: [{ role: 'teacher' }, { disabled: true }] }
)

export const PasswordBody = closed(
  {
    password: Type.Optional(
      Type.String({
        minLength: PASSWORD_LENGTH.min,
        maxLength: PASSWORD_LENGTH.max,
        description: 'One is made where absent'
      })
    )
  },
  { examples: [{}] }
)
export const PasswordAnswer = Type.Object({
  password: Type.Optional(
    Type.String({ description: 'The one that was made; it is not told again', examples: ['b1VnTW9uc3Rlci1wYXNz'] })
  )
})

export const FaceEnrollmentSchema = Type.Object({
  id: IdSchema,
  action: Type.Enum(['enrolled', 'replaced', 'removed'] as const),
  atMs: TimeSchema,
  by: Type.String({
    description: "The account's id, or `system` of a face that was enrolled before histories were kept"
  }),
  actor: Type.Enum(['candidate', 'staff', 'system'] as const, { description: 'The person, or staff' }),
  address: nullable(
    Type.String({ description: 'The network address it came from; of staff only to admins', examples: ['192.0.2.7'] })
  ),
  confirmedBy: nullable(Type.String({ description: "The member of staff who says that the face is this person's" })),
  confirmedAtMs: nullable(TimeSchema)
})
/** The face as it is now, for those who look at its person. */
export const FaceStateSchema = Type.Object({
  isEnrolled: Type.Boolean(),
  enrollmentId: nullable(
    Type.String({
      format: 'uuid',
      description:
        'The entry of the history that the face comes from; null: none, or enrolled before histories were kept'
    })
  ),
  enrolledAtMs: nullable(TimeSchema),
  enrolledBy: nullable(
    Type.Enum(['candidate', 'staff', 'system'] as const, {
      description: 'The person, or staff; system: before histories were kept'
    })
  ),
  enrolledByName: nullable(Type.String({ description: 'null: the account is gone, or not known' })),
  confirmedAtMs: nullable(TimeSchema),
  confirmedByName: nullable(Type.String({ description: "The member of staff who says that the face is this person's" }))
})
export const FaceHistoryQuery = closed({
  before: Type.Optional({ ...IdSchema, description: 'Continue below this entry: `next` of the page before' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const FaceHistoryAnswer = Type.Object({ history: Type.Array(FaceEnrollmentSchema), next: NextSchema })

export const FaceConfirmBody = closed(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'How the person was recognized; kept in the audit log'
    }),
    enrollmentId: Type.Optional({
      ...IdSchema,
      description: 'The entry of the history that was looked at: a newer face is not confirmed'
    }),
    sessionId: Type.Optional({
      ...IdSchema,
      description: 'The running session of the person whose live picture was looked at; kept in the audit log'
    })
  },
  { examples: [{ reason: 'Compared with the identity card' }] }
)
