import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import type { Consent } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { translate } from '../../i18n/translate.ts'
import { accountOf, examOf, ROLES } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { readPolicy } from '../../policy/exam-policy.ts'
import { CONSENT_ITEMS, consentItems } from '../../policy/notice.ts'
import { LanguageQuery } from '../installation/schemas.ts'
import { closed, ExamIdParams, IdSchema, nullable, TimeSchema } from '../schemas.ts'
import { noticeFor } from './notice-for.ts'

/** Version of the sentences; the policy of the exam chooses among them. */
const WORDS_VERSION = 2

const ItemsSchema = closed(
  Object.fromEntries(CONSENT_ITEMS.map(item => [item, Type.Optional(Type.Boolean())])),
  { description: 'What the candidate agrees to' }
)

const ConsentSchema = Type.Object({
  id: IdSchema,
  noticeVersion: Type.String(),
  noticeSha256: Type.String(),
  language: Type.String(),
  items: Type.Record(Type.String(), Type.Boolean()),
  givenAtMs: TimeSchema,
  withdrawnAtMs: nullable(TimeSchema)
})

const OfferAnswer = Type.Object({
  noticeVersion: Type.String({ description: 'Version of the words, a dot, and the version of the policy' }),
  noticeSha256: Type.String({ description: 'SHA-256 in hex of `notice` in UTF-8' }),
  language: Type.Enum(['en', 'bn'] as const),
  notice: Type.String({ description: 'The words that a consent is given to' }),
  items: Type.Array(Type.Object({ key: Type.Enum(CONSENT_ITEMS), text: Type.String() }), {
    description: 'What this exam asks for'
  }),
  contact: nullable(Type.String({ description: 'Name of the teacher who finds another way' })),
  consent: nullable(ConsentSchema)
})

const ConsentBody = closed(
  {
    noticeSha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the words that were shown' }),
    items: ItemsSchema
  },
  { examples: [{ noticeSha256: '0'.repeat(64), items: { camera: true, sound: true } }] }
)

const WithdrawnAnswer = Type.Object({
  contact: nullable(Type.String()),
  text: Type.String({ description: 'What happens now' })
})

/** What candidates agree to before an exam, and that they take it back. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { config: { retention: defaults }, services: { db, pool, live } } = fastify
  const config = {
    access: { roles: ROLES, owner: 'examId', ownerRoles: ['student', 'teacher'], whileTakingExam: 'also' }
  } as const
  const NAMED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN'] as const
  const tags = ['taking']

  fastify.get(
    '/:examId/consent',
    {
      config,
      schema: {
        tags,
        summary: 'The words and items that a consent is given to, and the own consent',
        params: ExamIdParams,
        querystring: LanguageQuery,
        response: { 200: OfferAnswer, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      const exam = examOf(request)
      const { language } = request
      const { id } = accountOf(request)
      const offer = await offerOf(exam, id, language)
      const consent = await db.consents.current(id, exam.id)
      return { ...offer, consent: consent === undefined ? null : consentView(consent) }
    }
  )

  fastify.put(
    '/:examId/consent',
    {
      config,
      schema: {
        tags,
        summary: 'Agree to the notice of an exam',
        description: 'Stored with the words, their hash, the language and the items. It can be withdrawn at any time.',
        params: ExamIdParams,
        querystring: LanguageQuery,
        body: ConsentBody,
        response: { 200: ConsentSchema, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_CONSENT_STALE') }
      }
    },
    async request => {
      const exam = examOf(request)
      const { language } = request
      const { id: userId } = accountOf(request)
      const offer = await offerOf(exam, userId, language)
      if (offer.noticeSha256 !== request.body.noticeSha256) throw refuse('INVIGIL_ERR_CONSENT_STALE')
      const given = request.body.items as Readonly<Record<string, boolean | undefined>>
      const consent = await db.consents.give({
        userId,
        examId: exam.id,
        noticeVersion: offer.noticeVersion,
        noticeSha256: offer.noticeSha256,
        notice: offer.notice,
        language,
        items: Object.fromEntries(offer.items.map(({ key }) => [key, given[key] === true])),
        givenAtMs: live.now()
      })
      return consentView(consent)
    }
  )

  fastify.delete(
    '/:examId/consent',
    {
      config,
      schema: {
        tags,
        summary: 'Withdraw the own consent',
        description:
          'It costs nothing: a session that runs stops watching, staff are told to find another way, and nothing is added to the record.',
        params: ExamIdParams,
        response: { 200: WithdrawnAnswer, ...refusals('guarded', ...NAMED, 'INVIGIL_ERR_CONSENT_NONE') }
      }
    },
    async request => {
      const exam = examOf(request)
      const account = accountOf(request)
      const audit = {
        actorId: account.id,
        action: 'consent.withdraw',
        targetType: 'exam',
        targetId: exam.id,
        detail: {},
        atMs: live.now()
      }
      if (!await db.consents.withdraw(account.id, exam.id, live.now(), audit)) throw refuse('INVIGIL_ERR_CONSENT_NONE')
      const session = await db.sessions.openByUser(account.id)
      if (session?.examId === exam.id) {
        const text = translate(exam.language === 'bn' ? 'bn' : 'en', 'consent.withdrawnToStaff')
        await live.threads.ask(session, account, { text }).catch(error =>
          request.log.warn({ err: error }, 'staff were not told of a withdrawn consent')
        )
        await live.stop(session.id, account.id, 'consent')
      }
      const author = await db.users.byId(exam.ownerId)
      const contact = author?.name ?? null
      return {
        contact,
        text: contact === null
          ? translate(request.language, 'consent.withdrawn')
          : translate(request.language, 'consent.withdrawnAsk', { name: contact })
      }
    }
  )

  async function offerOf (exam: ReturnType<typeof examOf>, userId: string, language: 'en' | 'bn') {
    const { sections, policy, authorName } = await noticeFor({ db, pool, defaults }, exam, userId, language)
    const notice = sections
      .map(({ title, sentences }) => [title, ...sentences.map(({ text }) => text)].join('\n'))
      .join('\n\n')
    return {
      noticeVersion: `${WORDS_VERSION}.${exam.policyVersion}`,
      noticeSha256: createHash('sha256').update(notice).digest('hex'),
      language,
      notice,
      items: consentItems(policy, readPolicy(exam.policy)).map(key => ({
        key, text: translate(language, `consentItems.${key}`)
      })),
      contact: authorName ?? null
    }
  }
}

function consentView ({ userId: _, examId: _exam, notice: _notice, ...consent }: Consent) {
  return { ...consent, items: { ...consent.items } }
}

export default routes
