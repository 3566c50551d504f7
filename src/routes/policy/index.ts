import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { PRESET_NAMES } from '../../policy/exam-policy.ts'
import { presetsInWords, rulesInWords } from '../../policy/rule-words.ts'
import { LanguageQuery } from '../installation/schemas.ts'
import { KindSchema } from '../schemas.ts'

const RulesAnswer = Type.Object({
  rules: Type.Array(
    Type.Object({
      kind: KindSchema,
      title: Type.String({ examples: ['Face not detected'] }),
      text: Type.String({ description: 'What makes it report' }),
      limit: Type.String({
        description: 'From when on it reports by default',
        examples: ['Reported when it lasts 2.5 seconds or longer.']
      }),
      effect: Type.String({ description: 'What an incident adds to the risk score by default' }),
      source: Type.Enum(['frame', 'sound', 'client', 'input', 'other'] as const),
      class: Type.Enum(['integrity', 'information', 'technical', 'coverage'] as const),
      severity: Type.Enum(['info', 'low', 'medium', 'high'] as const),
      enabled: Type.Boolean(),
      weight: Type.Number(),
      defaults: Type.Object(
        {},
        { additionalProperties: true, description: 'Numbers that a policy may change, such as enterMs' }
      ),
      limits: Type.Array(
        Type.Object({
          name: Type.String({ examples: ['sightYawDegrees'] }),
          title: Type.String({ examples: ['Line of sight to the side, in degrees'] }),
          value: Type.Number(),
          minimum: Type.Number(),
          maximum: Type.Number()
        })
      ),
      labels: Type.Array(Type.String())
    })
  ),
  presets: Type.Array(
    Type.Object({
      name: Type.Enum(PRESET_NAMES),
      title: Type.String(),
      text: Type.String(),
      policy: Type.Object({}, { additionalProperties: true, description: 'What it fills a policy with' })
    })
  ),
  retention: Type.Object({
    recordingDays: Type.Integer(),
    dismissedDays: Type.Integer(),
    confirmedDays: Type.Integer(),
    recordsDays: Type.Integer(),
    auditDays: Type.Integer(),
    face: Type.Enum(['account', 'exam'] as const)
  }, { description: 'For how long things are kept where a policy does not say it' })
})

const routes: FastifyPluginAsyncTypebox = async fastify => {
  fastify.get(
    '/rules',
    {
      config: { access: { roles: STAFF } },
      schema: {
        tags: ['exams'],
        summary: 'Every rule and preset of a policy in plain words',
        description: "With the defaults and bounds of what a policy may change, in the reader's language.",
        querystring: LanguageQuery,
        response: { 200: RulesAnswer, ...refusals('guarded') }
      }
    },
    async ({ language }) => ({
      rules: rulesInWords(language).map(rule => ({ ...rule, limits: [...rule.limits], labels: [...rule.labels] })),
      presets: presetsInWords(language),
      retention: fastify.config.retention
    })
  )
}

export default routes
