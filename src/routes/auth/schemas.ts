import { Type } from 'typebox'
import { DEVICE_TOKEN_LENGTH_MAX } from '../../accounts/devices.ts'
import { PASSWORD_LENGTH } from '../../accounts/password-rules.ts'
import { closed, IdSchema, RoleSchema, TimeSchema } from '../schemas.ts'

const EmailSchema = Type.String({ format: 'email', maxLength: 254, examples: ['rahim@example.org'] })
const PasswordSchema = Type.String({
  minLength: PASSWORD_LENGTH.min,
  maxLength: PASSWORD_LENGTH.max,
  examples: ['a long enough password']
})
const LanguageSchema = Type.Enum(['auto', 'en', 'bn'] as const, {
  description: 'Language of the texts for this account; auto: the language that the device requests'
})

export const DeviceTokenSchema = Type.String({
  minLength: 1,
  maxLength: DEVICE_TOKEN_LENGTH_MAX,
  description:
    'The token that an earlier login on this device returned; browsers send it in a cookie. With it, failed logins from elsewhere do not lock this device out.'
})

export const SignupBody = closed(
  {
    email: EmailSchema,
    password: PasswordSchema,
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Shown to proctors; absent: the email address is shown',
        examples: ['Rahim Uddin']
      })
    ),
    locale: Type.Optional(LanguageSchema),
    role: Type.Optional({
      ...RoleSchema,
      description: "Only an admin may ask for another role than student, or the invitation's"
    }),
    invitation: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The token of an invitation, which sets the role and, if it names one, the exam'
      })
    ),
    face: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A picture that shows exactly one face: base64 or a data URL, or a file of this name in multipart/form-data. It is enrolled for face login and for exams; the picture is not stored.'
      })
    )
  },
  { examples: [{ name: 'Rahim Uddin', email: 'rahim@example.org', password: 'a long enough password' }] }
)

export const LoginBody = closed(
  {
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
    username: Type.Optional(
      Type.String({ minLength: 1, maxLength: 254, description: 'Same as email, for OAuth2 password forms' })
    ),
    password: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH.max }),
    deviceToken: Type.Optional(DeviceTokenSchema),
    grant_type: Type.Optional(Type.String({ maxLength: 20 })),
    scope: Type.Optional(Type.String({ maxLength: 200 })),
    client_id: Type.Optional(
      Type.String({ maxLength: 200, description: 'Sent by OAuth2 clients; ignored' })
    ),
    client_secret: Type.Optional(Type.String({ maxLength: 200 }))
  },
  { examples: [{ email: 'rahim@example.org', password: 'a long enough password' }] }
)

export const ProfileBody = closed({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'Shown to proctors' })),
  locale: Type.Optional(LanguageSchema)
}, { examples: [{ locale: 'bn' }] })

export const OwnPasswordBody = closed({
  currentPassword: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH.max }),
  newPassword: PasswordSchema,
  deviceToken: Type.Optional(DeviceTokenSchema)
}, { examples: [{ currentPassword: 'a long enough password', newPassword: 'another long password' }] })

const RefreshTokenSchema = Type.String({ minLength: 1, maxLength: 200 })

export const RefreshBody = closed({
  refreshToken: Type.Optional({
    ...RefreshTokenSchema,
    description: 'Absent with the header X-Invigil-Session: the token is in the cookie'
  })
}, { examples: [{ refreshToken: 'b1Vn…' }] })

export const LogoutBody = closed(
  {
    everywhere: Type.Optional(Type.Boolean({ default: false, description: 'true ends the logins on every device' })),
    refreshToken: Type.Optional({
      ...RefreshTokenSchema,
      description: 'Optional: the access token already identifies the login'
    })
  },
  { examples: [{ everywhere: false }] }
)

export const UserSchema = Type.Object({
  id: IdSchema,
  email: Type.String(),
  name: Type.String(),
  role: RoleSchema,
  locale: Type.String({ description: 'en, bn, or auto if none was chosen', examples: ['auto'] }),
  hasFace: Type.Boolean({ description: 'A face is enrolled for face login' }),
  createdAtMs: TimeSchema
})

const TokenProperties = {
  accessToken: Type.String({ description: 'For Authorization: Bearer' }),
  refreshToken: Type.Optional(
    Type.String({ description: 'Valid for one POST /auth/refresh. Absent where it is in the cookie' })
  ),
  tokenType: Type.Enum(['Bearer'] as const),
  expiresIn: Type.Integer({ description: 'Seconds until the access token expires' })
}
const AnsweredDeviceToken = Type.Optional(
  Type.String({
    description:
      'Send it with the next login on this device, so that failed logins from elsewhere do not lock it out. Absent for pages of this server, which receive it in a cookie.'
  })
)

export const LoginAnswer = Type.Object({ ...TokenProperties, deviceToken: AnsweredDeviceToken, user: UserSchema })

export const SignupAnswer = Type.Object({
  ...Type.Partial(Type.Object(TokenProperties)).properties,
  deviceToken: AnsweredDeviceToken,
  user: UserSchema
}, { description: 'With tokens if you created your own account; without tokens if an admin created it for another person' })
