/** The words between candidates and staff as sockets and REST send them, and the messages that carry them. */
import { Type } from 'typebox'
import type {
  Acknowledgement, AcknowledgementState, MessageDirection, MessageKind, Session, ThreadRow
} from '../../db/index.ts'

/** Characters of one message. */
export const TEXT_CHARS_MAX = 500

export const ACKNOWLEDGEMENT_STATES = [
  'seen', 'flagged', 'not_relevant'
] as const satisfies readonly AcknowledgementState[]

/** A message of a thread. Times are ISO 8601. */
export interface ThreadMessage {
  readonly id: string
  readonly sessionId: string
  readonly direction: MessageDirection
  readonly kind: MessageKind
  /** The key of the ready-made sentence that `text` was made from. */
  readonly canned?: string
  readonly text: string
  /** `name` is null after the account was erased. */
  readonly by: { readonly id: string, readonly name: string | null }
  /** As the author's client sent it. */
  readonly clientId?: string
  readonly createdAt: string
  /** When the receiving page confirmed it. */
  readonly deliveredAt: string | null
  /** When a person saw it. */
  readonly seenAt: string | null
}

export function threadMessage (row: ThreadRow): ThreadMessage {
  const { id, sessionId, direction, kind, canned, text, authorId, authorName, clientId } = row
  return {
    id,
    sessionId,
    direction,
    kind,
    ...(canned !== null && { canned }),
    text,
    by: { id: authorId, name: authorName },
    ...(clientId !== null && { clientId }),
    createdAt: iso(row.createdAtMs),
    deliveredAt: row.deliveredAtMs === null ? null : iso(row.deliveredAtMs),
    seenAt: row.seenAtMs === null ? null : iso(row.seenAtMs)
  }
}

/** What staff said of an incident. */
export interface AcknowledgementView {
  readonly eventId: string
  readonly sessionId: string
  readonly state: AcknowledgementState
  readonly note: string | null
  readonly by: { readonly id: string, readonly name: string | null }
  /** ISO 8601. */
  readonly at: string
}

export function acknowledgementView ({ by, byName, atMs, ...row }: Acknowledgement): AcknowledgementView {
  return { ...row, by: { id: by, name: byName }, at: iso(atMs) }
}

/** What the candidate asks staff for; null: nothing. */
export interface CandidateRequests {
  readonly handRaisedAt: string | null
  readonly breakAskedAt: string | null
}

export function candidateRequests (
  { handRaisedAtMs, breakAskedAtMs }: Pick<Session, 'handRaisedAtMs' | 'breakAskedAtMs'>
): CandidateRequests {
  return {
    handRaisedAt: handRaisedAtMs === null ? null : iso(handRaisedAtMs),
    breakAskedAt: breakAskedAtMs === null ? null : iso(breakAskedAtMs)
  }
}

export function hasRequests ({ handRaisedAt, breakAskedAt }: CandidateRequests): boolean {
  return handRaisedAt !== null || breakAskedAt !== null
}

/** A message of the thread, for the candidate's page. Notices of the system have no `id` and are not stored. */
export interface CandidateThreadReply {
  readonly type: 'message'
  /** Empty after the author's account was erased. */
  readonly from: string
  readonly text: string
  readonly level: 'info' | 'warning'
  readonly id?: string
  readonly kind?: MessageKind
  readonly canned?: string
  readonly at?: string
}

export function candidateReply (row: ThreadRow): CandidateThreadReply {
  return {
    type: 'message',
    from: row.authorName ?? '',
    text: row.text,
    level: row.kind === 'warning' ? 'warning' : 'info',
    id: row.id,
    kind: row.kind,
    ...(row.canned !== null && { canned: row.canned }),
    at: iso(row.createdAtMs)
  }
}

export const iso = (ms: number): string => new Date(ms).toISOString()

const closed = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' })
/** Messages that one confirmation names. */
export const CONFIRMED_MAX = 100
const Ids = Type.Array(Id, { minItems: 1, maxItems: CONFIRMED_MAX })
const Ref = Type.Optional(Type.String({ maxLength: 64 }))
const Words = Type.String({ minLength: 1, maxLength: TEXT_CHARS_MAX, pattern: '\\S' })
const Reason = Type.Optional(Type.String({ maxLength: 200 }))
export const Canned = Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9._-]+$' }))
export const ClientId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[!-~]+$' })

/** What a candidate's page sends of its thread and requests. */
export const CANDIDATE_THREAD_SCHEMAS = [
  Type.Object(
    { type: Type.Literal('message'), text: Words, clientId: ClientId, canned: Canned },
    closed
  ),
  Type.Object({ type: Type.Literal('received'), messageIds: Ids }, closed),
  Type.Object({ type: Type.Literal('seen'), messageIds: Ids }, closed),
  Type.Object({ type: Type.Literal('hand'), raised: Type.Boolean() }, closed),
  Type.Object({ type: Type.Literal('break'), asked: Type.Boolean(), reason: Reason }, closed)
] as const

/** What a monitor sends of threads, requests, incidents and its own presence. */
export const MONITOR_THREAD_SCHEMAS = [
  Type.Object({ type: Type.Literal('seen'), sessionId: Id, messageIds: Ids, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('hand'), sessionId: Id, raised: Type.Literal(false), ref: Ref }, closed),
  Type.Object(
    { type: Type.Literal('break'), sessionId: Id, granted: Type.Boolean(), text: Reason, ref: Ref },
    closed
  ),
  Type.Object(
    {
      type: Type.Literal('acknowledge'),
      sessionId: Id,
      eventId: Id,
      state: Type.Union(ACKNOWLEDGEMENT_STATES.map(state => Type.Literal(state))),
      note: Type.Optional(Type.String({ maxLength: TEXT_CHARS_MAX })),
      ref: Ref
    },
    closed
  )
] as const
