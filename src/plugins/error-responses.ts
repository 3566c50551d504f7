import { Type } from 'typebox'
import { type ErrorCode, STATUS, refuse, toBody } from '../errors.ts'

/** Every refusal. */
const ErrorSchema = Type.Object({
  code: Type.String({ description: 'The same in every language', examples: ['INVIGIL_ERR_VALIDATION'] }),
  message: Type.String({ description: 'What to do, in the language of the reader' }),
  details: Type.Optional(Type.Object({}, { additionalProperties: true }))
})

/** Answers of every route: something odd in the input, too many requests, our fault, the database away. */
const ALWAYS = [
  'INVIGIL_ERR_VALIDATION',
  'INVIGIL_ERR_TOO_MANY_REQUESTS',
  'INVIGIL_ERR_TOO_MANY_AT_ONCE',
  'INVIGIL_ERR_INTERNAL',
  'INVIGIL_ERR_DATABASE',
  'INVIGIL_ERR_OUTCOME_UNKNOWN'
] as const satisfies readonly ErrorCode[]

/** Answers of every route that asks for a token. */
const GUARDED = [
  'INVIGIL_ERR_TOKEN_MISSING',
  'INVIGIL_ERR_TOKEN_INVALID',
  'INVIGIL_ERR_TOKEN_EXPIRED',
  'INVIGIL_ERR_TOKEN_REVOKED',
  'INVIGIL_ERR_FORBIDDEN'
] as const satisfies readonly ErrorCode[]

/** The refusals of a route by status; each status names its codes. */
export function refusals (
  access: 'public' | 'guarded',
  ...codes: readonly ErrorCode[]
): Record<number, typeof ErrorSchema> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...ALWAYS, ...(access === 'guarded' ? GUARDED : []), ...codes]) {
    byStatus.set(STATUS[code], [...byStatus.get(STATUS[code]) ?? [], code])
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, {
    ...ErrorSchema,
    description: codes.join(', '),
    examples: [toBody(refuse(codes[0]!), 'en')]
  }]))
}
