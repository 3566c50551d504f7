import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { defined } from '../../../lib/defined.ts'
import type { Exam, ExamValues } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { closesFor } from '../../exams/clock.ts'
import { conditionsOf } from '../../policy/conditions.ts'
import { DEFAULT_EXAM_POLICY, mayRecordScreen, policyFor, readPolicy } from '../../policy/exam-policy.ts'
import { withPreset } from '../../policy/presets.ts'
import type { Language } from '../../i18n/translate.ts'
import { cleanName } from '../../names.ts'
import { accountOf, examOf, ROLES, STAFF } from '../../plugins/access.ts'
import { requireQuota } from '../../quotas.ts'
import { auditOf } from '../audit-of.ts'
import { readPage } from '../page.ts'
import { ExamIdParams } from '../schemas.ts'
import candidates from './candidates.ts'
import corrections from './corrections.ts'
import figures from './figures.ts'
import consent from './consent.ts'
import impactAssessment from './impact-assessment.ts'
import notice from './notice.ts'
import { checkPolicyBody } from './policy-schema.ts'
import questionFiles from './question-files.ts'
import questions from './questions.ts'
import {
  ExamBody, ExamChangeBody, ExamsAnswer, ExamSchema, ExamsQuery, PolicyAnswer, PolicyBody, ReleaseBody, StatisticsAnswer
} from './schemas.ts'
import taking from './taking.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { durationFor, mayStart } from '../../exams/exam-window.ts'

const tags = ['exams']
const params = ExamIdParams

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db } = fastify.services
  const audit = auditOf(db, 'exam')
  /** Teachers on their own exams, admins on all. */
  const config = { access: { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } } as const

  await fastify.register(questions)
  await fastify.register(questionFiles)
  await fastify.register(corrections)
  await fastify.register(candidates)
  await fastify.register(taking)
  await fastify.register(notice)
  await fastify.register(impactAssessment)
  await fastify.register(figures)
  await fastify.register(consent)

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Exams, newest first',
        description: 'Students see published exams that they may take; teachers see their own exams.',
        querystring: ExamsQuery,
        response: { 200: ExamsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { state, search, before, limit } = request.query
      const account = accountOf(request)
      const ownerId = account.role === 'teacher' ? account.id : undefined
      const { rows: exams, next } = await readPage(limit, limit =>
        account.role === 'student'
          ? db.exams.listForUser(account.id, { limit, ...defined({ search, before }) })
          : db.exams.list({ limit, ...defined({ ownerId, state, search, before }) })
      )
      return {
        exams:
          account.role === 'student'
            ? await Promise.all(exams.map(async exam => await forStudent(exam, account.id, request.language)))
            : exams,
        next
      }
    }
  )

  fastify.get(
    '/:examId',
    {
      config: { access: { roles: ROLES, owner: 'examId', ownerRoles: ['student', 'teacher'], whileTakingExam: 'also' } },
      schema: {
        tags,
        summary: 'One exam',
        description: 'The questions have their own routes.',
        params,
        response: { 200: ExamSchema, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN') }
      }
    },
    async request => {
      const account = accountOf(request)
      const exam = examOf(request)
      return account.role === 'student' || request.isTakingExam
        ? await forStudent(exam, account.id, request.language)
        : exam
    }
  )

  fastify.post(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: STAFF } },
      schema: {
        tags,
        summary: 'Create an exam',
        description: 'Creates a draft without questions that belongs to you.',
        body: ExamBody,
        response: { 201: ExamSchema, ...refusals('guarded', 'INVIGIL_ERR_QUOTA') }
      }
    },
    async (request, reply) => {
      checkWindow(request.body)
      requireQuota('examsOfTeacher', await db.quotas.exams(accountOf(request).id))
      const exam = await db.exams.create({
        ...request.body,
        title: cleanName(request.body.title, 'title'),
        ownerId: accountOf(request).id,
        atMs: Date.now()
      })
      return await reply.code(201).send(exam)
    }
  )

  fastify.patch(
    '/:examId',
    {
      config,
      schema: {
        tags,
        summary: 'Change an exam',
        description: 'New times also apply to open attempts.',
        params,
        body: ExamChangeBody,
        response: {
          200: ExamSchema,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN', 'INVIGIL_ERR_CONFLICT')
        }
      }
    },
    async request => {
      const { version, title, ...others } = request.body
      const values = { ...others, ...(title !== undefined && { title: cleanName(title, 'title') }) }
      const exam = examOf(request)
      checkWindow({ ...exam, ...values })
      const atMs = Date.now()
      const outcome = await db.exams.change(exam.id, values, atMs, version)
      if (outcome === 'missing') throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      if (outcome === 'conflict') {
        throw refuse('INVIGIL_ERR_CONFLICT', { details: { version: (await loadExam(exam.id)).version } })
      }
      if ('closesAtMs' in values || 'durationMs' in values) await db.attempts.setDueOfExam(exam.id, atMs)
      return await loadExam(exam.id)
    }
  )

  fastify.delete(
    '/:examId',
    {
      config,
      schema: {
        tags,
        summary: 'Remove an exam that no candidate has started',
        params,
        response: {
          204: Type.Null({ description: 'Removed with its questions' }),
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN', 'INVIGIL_ERR_EXAM_USED')
        }
      }
    },
    async (request, reply) => {
      const exam = examOf(request)
      const outcome = await db.exams.delete(exam.id)
      if (outcome === 'missing') throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      if (outcome === 'used') throw refuse('INVIGIL_ERR_EXAM_USED')
      // Texts about it (reasons of accommodations, titles) go with it.
      await db.erasure.examTexts(exam.id)
      await audit(accountOf(request).id, 'exam.delete', exam.id)
      await db.erasure.purge()
      return await reply.code(204).send(null)
    }
  )

  fastify.post(
    '/:examId/publish',
    {
      config,
      schema: {
        tags,
        summary: 'Publish an exam',
        description: 'Works for a draft or an archived exam with at least one question.',
        params,
        response: {
          200: ExamSchema,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_EXAM_UNKNOWN',
            'INVIGIL_ERR_EXAM_EMPTY',
            'INVIGIL_ERR_EXAM_STATE'
          )
        }
      }
    },
    async request => {
      const exam = examOf(request)
      if ((await db.questions.list(exam.id)).length === 0) throw refuse('INVIGIL_ERR_EXAM_EMPTY')
      if (!(await db.exams.setState(exam.id, ['draft', 'archived'], 'published', Date.now()))) {
        throw refuse('INVIGIL_ERR_EXAM_STATE', { details: { state: exam.state } })
      }
      await audit(accountOf(request).id, 'exam.publish', exam.id)
      return await loadExam(exam.id)
    }
  )

  fastify.post(
    '/:examId/archive',
    {
      config,
      schema: {
        tags,
        summary: 'Archive an exam',
        description: 'No new attempts can start; open attempts continue.',
        params,
        response: {
          200: ExamSchema,
          ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN', 'INVIGIL_ERR_EXAM_STATE')
        }
      }
    },
    async request => {
      const exam = examOf(request)
      const atMs = Date.now()
      if (!(await db.exams.setState(exam.id, ['draft', 'published'], 'archived', atMs))) {
        throw refuse('INVIGIL_ERR_EXAM_STATE', { details: { state: exam.state } })
      }
      await audit(accountOf(request).id, 'exam.archive', exam.id)
      return await loadExam(exam.id)
    }
  )

  fastify.post(
    '/:examId/release',
    {
      config,
      schema: {
        tags,
        summary: 'Release the results to the candidates, or withdraw the release',
        params,
        body: ReleaseBody,
        response: { 200: ExamSchema, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN') }
      }
    },
    async request => {
      const exam = examOf(request)
      const { released } = request.body
      const atMs = Date.now()
      if (!(await db.exams.setReleased(exam.id, released ? atMs : null, atMs))) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      await audit(accountOf(request).id, released ? 'exam.release' : 'exam.release-back', exam.id)
      return await loadExam(exam.id)
    }
  )

  fastify.get(
    '/:examId/policy',
    {
      config,
      schema: {
        tags,
        summary: 'The proctoring policy of an exam',
        params,
        response: { 200: PolicyAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN') }
      }
    },
    async request => policyShown(examOf(request))
  )

  fastify.put(
    '/:examId/policy',
    {
      config,
      schema: {
        tags,
        summary: 'Replace the proctoring policy of an exam',
        description:
          'Replaces the previous policy. A preset sets the whole policy with one word. Rules apply to sessions that start from now on; breaks and `watching` apply at once.',
        params,
        body: PolicyBody,
        response: { 200: PolicyAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN', 'INVIGIL_ERR_SCREEN_POLICY') }
      }
    },
    async request => {
      const exam = examOf(request)
      const policy = { ...withPreset(request.body) }
      const whole = { ...DEFAULT_EXAM_POLICY, ...policy }
      if (whole.recordsScreen && !mayRecordScreen(whole)) throw refuse('INVIGIL_ERR_SCREEN_POLICY')
      checkPolicyBody(policy)
      if ((await db.exams.change(exam.id, { policy }, Date.now())) === 'missing') {
        throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      }
      const changed = await loadExam(exam.id)
      await audit(accountOf(request).id, 'exam.policy', exam.id, { policyVersion: changed.policyVersion })
      return policyShown(changed)
    }
  )

  fastify.get(
    '/:examId/statistics',
    {
      config,
      schema: {
        tags,
        summary: 'The progress of the candidates',
        params,
        response: { 200: StatisticsAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN') }
      }
    },
    async request => {
      const exam = examOf(request)
      const [attempts, risk] = await Promise.all([
        db.statistics.ofExam(exam.id),
        db.statistics.riskDistribution(readPolicy(exam.policy).riskLimits, exam.id)
      ])
      return { examId: exam.id, ...attempts, risk }
    }
  )

  async function loadExam (id: string): Promise<Exam> {
    const exam = await db.exams.byId(id)
    if (exam === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
    return exam
  }

  /** Without what only staff may know, with what is this student's own. */
  async function forStudent (exam: Exam, userId: string, requestLanguage: Language) {
    const { id, title, description, state, opensAtMs, attemptsMax, language, needsPreflight, resultsReleasedAtMs } =
      exam
    const [attemptsUsed, open, [last], accommodation] = await Promise.all([
      db.attempts.countOf(id, userId),
      db.attempts.openByUser(userId),
      db.attempts.list({ examId: id, userId, limit: 1 }),
      db.exams.accommodation(id, userId)
    ])
    const policy = readPolicy(exam.policy)
    const { recording, recordsScreen, keepsEvidence } = policyFor(exam)
    const isBarred = last?.submittedBy === 'terminated' && last.anotherAllowedAtMs === null
    const canStart =
      open === undefined
        ? !isBarred && mayStart(exam, accommodation, Date.now()) && (attemptsMax === null || attemptsUsed < attemptsMax)
        : open.examId === id
    return {
      id,
      title,
      description,
      state,
      opensAtMs,
      closesAtMs: closesFor(exam, accommodation),
      durationMs: durationFor(exam, accommodation),
      attemptsMax,
      language,
      needsPreflight,
      resultsReleasedAtMs,
      attemptsUsed,
      canStart,
      identity: policy.identity,
      recording,
      recordsScreen,
      keepsEvidence,
      conditions: conditionsOf(policy, requestLanguage)
    }
  }
}

export default routes

function policyShown ({ id, policy, policyVersion }: Exam) {
  return { examId: id, policyVersion, policy: { ...readPolicy(policy) } }
}

function checkWindow ({
  opensAtMs = null,
  closesAtMs = null
}: Pick<Partial<ExamValues>, 'opensAtMs' | 'closesAtMs'>): void {
  if (opensAtMs === null || closesAtMs === null || closesAtMs > opensAtMs) return
  throw refuse('INVIGIL_ERR_VALIDATION', {
    fields: [{ field: 'closesAtMs', problem: 'minimum', values: { limit: opensAtMs + 1 } }]
  })
}
