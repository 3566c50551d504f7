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
      description: 'Part of the name or email address; case and accents are ignored',
      examples: ['rahim']
    })
  ),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const UsersAnswer = Type.Object({ users: Type.Array(UserForStaffSchema), next: NextSchema })

export const UserChangeBody = closed(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })),
    role: Type.Optional(RoleSchema),
    disabled: Type.Optional(
      Type.Boolean({ description: 'true ends every login and closes the sockets; the records are kept' })
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
        description: 'Absent: the server creates a password'
      })
    )
  },
  { examples: [{}] }
)
export const PasswordAnswer = Type.Object({
  password: Type.Optional(
    Type.String({ description: 'The password that the server created; it is shown only once', examples: ['b1VnTW9uc3Rlci1wYXNz'] })
  )
})

export const FaceEnrollmentSchema = Type.Object({
  id: IdSchema,
  action: Type.Enum(['enrolled', 'replaced', 'removed'] as const),
  atMs: TimeSchema,
  by: Type.String({
    description: "The account's id, or `system` of a face that was enrolled before histories were kept"
  }),
  actor: Type.Enum(['candidate', 'staff', 'system'] as const, { description: 'Candidate: the person. Staff: someone else on behalf of the person' }),
  address: nullable(
    Type.String({ description: 'The network address of the request; for requests of staff only visible to admins', examples: ['192.0.2.7'] })
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
        'The history entry of the face; null: no face, or enrolled before the history was recorded'
    })
  ),
  enrolledAtMs: nullable(TimeSchema),
  enrolledBy: nullable(
    Type.Enum(['candidate', 'staff', 'system'] as const, {
      description: 'Candidate: the person. Staff: someone else. System: enrolled before the history was recorded'
    })
  ),
  enrolledByName: nullable(Type.String({ description: 'null: the account was erased or is not known' })),
  confirmedAtMs: nullable(TimeSchema),
  confirmedByName: nullable(Type.String({ description: "The member of staff who says that the face is this person's" }))
})
export const FaceHistoryQuery = closed({
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
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
      description: 'How the person was recognized; stored in the audit log'
    }),
    enrollmentId: Type.Optional({
      ...IdSchema,
      description: 'The history entry to confirm; if a newer face was enrolled, nothing is confirmed'
    }),
    sessionId: Type.Optional({
      ...IdSchema,
      description: 'The running session in which staff saw the live picture of the person; stored in the audit log'
    })
  },
  { examples: [{ reason: 'Compared with the identity card' }] }
)
