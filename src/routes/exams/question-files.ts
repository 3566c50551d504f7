import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { refuse } from '../../errors.ts'
import { QUESTIONS_MAX } from '../../exams/exchange.ts'
import { EXPORT_FORMATS, exportQuestions } from '../../exams/export-questions.ts'
import { readQuestionFile, remarkWords, type ImportReport } from '../../exams/import/read.ts'
import { IMPORT_FORMATS, type Remark } from '../../exams/import/types.ts'
import type { Language } from '../../i18n/translate.ts'
import { accountOf, examOf, STAFF } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { decodeText } from '../../bodies/text.ts'
import { closed, ExamIdParams } from '../schemas.ts'
import { FILE_BYTES_MAX, QUESTION_FIELDS } from './schemas.ts'

const tags = ['exams']
const TYPES = ['text/plain', 'text/csv', 'text/xml', 'application/xml', 'application/json', 'application/octet-stream']
/** Files of one account in a minute. */
const PER_MINUTE_MAX = 60
/** Remarks in one answer; a file of another kind has one for each of its lines. */
const REMARKS_MAX = 500

const ImportQuery = closed({
  format: Type.Enum(IMPORT_FORMATS),
  dryRun: Type.Boolean({ default: false, description: 'true: only tells what would be imported' }),
  skipProblems: Type.Boolean({
    default: false,
    description: 'true: imports the questions that were understood although others were not'
  }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
const RemarkSchema = Type.Object({
  line: Type.Integer({ description: 'Line of the file, from 1' }),
  reason: Type.String({ description: 'The same in every language', examples: ['noAnswer'] }),
  text: Type.String({ description: "In the reader's language", examples: ['No right answer is marked.'] })
})
const ReportProperties = {
  isDryRun: Type.Boolean(),
  imported: Type.Integer({ description: 'Number of questions that were added; 0 in a dry run' }),
  questions: Type.Array(Type.Object({ line: Type.Integer(), ...QUESTION_FIELDS }), {
    description: 'The questions that were understood, as they are or would be stored'
  }),
  problems: Type.Array(RemarkSchema, { description: 'What was not understood: these questions are not imported' }),
  notes: Type.Array(RemarkSchema, { description: 'What is left out without changing how a question is graded' }),
  problemsOmitted: Type.Integer({ description: `Problems beyond the first ${REMARKS_MAX}` })
}
const ReportAnswer = Type.Object(ReportProperties)

/** Questions from other systems, and for them. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db } = fastify.services
  const access = { roles: STAFF, owner: 'examId', ownerRoles: ['teacher'] } as const
  const codes = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN'] as const

  // Files come as they are: their lines are counted, so no parser may see them before.
  fastify.removeContentTypeParser('application/json')
  fastify.addContentTypeParser(TYPES, { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => decodeText(bytes))

  fastify.post(
    '/:examId/questions/import',
    {
      config: { access, rateLimit: { max: PER_MINUTE_MAX } },
      bodyLimit: FILE_BYTES_MAX,
      schema: {
        tags,
        summary: 'Import questions from a file',
        description:
          'CSV, Aiken, GIFT, Moodle XML, or JSON, as the body of the request. The questions go after those of the exam. With a problem nothing is imported, unless skipProblems=true. A dry run lists what would be imported, each line that was not understood and why. In CSV the first line names the columns: kind, text, section, points, correct, choice1, choice2 …, tolerance, unit, caseSensitive, language, starter, guidance.',
        consumes: TYPES,
        params: ExamIdParams,
        querystring: ImportQuery,
        body: Type.String({
          description: 'The file, in UTF-8 or in UTF-16 with a byte order mark',
          examples: ['2 + 2 = ?\nA. 3\nB. 4\nANSWER: B\n']
        }),
        response: {
          200: ReportAnswer,
          422: Type.Object(
            { code: Type.String(), message: Type.String(), details: ReportAnswer },
            { description: 'INVIGIL_ERR_IMPORT_PROBLEMS' }
          ),
          ...refusals('guarded', ...codes, 'INVIGIL_ERR_EXAM_USED', 'INVIGIL_ERR_TOO_LARGE')
        }
      }
    },
    async request => {
      const { format, dryRun, skipProblems } = request.query
      const { id, language } = examOf(request)
      if (await db.attempts.countByExam(id) > 0) throw refuse('INVIGIL_ERR_EXAM_USED')
      const read = readQuestionFile(format, request.body, language)
      const report = withRoom(read, QUESTIONS_MAX - (await db.questions.list(id)).length)
      const answer = reportView(request.language, report)
      if (dryRun) return { isDryRun: true, imported: 0, ...answer }
      if (report.problems.length > 0 && !skipProblems) {
        throw refuse('INVIGIL_ERR_IMPORT_PROBLEMS', {
          values: { count: report.problems.length },
          details: { isDryRun: false, imported: 0, ...answer }
        })
      }
      await db.questions.createAll(id, report.questions.map(({ question }) => question))
      await db.audit.append({
        actorId: accountOf(request).id,
        action: 'exam.import_questions',
        targetType: 'exam',
        targetId: id,
        detail: { format, imported: report.questions.length, problems: report.problems.length },
        atMs: Date.now()
      })
      return { isDryRun: false, imported: report.questions.length, ...answer }
    }
  )

  fastify.get(
    '/:examId/questions/export',
    {
      config: { access, rateLimit: { max: PER_MINUTE_MAX } },
      schema: {
        tags,
        summary: 'Export the questions as CSV, GIFT or Moodle XML',
        description:
          'With their correct answers. A question that the format cannot hold so that it is graded alike is left out, and a comment in the file says so; CSV holds all. For JSON, see GET /exams/:examId/export.',
        produces: ['text/csv', 'text/plain', 'application/xml'],
        params: ExamIdParams,
        querystring: closed({ format: Type.Enum(EXPORT_FORMATS), lang: Type.Optional(Type.String({ maxLength: 20 })) }),
        response: { 200: Type.String({ description: 'The file' }), ...refusals('guarded', ...codes) }
      }
    },
    async (request, reply) => {
      const { id } = examOf(request)
      const { text, contentType, extension } = exportQuestions(request.query.format, await db.questions.list(id))
      return await reply
        .type(contentType)
        .header('content-disposition', `attachment; filename="questions-${id}.${extension}"`)
        .send(text)
    }
  )
}

export default routes

/** The report with those questions that still have room in the exam. */
function withRoom (report: ImportReport, room: number): ImportReport {
  const first = report.questions[Math.max(0, room)]
  if (first === undefined) return report
  return {
    ...report,
    questions: report.questions.slice(0, Math.max(0, room)),
    problems: [...report.problems, { line: first.line, reason: 'full', values: { max: QUESTIONS_MAX } }]
  }
}

function reportView (language: Language, { questions, problems, notes }: ImportReport) {
  const view = (remark: Remark) => ({ line: remark.line, reason: remark.reason, text: remarkWords(language, remark) })
  return {
    questions: questions.map(({ line, question: { section, kind, text, points, body } }) => ({
      line,
      section,
      kind,
      text,
      points,
      body: { ...body }
    })),
    problems: problems.slice(0, REMARKS_MAX).map(view),
    notes: notes.slice(0, REMARKS_MAX).map(view),
    problemsOmitted: Math.max(0, problems.length - REMARKS_MAX)
  }
}
