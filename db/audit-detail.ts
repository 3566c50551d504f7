import { foldForSearch } from './fold.ts'

/** Who is to be erased. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
}

type Detail = Readonly<Record<string, unknown>>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Texts that the program itself writes into the audit log. Every other text may have been typed by a user. */
const OWN_WORDS = new Set([
  'student',
  'teacher',
  'admin',
  'Low',
  'Medium',
  'High',
  'csv',
  'json',
  'command line',
  'SEED_DEMO',
  'none',
  'warn',
  'ask',
  'terminate',
  'seen',
  'flagged',
  'not_relevant',
  'clear',
  'concern',
  'technical',
  'open',
  'under_review',
  'dismissed',
  'confirmed',
  'upheld',
  'overturned',
  'first',
  'second',
  'final',
  'recording',
  'records',
  'face',
  'consent',
  'audit'
])

/**
 * Keys that the program itself writes. The keys of other objects (counts by kind, flags by rule) may be names of a
 * page's own.
 */
const OWN_KEYS = new Set([
  'role',
  'was',
  'from',
  'format',
  'userId',
  'userIds',
  'sessionId',
  'attemptId',
  'examId',
  'questionId',
  'eventId',
  'messageId',
  'state',
  'granted',
  'sessions',
  'id',
  'ids',
  'sampleIds',
  'belowMs',
  'auditId',
  'events',
  'removed',
  'pictures',
  'points',
  'pointsMax',
  'riskLevel',
  'riskScore',
  'trustScore',
  'complianceScore',
  'seenPercent',
  'policyVersion',
  'version',
  'fromMs',
  'toMs',
  'atMs',
  'attempts',
  'changed',
  'regraded',
  'correctionId',
  'regradesManual',
  'invitationId',
  'usesMax',
  'expiresAtMs',
  'own',
  'decision',
  'step',
  'incidents',
  'isWithoutEvidence',
  'holdId',
  'class',
  'days',
  'count'
])

/**
 * An entry's detail without texts. Ids, numbers and the program's own words stay, so the log still says which action
 * was done to which object.
 */
export function withoutTexts (detail: Detail): Detail {
  return Object.fromEntries(Object.entries(detail).flatMap(([key, value]) => {
    if (!OWN_KEYS.has(key)) return []
    if (Array.isArray(value)) return [[key, value.filter(isKept)]]
    return isKept(value) ? [[key, value]] : []
  }))
}

function isKept (value: unknown): boolean {
  if (typeof value === 'string') return UUID.test(value) || OWN_WORDS.has(value)
  return value === null || typeof value === 'number' || typeof value === 'boolean'
}

/** Names shorter than this stand in too many words to be looked for. */
const NAME_CHARS_MIN = 3

/** Whether an entry's detail names the person: by id, by e-mail address, or by all words of the name in any order. */
export function mentions (detail: Detail, { id, name, email }: Person): boolean {
  const text = JSON.stringify(detail)
  if (text.includes(id)) return true
  const folded = foldForSearch(textsOf(detail).join('\n'))
  if (folded === '') return false
  if (folded.includes(foldForSearch(email))) return true
  const words = foldForSearch(name).split(/[^\p{L}\p{M}\p{N}]+/u).filter(word => word !== '')
  if (words.join('').length < NAME_CHARS_MIN) return false
  const present = new Set(folded.split(/[^\p{L}\p{M}\p{N}]+/u))
  return words.every(word => present.has(word))
}

/** Every text in it, keys included: own kinds of events stand there. */
function textsOf (value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)])
}
