/** All error codes with their HTTP status; their texts are in `i18n/`. */
import createError, { type FastifyError } from '@fastify/error'
import { defined } from '../lib/defined.ts'
import { en, type Texts } from './i18n/en.ts'
import { translate, type Language, type TextKey, type TextValues } from './i18n/translate.ts'

export type ErrorCode = keyof Texts['errors']

/**
 * The HTTP status of each code. The same codes travel in the socket's `error` messages; those that only sockets use
 * have the status of the same meaning.
 */
export const STATUS = {
  INVIGIL_ERR_VALIDATION: 400,
  INVIGIL_ERR_BODY: 400,
  INVIGIL_ERR_ENCODING: 400,
  INVIGIL_ERR_NOT_FOUND: 404,
  INVIGIL_ERR_METHOD: 405,
  INVIGIL_ERR_TOO_LARGE: 413,
  INVIGIL_ERR_MEDIA_TYPE: 415,
  INVIGIL_ERR_UPGRADE_REQUIRED: 426,
  INVIGIL_ERR_TOO_MANY_REQUESTS: 429,
  INVIGIL_ERR_TOO_MANY_AT_ONCE: 429,
  INVIGIL_ERR_INTERNAL: 500,
  INVIGIL_ERR_UNAVAILABLE: 503,
  INVIGIL_ERR_BUSY: 503,
  INVIGIL_ERR_DRAINING: 503,

  INVIGIL_ERR_TOKEN_MISSING: 401,
  INVIGIL_ERR_TOKEN_INVALID: 401,
  INVIGIL_ERR_TOKEN_EXPIRED: 401,
  INVIGIL_ERR_TOKEN_REVOKED: 401,
  INVIGIL_ERR_REFRESH_INVALID: 401,
  INVIGIL_ERR_REFRESH_REUSED: 401,
  INVIGIL_ERR_CROSS_SITE: 403,
  INVIGIL_ERR_LOGIN_FAILED: 401,
  INVIGIL_ERR_LOGIN_ATTEMPTS: 429,
  INVIGIL_ERR_LOGIN_OVERTAKEN: 409,
  INVIGIL_ERR_LOGIN_UNKNOWN: 404,
  INVIGIL_ERR_PASSWORD_LINK: 403,
  INVIGIL_ERR_PASSWORD_SHORT: 422,
  INVIGIL_ERR_PASSWORD_LONG: 422,
  INVIGIL_ERR_PASSWORD_CHARACTERS: 422,
  INVIGIL_ERR_PASSWORD_COMMON: 422,
  INVIGIL_ERR_PASSWORD_PERSONAL: 422,
  INVIGIL_ERR_PASSWORD_WRONG: 403,
  INVIGIL_ERR_SIGNUP_OFF: 403,
  INVIGIL_ERR_INVITATION_MISSING: 403,
  INVIGIL_ERR_INVITATION_INVALID: 403,
  INVIGIL_ERR_INVITATION_UNKNOWN: 404,
  INVIGIL_ERR_INVITATIONS_FULL: 409,
  INVIGIL_ERR_ACCOUNT_DISABLED: 403,
  INVIGIL_ERR_FORBIDDEN: 403,
  INVIGIL_ERR_NOT_YOURS: 403,

  INVIGIL_ERR_EMAIL_TAKEN: 409,
  INVIGIL_ERR_USER_UNKNOWN: 404,
  INVIGIL_ERR_FACE_MISSING: 422,
  INVIGIL_ERR_FACE_MULTIPLE: 422,
  INVIGIL_ERR_FACE_CUT_OFF: 422,
  INVIGIL_ERR_FACE_TOO_SMALL: 422,
  INVIGIL_ERR_FACE_NOT_FRONTAL: 422,
  INVIGIL_ERR_FACE_TOO_DARK: 422,
  INVIGIL_ERR_FACE_TOO_BRIGHT: 422,
  INVIGIL_ERR_FACE_UNEVEN_LIGHT: 422,
  INVIGIL_ERR_FACE_BLURRED: 422,
  INVIGIL_ERR_FACE_EYES_CLOSED: 422,
  INVIGIL_ERR_FACE_DIFFERENT: 422,
  INVIGIL_ERR_FACE_IN_USE: 409,
  INVIGIL_ERR_FACE_NONE: 409,
  INVIGIL_ERR_FACE_NOT_LIVE: 409,
  INVIGIL_ERR_FACE_CHALLENGE_GONE: 410,
  INVIGIL_ERR_FACE_CHALLENGE_FAILED: 422,
  INVIGIL_ERR_FACE_LOGIN_FAILED: 401,

  INVIGIL_ERR_SESSION_NONE: 404,
  INVIGIL_ERR_SESSION_UNKNOWN: 404,
  INVIGIL_ERR_SESSION_NOT_ACTIVE: 409,
  INVIGIL_ERR_SESSION_NOT_PAUSED: 409,
  INVIGIL_ERR_SESSION_PAUSED: 409,
  INVIGIL_ERR_SESSION_ENDED: 409,
  INVIGIL_ERR_INCIDENT_UNKNOWN: 404,
  INVIGIL_ERR_REVIEW_TAKEN: 409,
  INVIGIL_ERR_REVIEW_UNCLAIMED: 409,
  INVIGIL_ERR_REVIEW_DECIDED: 409,
  INVIGIL_ERR_REVIEW_STATE: 409,
  INVIGIL_ERR_REVIEW_UNOPENED: 409,
  INVIGIL_ERR_REVIEW_SECOND: 409,
  INVIGIL_ERR_REVIEW_ADMIN: 409,
  INVIGIL_ERR_REVIEW_UNCONFIRMED: 409,
  INVIGIL_ERR_REVIEW_SAMPLE: 409,
  INVIGIL_ERR_DISMISSAL_UNKNOWN: 404,
  INVIGIL_ERR_DISMISSAL_CONFIRMED: 409,
  INVIGIL_ERR_DISMISSAL_EMPTY: 409,
  INVIGIL_ERR_REASON_SHORT: 422,
  INVIGIL_ERR_SESSION_RUNS: 409,
  INVIGIL_ERR_REPORT_EARLY: 409,
  INVIGIL_ERR_REPORT_UNKNOWN: 404,
  INVIGIL_ERR_REPORTS_FULL: 409,
  INVIGIL_ERR_REPORT_GONE: 410,
  INVIGIL_ERR_REPORT_FAILED: 503,
  INVIGIL_ERR_APPEAL_NONE: 404,
  INVIGIL_ERR_APPEAL_EXISTS: 409,
  INVIGIL_ERR_APPEAL_EARLY: 409,
  INVIGIL_ERR_APPEAL_LATE: 409,
  INVIGIL_ERR_APPEAL_FIRST_REVIEWER: 409,
  INVIGIL_ERR_APPEAL_STATE: 409,
  INVIGIL_ERR_COMMENTS_FULL: 409,
  INVIGIL_ERR_EVIDENCE_UNKNOWN: 404,
  INVIGIL_ERR_CONSENT_STALE: 409,
  INVIGIL_ERR_CONSENT_NONE: 404,
  INVIGIL_ERR_CONSENT_NEEDED: 409,
  INVIGIL_ERR_WEBHOOK_UNKNOWN: 404,
  INVIGIL_ERR_WEBHOOK_ADDRESS: 422,
  INVIGIL_ERR_WEBHOOKS_FULL: 409,
  INVIGIL_ERR_DELIVERY_UNKNOWN: 404,
  INVIGIL_ERR_MESSAGES_FULL: 409,
  INVIGIL_ERR_MESSAGES_FAST: 429,
  INVIGIL_ERR_KEY_USED: 409,
  INVIGIL_ERR_SELF: 409,
  INVIGIL_ERR_LEGAL_HOLD: 409,
  INVIGIL_ERR_HOLD_UNKNOWN: 404,
  INVIGIL_ERR_HOLD_RELEASED: 409,

  INVIGIL_ERR_EXAM_UNKNOWN: 404,
  INVIGIL_ERR_EXAM_STATE: 409,
  INVIGIL_ERR_EXAM_EMPTY: 409,
  INVIGIL_ERR_EXAM_USED: 409,
  INVIGIL_ERR_CORRECTION_SAME: 409,
  INVIGIL_ERR_EXAM_CLOSED: 409,
  INVIGIL_ERR_EXAM_OTHER_OPEN: 409,
  INVIGIL_ERR_ATTEMPTS_EXHAUSTED: 409,
  INVIGIL_ERR_ATTEMPT_UNKNOWN: 404,
  INVIGIL_ERR_ATTEMPT_SUBMITTED: 409,
  INVIGIL_ERR_ATTEMPT_OPEN: 409,
  INVIGIL_ERR_ATTEMPT_UNWATCHED: 409,
  INVIGIL_ERR_BREAK_REFUSED: 409,
  INVIGIL_ERR_BREAK_NONE: 409,
  INVIGIL_ERR_NOT_SEEN: 409,
  INVIGIL_ERR_TERMINATED: 409,
  INVIGIL_ERR_NOT_TERMINATED: 409,
  INVIGIL_ERR_TIME_OVER: 409,
  INVIGIL_ERR_CANDIDATE_BUSY: 409,
  INVIGIL_ERR_PREFLIGHT_MISSING: 409,
  INVIGIL_ERR_IDENTITY_NEEDED: 409,
  INVIGIL_ERR_QUESTION_UNKNOWN: 404,
  INVIGIL_ERR_QUESTIONS_MISMATCH: 409,
  INVIGIL_ERR_IMPORT_PROBLEMS: 422,
  INVIGIL_ERR_ANSWER_INVALID: 422,
  INVIGIL_ERR_NUMBER_AMBIGUOUS: 422,
  INVIGIL_ERR_ANSWER_STALE: 409,
  INVIGIL_ERR_ANSWER_CONFLICT: 409,
  INVIGIL_ERR_POINTS_INVALID: 422,
  INVIGIL_ERR_RESULT_UNRELEASED: 409,
  INVIGIL_ERR_RESULT_RELEASED: 409,

  INVIGIL_ERR_CONFLICT: 409,
  INVIGIL_ERR_QUOTA: 409,
  INVIGIL_ERR_DATABASE: 503,
  INVIGIL_ERR_OUTCOME_UNKNOWN: 503,

  INVIGIL_ERR_IMAGE_EMPTY: 400,
  INVIGIL_ERR_IMAGE_INVALID: 422,
  INVIGIL_ERR_IMAGE_TOO_LARGE: 413,
  INVIGIL_ERR_MEDIA_UNSUPPORTED: 415,
  INVIGIL_ERR_MEDIA_INVALID: 422,
  INVIGIL_ERR_MEDIA_TOO_LONG: 413,
  INVIGIL_ERR_MODEL_UNSUPPORTED: 503,
  INVIGIL_ERR_MODEL_MISSING: 503,
  INVIGIL_ERR_MODEL_CORRUPT: 503,
  INVIGIL_ERR_WORKER_LOST: 503,
  INVIGIL_ERR_OVERLOADED: 503,
  INVIGIL_ERR_SOURCE_SUSPENDED: 429,

  INVIGIL_ERR_LINK_INVALID: 403,
  INVIGIL_ERR_LINK_EXPIRED: 403,
  INVIGIL_ERR_RANGE: 416,
  INVIGIL_ERR_MEDIA_GONE: 410,
  INVIGIL_ERR_MEDIA_DAMAGED: 500,
  INVIGIL_ERR_STORAGE: 503,
  INVIGIL_ERR_RECORDING_UNKNOWN: 404,
  INVIGIL_ERR_RECORDING_UNFINISHED: 409,
  INVIGIL_ERR_RECORDING_FAILED: 409,
  INVIGIL_ERR_RECORDING_SCREEN: 409,
  INVIGIL_ERR_SCREEN_POLICY: 422,

  INVIGIL_ERR_MESSAGE_INVALID: 400,
  INVIGIL_ERR_MESSAGE_TOO_LARGE: 413,
  INVIGIL_ERR_FRAME_TOO_LARGE: 413,
  INVIGIL_ERR_FRAME_BASE64: 400,
  INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED: 400,
  INVIGIL_ERR_FRAME_KIND_UNSUPPORTED: 415,
  INVIGIL_ERR_FRAME_FAILED: 503,
  INVIGIL_ERR_VIDEO_INVALID: 422,
  INVIGIL_ERR_SCREEN_INVALID: 422,
  INVIGIL_ERR_SCREEN_UNWANTED: 409,
  INVIGIL_ERR_EVENT_UNKNOWN: 400,
  INVIGIL_ERR_EVENTS_FULL: 409,
  INVIGIL_ERR_CURSOR_INVALID: 400,
  INVIGIL_ERR_TOO_FAST: 429,
  INVIGIL_ERR_SLOW_READER: 429,
  INVIGIL_ERR_SILENT: 408,
  INVIGIL_ERR_REPLACED: 409
} as const satisfies Record<ErrorCode, number>

const CONSTRUCTORS = new Map(
  Object.entries(STATUS).map(([code, status]) => [code, createError(code, en.errors[code as ErrorCode], status)])
)

/** An error that is sent to the client. Its `message` is English, for the log only. */
export interface CodedError extends FastifyError {
  readonly code: ErrorCode
  readonly statusCode: number
  /** Key of the text, if it is not the text of the code. */
  readonly text?: TextKey
  /** Values for the localized text. */
  readonly values?: TextValues
  /** JSON that is sent with the error. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Problems of fields, translated when the response is made. */
  readonly fields?: readonly FieldProblem[]
}

interface About {
  readonly text?: TextKey
  readonly values?: TextValues
  readonly details?: Readonly<Record<string, unknown>>
  readonly fields?: readonly FieldProblem[]
  /** For the log only. */
  readonly cause?: unknown
}

/** Creates the error with this code: `throw refuse('INVIGIL_ERR_FORBIDDEN')`. */
export function refuse (code: ErrorCode, about: About = {}): CodedError {
  const Constructor = CONSTRUCTORS.get(code)!
  const error = new Constructor()
  if (about.values !== undefined || about.text !== undefined) {
    error.message = translate('en', about.text ?? `errors.${code}`, about.values)
  }
  return Object.assign(error, { ...about, code, statusCode: STATUS[code] })
}

export function isErrorCode (code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(STATUS, code)
}

/** The body of every error response. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Returns the error body in the client's language. A 5xx has only the code, the text and `retryAfterSeconds`. */
export function toBody (error: CodedError, language: Language): ErrorBody {
  const message = translate(language, error.text ?? `errors.${error.code}`, error.values)
  if (error.statusCode >= 500) {
    const retryAfterSeconds = error.details?.['retryAfterSeconds']
    return { code: error.code, message, ...(retryAfterSeconds !== undefined && { details: { retryAfterSeconds } }) }
  }
  const fields = error.fields?.map(({ field, problem, values }) => ({
    field,
    problem: translate(language, `validation.${problem}`, values)
  }))
  const details = { ...error.details, ...defined({ fields }) }
  return { code: error.code, message, ...(Object.keys(details).length > 0 && { details }) }
}

export interface FieldProblem {
  readonly field: string
  readonly problem: keyof Texts['validation']
  readonly values?: TextValues
}

/** One validation error of Ajv. */
interface Complaint {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Converts anything thrown to a coded error: errors of this code, the database, Fastify and its plugins. */
export function toCoded (error: unknown): CodedError {
  if (!(error instanceof Error)) return refuse('INVIGIL_ERR_INTERNAL', { cause: error })
  const { code, statusCode, validation } = error as Partial<FastifyError> & {
    readonly validation?: readonly Complaint[]
  }
  if (isErrorCode(code)) {
    if (statusCode !== undefined) return error as CodedError
    const details =
      'retryAfterSeconds' in error && error.retryAfterSeconds !== undefined
        ? { retryAfterSeconds: error.retryAfterSeconds }
        : undefined
    return refuse(code, { cause: error, ...defined({ details }) })
  }
  if (error.name === 'DatabaseError') {
    if (code === 'unique' || code === 'missing') return refuse('INVIGIL_ERR_CONFLICT', { cause: error })
    if (code === 'invalid') return refuse('INVIGIL_ERR_VALIDATION', { cause: error })
    // The account has too many waiting queries; the database itself works.
    if ('engineCode' in error && error.engineCode === 'LANE_FULL') {
      return refuse('INVIGIL_ERR_TOO_MANY_REQUESTS', {
        values: { seconds: 1 },
        details: { retryAfterSeconds: 1 },
        cause: error
      })
    }
    // Nothing of it is stored: a smaller one can be.
    if ('engineCode' in error && error.engineCode === 'ER_NET_PACKET_TOO_LARGE') {
      return refuse('INVIGIL_ERR_TOO_LARGE', { cause: error })
    }
    if ('engineCode' in error && error.engineCode === 'OUTCOME_UNKNOWN') {
      return refuse('INVIGIL_ERR_OUTCOME_UNKNOWN', { cause: error })
    }
    return refuse(code === 'unavailable' ? 'INVIGIL_ERR_DATABASE' : 'INVIGIL_ERR_INTERNAL', { cause: error })
  }
  if (validation !== undefined) {
    return refuse('INVIGIL_ERR_VALIDATION', { fields: fieldProblems(validation), cause: error })
  }
  switch (statusCode) {
    case 404: return refuse('INVIGIL_ERR_NOT_FOUND', { cause: error })
    case 406: return refuse('INVIGIL_ERR_MEDIA_TYPE', { cause: error })
    case 413: return refuse('INVIGIL_ERR_TOO_LARGE', { cause: error })
    case 415: return refuse('INVIGIL_ERR_MEDIA_TYPE', { cause: error })
    case 503: return refuse('INVIGIL_ERR_UNAVAILABLE', { cause: error })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return refuse('INVIGIL_ERR_BODY', { cause: error })
  }
  return refuse('INVIGIL_ERR_INTERNAL', { cause: error })
}

/** Fields named in one answer; a body can hold any number of wrong ones. */
const FIELDS_MAX = 20

function fieldProblems (complaints: readonly Complaint[]): FieldProblem[] {
  return complaints.slice(0, FIELDS_MAX).map(({ keyword, instancePath, params }) => {
    const field = instancePath.slice(1).replaceAll('/', '.')
    const inside = (name: unknown): string => field === '' ? String(name) : `${field}.${String(name)}`
    const whole = field === '' ? 'body' : field
    const limit = Number(params['limit'])
    switch (keyword) {
      case 'required':
        return { field: inside(params['missingProperty']), problem: 'required' }
      case 'additionalProperties':
        return { field: inside(params['additionalProperty']), problem: 'unknown' }
      case 'type':
        return { field: whole, problem: 'type', values: { type: String(params['type']) } }
      case 'format':
        return { field: whole, problem: 'format', values: { format: String(params['format']) } }
      case 'enum':
        return { field: whole, problem: 'enum', values: { values: [params['allowedValues']].flat().join(', ') } }
      case 'minLength':
      case 'maxLength':
      case 'minimum':
      case 'maximum':
        return { field: whole, problem: keyword, values: { limit } }
      case 'pattern':
        return { field: whole, problem: 'pattern' }
      default:
        return { field: whole, problem: 'other' }
    }
  })
}
