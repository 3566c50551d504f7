import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { defined } from '../../lib/defined.ts'
import type { SessionState } from '../../db/index.ts'
import { CORNERS, type Calibrated, type Corner } from '../../detection/events/calibration.ts'
import type { RiskLevel } from '../../detection/events/score.ts'
import type { Direction, EventClass, EventKind, Phase, Severity } from '../../detection/types.ts'
import { readBase64, readBinary, withinLivePixels, type Chunk, type Frame, type ScreenChunk, type Sound } from './media-frame.ts'
import { refusal, type Refusal } from './error-message.ts'
import { unstorable } from '../stored-text.ts'
import {
  Canned, CANDIDATE_THREAD_SCHEMAS, MONITOR_THREAD_SCHEMAS, type AcknowledgementView, type CandidateRequests,
  type CandidateThreadReply, type ThreadMessage
} from './thread.ts'

/** The kinds that a candidate's page may report. Kinds that the server measures itself are not accepted. */
export const PAGE_EVENT_KINDS = [
  'tab_switch', 'window_blur', 'fullscreen_exit', 'copy', 'paste', 'print', 'context_menu', 'second_screen', 'devtools',
  'camera_off', 'microphone_off', 'screen_share_stopped'
] as const satisfies readonly EventKind[]
export type { RiskLevel, SessionState }
export type PageEventKind = typeof PAGE_EVENT_KINDS[number]

/** Fields of messages that contain ids. */
const ID_FIELDS: ReadonlySet<string> = new Set([
  'after', 'exams', 'sessions', 'sessionId', 'eventId', 'messageIds'
])

/** A UUID in its usual form: event ids are the cursors. */
const Id = Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' })
/** Milliseconds since the epoch, or ISO 8601. */
const Time = Type.Union([Type.Number({ minimum: 0 }), Type.String({ maxLength: 40 })])
const Ref = Type.Optional(Type.String({ maxLength: 64 }))
const closed = { additionalProperties: false } as const

const CandidateSchema = Type.Union([
  Type.Object(
    {
      type: Type.Literal('frame'),
      data: Type.String(),
      capturedAt: Type.Optional(Time),
      seq: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
    },
    closed
  ),
  Type.Object(
    {
      type: Type.Literal('event'),
      event: Type.String({ maxLength: 40 }),
      at: Type.Optional(Time),
      phase: Type.Optional(Type.Union([Type.Literal('start'), Type.Literal('end'), Type.Literal('instant')])),
      detail: Type.Optional(
        Type.Record(
          Type.String({ maxLength: 40 }),
          Type.Union([Type.String({ maxLength: 200 }), Type.Number(), Type.Boolean(), Type.Null()]),
          { maxProperties: 8 }
        )
      )
    },
    closed
  ),
  Type.Object({ type: Type.Literal('resume'), after: Type.Optional(Id) }, closed),
  Type.Object(
    {
      type: Type.Literal('calibrate'),
      corner: Type.Union([...CORNERS, 'done' as const].map(corner => Type.Literal(corner))),
      at: Type.Optional(Time)
    },
    closed
  ),
  ...CANDIDATE_THREAD_SCHEMAS
])

const Scope = {
  exams: Type.Optional(Type.Array(Id, { maxItems: 200 })),
  sessions: Type.Optional(Type.Array(Id, { maxItems: 1000 })),
  all: Type.Optional(Type.Boolean())
}
const Text = Type.String({ minLength: 1, maxLength: 500 })
const Reason = Type.Optional(Type.String({ maxLength: 200 }))

const MonitorSchema = Type.Union([
  Type.Object({ type: Type.Literal('subscribe'), ...Scope, after: Type.Optional(Id), ref: Ref }, closed),
  Type.Object({ type: Type.Literal('unsubscribe'), ...Scope, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('warn'), sessionId: Id, text: Text, canned: Canned, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('message'), sessionId: Id, text: Text, canned: Canned, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('pause'), sessionId: Id, text: Reason, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('resume'), sessionId: Id, text: Reason, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('terminate'), sessionId: Id, text: Reason, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('flag'), sessionId: Id, eventId: Type.Optional(Id), text: Reason, ref: Ref }, closed),
  Type.Object({ type: Type.Literal('looking'), sessionId: Type.Union([Id, Type.Null()]), ref: Ref }, closed),
  ...MONITOR_THREAD_SCHEMAS
])
export type MonitorMessage = Static<typeof MonitorSchema>
/** A monitor's message that acts on one session. */
export type StaffAction = Exclude<MonitorMessage, { type: 'subscribe' | 'unsubscribe' | 'looking' }>
/** What a candidate's page sends of its thread and its requests. */
export type CandidateThreadMessage = Static<(typeof CANDIDATE_THREAD_SCHEMAS)[number]>

const candidateSchema = Compile(CandidateSchema)
const monitorSchema = Compile(MonitorSchema)

export interface PageEvent {
  readonly type: 'event'
  readonly kind: PageEventKind
  readonly phase: Phase
  readonly atMs?: number
  readonly detail: Readonly<Record<string, unknown>>
}

export interface Resume {
  readonly type: 'resume'
  /** Absent for all stored events of this session. */
  readonly after?: string
}

export interface Calibrate {
  readonly type: 'calibrate'
  /**
   * The corner of the screen that the candidate is asked to look at from `atMs` on; `done` ends the last corner.
   */
  readonly corner: Corner | 'done'
  readonly atMs?: number
}

/** Parses one message of a candidate. Text that starts with a brace is JSON, other text is a picture in base64. */
export function readCandidate (
  data: Uint8Array,
  isBinary: boolean,
  limits: { readonly messageCharsMax: number, readonly frameBytesMax: number }
): Frame | Chunk | Sound | ScreenChunk | PageEvent | Resume | Calibrate | CandidateThreadMessage | Refusal {
  const read = isBinary
    ? readBinary(data)
    : readText(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString(), limits.messageCharsMax)
  if ((read.type === 'frame' || read.type === 'chunk' || read.type === 'screen') && read.bytes.length > limits.frameBytesMax) {
    return refusal('INVIGIL_ERR_FRAME_TOO_LARGE', { seq: read.seq })
  }
  return read.type === 'frame' ? withinLivePixels(read) : read
}

function readText (
  text: string,
  messageCharsMax: number
): Frame | PageEvent | Resume | Calibrate | CandidateThreadMessage | Refusal {
  if (!/^\s*\{/.test(text)) return readBase64(text)
  const message = text.length <= messageCharsMax || isFlat(text) ? json(text) : undefined
  if (!candidateSchema.Check(message)) return refusal('INVIGIL_ERR_MESSAGE_INVALID')
  if (message.type === 'frame') {
    const capturedAtMs = time(message.capturedAt)
    return readBase64(message.data, { seq: message.seq, capturedAtMs })
  }
  if (text.length > messageCharsMax) {
    return refusal('INVIGIL_ERR_MESSAGE_INVALID', {
      message: `A control message has at most ${messageCharsMax} characters`
    })
  }
  if (message.type === 'resume') return withLowerIds(message)
  if (
    message.type === 'message' ||
    message.type === 'received' ||
    message.type === 'seen' ||
    message.type === 'hand' ||
    message.type === 'break'
  ) {
    return unstorable(message) === undefined ? withLowerIds(message) : refusal('INVIGIL_ERR_MESSAGE_INVALID')
  }
  const atMs = time(message.at)
  if (message.type === 'calibrate') {
    return { type: 'calibrate', corner: message.corner, ...defined({ atMs }) }
  }
  const kind = PAGE_EVENT_KINDS.find(kind => kind === message.event)
  if (kind === undefined) {
    return refusal('INVIGIL_ERR_EVENT_UNKNOWN', { message: `The page may raise only ${PAGE_EVENT_KINDS.join(', ')}` })
  }
  return { type: 'event', kind, phase: message.phase ?? 'instant', detail: message.detail ?? {}, ...defined({ atMs }) }
}

/** Parses one message of a monitor; undefined if it does not match the protocol. */
export function readMonitor (text: string, messageCharsMax: number): MonitorMessage | undefined {
  if (text.length > messageCharsMax) return undefined
  const message = json(text)
  return monitorSchema.Check(message) && unstorable(message) === undefined ? withLowerIds(message) : undefined
}

/** Returns the message with its ids in lower case, as they are stored. */
function withLowerIds<Message extends object> (message: Message): Message {
  const lower = (value: unknown): unknown =>
    typeof value === 'string' ? value.toLowerCase() : Array.isArray(value) ? value.map(lower) : value
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, ID_FIELDS.has(name) ? lower(value) : value])
  ) as Message
}

function json (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Most quotation marks in a frame's JSON: four members, each with a quoted name and perhaps a quoted value. */
const QUOTES_MAX = 16

/**
 * Whether a long text can be a frame: one flat object with a few members. Other long texts are not parsed: five
 * megabytes of brackets block the event loop for half a second.
 */
function isFlat (text: string): boolean {
  if (text.includes('[') || text.includes('{', text.indexOf('{') + 1)) return false
  let quotes = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    if (++quotes > QUOTES_MAX) return false
  }
  return true
}

/** Parses a time; undefined if it is invalid, so that the server's clock is used. */
function time (value: number | string | undefined): number | undefined {
  const atMs = typeof value === 'string' ? Date.parse(value) : value
  return atMs === undefined || !Number.isFinite(atMs) ? undefined : atMs
}

/** An event, as both kinds of socket send it. */
export interface LogEntry {
  /** What happened, in the reader's language. */
  readonly event: string
  /** ISO 8601 with milliseconds. */
  readonly time: string
  readonly id: string
  readonly sessionId: string
  readonly kind: string
  readonly phase: Phase
  readonly incident: number
  readonly class: EventClass
  readonly severity: Severity
  readonly durationMs?: number
  /** For staff only: the user, the weight in the risk score, and the reason. */
  readonly userId?: string
  readonly weight?: number
  readonly detail?: Readonly<Record<string, unknown>>
}

export interface LogsMessage {
  readonly type: 'logs'
  readonly data: readonly LogEntry[]
  /** True only after the commit. Rows sent with false are sent again with true, under the same id. */
  readonly stored: boolean
  /** True for events stored before this connection requested them. */
  readonly replay?: true
}

/** x, y, width, height as shares of the picture's width and height. */
export type ShareBox = readonly [number, number, number, number]

/** The result of one analyzed frame, for the candidate's own page. An absent list was not detected in this frame. */
export interface Overlay {
  /** Largest first; `direction` as seen in the picture. */
  readonly faces: ReadonlyArray<{ readonly box: ShareBox, readonly direction: Direction }>
  readonly hands?: number
  readonly persons?: number
  readonly objects?: ReadonlyArray<{ readonly label: string, readonly box: ShareBox }>
  readonly brightness: number
}

export type CandidateReply =
  | LogsMessage
  | {
    readonly type: 'rate'
    readonly fps: number
    readonly width: number
    /** The screen is recorded: at most so much of it. Absent: it is not, and frames of it are refused. */
    readonly screen?: { readonly fps: number, readonly width: number }
  }
  /** `by` and `reason` only with a change that has just been made. */
  | {
    readonly type: 'status'
    readonly state: SessionState
    readonly sessionId: string
    readonly reason?: string
    readonly by?: ActorRole
  }
  | CandidateThreadReply
  /** A message that the candidate wrote is stored; sent again when staff have seen it. */
  | { readonly type: 'sent', readonly message: ThreadMessage }
  /** What the candidate asks staff for, after a change. */
  | ({ readonly type: 'requests' } & CandidateRequests)
  /** Requests a key frame, because the video cannot be decoded without one: that of the camera or `of` the screen. */
  | { readonly type: 'keyframe', readonly of?: 'screen' }
  | {
    readonly type: 'ack'
    readonly seq: number
    readonly dropped: number
    readonly seen?: Overlay
    readonly cause?: 'stale'
  }
  /** How a calibration ended. */
  | ({ readonly type: 'calibrated' } & Calibrated)
  | Refusal

/** Who changed a session's state, to its candidate: a role and no name. */
export type ActorRole = 'candidate' | 'staff' | 'system'

export const actorRole = (by: string, candidateId: string): ActorRole =>
  by === candidateId ? 'candidate' : by === 'system' ? 'system' : 'staff'

export interface SessionReport {
  readonly type: 'session'
  readonly sessionId: string
  readonly userId: string
  readonly name: string
  readonly examId: string | null
  readonly state: SessionState
  /** Whether the candidate's socket is open. */
  readonly online: boolean
  readonly startedAt: string
  /** Since when the candidate raises a hand; null: not raised. */
  readonly handRaisedAt: string | null
  /** When the candidate asked for a break that is not answered yet; null: none is asked for. */
  readonly breakAskedAt: string | null
  readonly scores: {
    readonly riskScore: number
    readonly riskLevel: RiskLevel
    /** Both null if too little was seen. */
    readonly trustScore: number | null
    readonly complianceScore: number | null
    readonly eventCount: number
    /** Percent of the open time in which the candidate was seen; null if unknown, or if watching is off. */
    readonly seenPercent: number | null
  }
}

export type MonitorReply =
  | (LogsMessage & { readonly sessionId: string })
  | SessionReport
  | { readonly type: 'thumbnail', readonly sessionId: string, readonly at: string, readonly data: string }
  | { readonly type: 'presence', readonly sessionId: string, readonly online: boolean, readonly at: string }
  /** The session's risk has reached the level at which its exam's policy asks for a proctor. */
  | { readonly type: 'call', readonly sessionId: string, readonly riskLevel: RiskLevel, readonly at: string }
  | {
    readonly type: 'done'
    readonly action: MonitorMessage['type']
    readonly sessionId?: string
    readonly delivered?: boolean
    /** The stored message, for `warn` and `message`. */
    readonly messageId?: string
    readonly ref?: string
  }
  /** Messages of a thread, new or changed: one that is known by its id replaces the earlier state. */
  | { readonly type: 'messages', readonly sessionId: string, readonly data: readonly ThreadMessage[] }
  | { readonly type: 'hand', readonly sessionId: string, readonly raised: boolean, readonly at: string }
  | { readonly type: 'acknowledgements', readonly sessionId: string, readonly data: readonly AcknowledgementView[] }
  /** Another member of staff looks at this session, or no longer does. */
  | {
    readonly type: 'looking'
    readonly sessionId: string
    readonly by: { readonly id: string, readonly name: string }
    readonly looking: boolean
  }
  | Refusal

/** The kinds of reply for each socket; `Channel` sends no others. */
export const CANDIDATE_REPLIES: ReadonlySet<string> = new Set([
  'logs',
  'rate',
  'status',
  'message',
  'keyframe',
  'ack',
  'calibrated',
  'sent',
  'requests',
  'error'
] satisfies CandidateReply['type'][])
export const MONITOR_REPLIES: ReadonlySet<string> = new Set([
  'logs',
  'session',
  'thumbnail',
  'presence',
  'call',
  'messages',
  'hand',
  'acknowledgements',
  'looking',
  'done',
  'error'
] satisfies MonitorReply['type'][])

/** Replies that may be dropped for a slow reader: the next one of the kind replaces them. */
export const DROPPABLE_REPLIES: ReadonlySet<string> = new Set(['ack', 'rate', 'thumbnail'] satisfies (
  CandidateReply | MonitorReply
)['type'][])
