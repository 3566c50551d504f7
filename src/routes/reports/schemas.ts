import { Type } from 'typebox'
import { DECISIONS } from '../reviews/schemas.ts'
import { closed, IdSchema, nullable, TimeSchema } from '../schemas.ts'

export const SignedReportSchema = Type.Object({
  id: IdSchema,
  language: Type.String({ examples: ['en'] }),
  decision: nullable(Type.Enum(DECISIONS, { description: 'When it was issued' })),
  kid: Type.String({ description: 'Thumbprint of the key (RFC 7638)' }),
  sha256: Type.String({ description: 'Of `report.json`; the PDF shows it' }),
  chainHead: Type.String({ description: 'The last hash of `events.jsonl`' }),
  entries: Type.Integer({ description: 'Lines of `events.jsonl`' }),
  bytes: Type.Integer(),
  issuedAtMs: TimeSchema,
  withdrawnAtMs: nullable(Type.Integer({
    description: 'A person whom it quotes was erased, or its time is over; the file is deleted, and a new report can be issued'
  }))
})

export const SignedReportsAnswer = Type.Object({ reports: Type.Array(SignedReportSchema) })

export const IssueBody = closed({ language: Type.Enum(['en', 'bn'] as const) }, { examples: [{ language: 'en' }] })

export const ReportParams = closed({ sessionId: IdSchema, reportId: IdSchema })

export const KeysAnswer = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.String({ examples: ['OKP'] }),
      crv: Type.String({ examples: ['Ed25519'] }),
      alg: Type.String({ examples: ['EdDSA'] }),
      use: Type.String({ examples: ['sig'] }),
      kid: Type.String(),
      x: Type.String(),
      isSelfIssued: Type.Boolean({ description: 'The server made it; no other place says whose it is' }),
      firstUsedAtMs: TimeSchema
    })
  )
})
