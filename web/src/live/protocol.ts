/** The messages of docs/protocol.md that the pages read and write. */

export type SessionState = 'active' | 'paused' | 'stopped' | 'terminated'
export type Severity = 'info' | 'low' | 'medium' | 'high'

/** The corners of the screen, in the order in which the candidate is asked to look at them. */
export const CORNERS = ['top-left', 'top-right', 'bottom-right', 'bottom-left'] as const
export type Corner = typeof CORNERS[number]

/** How a calibration ended. */
export type Calibrated =
  | { readonly ok: true }
  | {
    readonly ok: false
    readonly reason:
        'off' | 'too_often' | 'too_short' | 'too_long' | 'no_face' | 'not_followed' | 'too_wide' | 'aside'
  }

export interface LogEntry {
  readonly id: string
  readonly event: string
  readonly time: string
  readonly kind: string
  readonly phase: 'start' | 'end' | 'instant'
  readonly class: 'integrity' | 'information' | 'technical' | 'coverage'
  readonly severity: Severity
  readonly durationMs?: number
  readonly sessionId?: string
}

/**
 * The log, newest first, after `data` (oldest first) came. An entry that was shown before it was stored comes a second
 * time under the same id; after a change of the language it comes in the new one, and takes the place of the old.
 */
export function mergeLog<Entry extends LogEntry> (
  log: readonly Entry[],
  data: readonly Entry[],
  rowsMax: number
): readonly Entry[] {
  const known = new Set(log.map(entry => entry.id))
  const newer = new Map(data.map(entry => [entry.id, entry]))
  return [
    ...data.filter(entry => !known.has(entry.id)).reverse(),
    ...log.map(entry => newer.get(entry.id) ?? entry)
  ].slice(0, rowsMax)
}

/** What the server saw in one frame: shares of the picture's width and height, its left being the picture's. */
export interface Seen {
  readonly faces: ReadonlyArray<{ readonly box: readonly [number, number, number, number], readonly direction: string }>
  readonly hands?: number
  readonly persons?: number
  readonly objects?: ReadonlyArray<{ readonly label: string, readonly box: readonly [number, number, number, number] }>
  readonly brightness: number
}

/** Who changed the session's state. */
export type ActorRole = 'candidate' | 'staff' | 'system'

export interface ScreenRate {
  readonly fps: number
  readonly width: number
}

export type ToCandidate =
  | { readonly type: 'logs', readonly data: readonly LogEntry[], readonly stored: boolean }
  | {
    readonly type: 'rate'
    readonly fps: number
    readonly width: number
    /** The screen is recorded: at most so much of it. */
    readonly screen?: ScreenRate
  }
  | { readonly type: 'status', readonly state: SessionState, readonly reason?: string, readonly by?: ActorRole }
  | ({ readonly type: 'message' } & Notice)
  | { readonly type: 'sent', readonly message: OwnMessage }
  | { readonly type: 'requests', readonly handRaisedAt: string | null, readonly breakAskedAt: string | null }
  | { readonly type: 'keyframe', readonly of?: 'screen' }
  | { readonly type: 'ack', readonly seq: number, readonly seen?: Seen }
  | ({ readonly type: 'calibrated' } & Calibrated)
  | { readonly type: 'error', readonly code: string, readonly message: string, readonly ref?: string }

/** What staff or the system write to the candidate. */
export interface Notice {
  readonly from: string
  readonly text: string
  readonly level: 'info' | 'warning'
  /** The key of the ready-made sentence that `text` is. */
  readonly canned?: string
  /** Of stored messages only; the page confirms those. */
  readonly id?: string
  readonly kind?: string
  readonly at?: string
}

/** What the candidate wrote to staff, as it is stored. */
export interface OwnMessage {
  readonly id: string
  readonly clientId?: string
  readonly kind: string
  readonly text: string
  readonly createdAt: string
  readonly seenAt: string | null
}

/** The thread's messages that the page sends. */
export type FromCandidate =
  | { readonly type: 'message', readonly text: string, readonly clientId: string }
  | { readonly type: 'received' | 'seen', readonly messageIds: readonly string[] }
  | { readonly type: 'hand', readonly raised: boolean }
  | { readonly type: 'break', readonly asked: boolean, readonly reason?: string }

export interface Scores {
  readonly riskScore: number
  readonly riskLevel: 'Low' | 'Medium' | 'High'
  /** Both null: not enough was seen to say. */
  readonly trustScore: number | null
  readonly complianceScore: number | null
  /** Percent of the open time; null if unknown, or if the exam watches no candidate. */
  readonly seenPercent: number | null
}

/** Kinds of binary message. */
export const KIND = { frame: 1, video: 2, sound: 3, screen: 4 } as const

const HEADER_BYTES = 13
const FLAG_KEY = 2
const CODEC_VP8 = 1

/** A binary message: `IV`, version 1, kind, flags, capture time in ms (64 bits, big end first), payload. */
export function binaryMessage (
  kind: (typeof KIND)[keyof typeof KIND],
  capturedAtMs: number,
  payload: Uint8Array,
  flags = 0
): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(HEADER_BYTES + payload.length)
  message.set([0x49, 0x56, 1, kind, flags])
  new DataView(message.buffer).setBigUint64(5, BigInt(Math.round(capturedAtMs)))
  message.set(payload, HEADER_BYTES)
  return message
}

/** A VP8 frame of the camera or the screen; its payload begins with the codec. */
export function videoMessage (
  kind: typeof KIND.video | typeof KIND.screen, capturedAtMs: number, isKey: boolean, chunk: Uint8Array
): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(1 + chunk.length)
  payload[0] = CODEC_VP8
  payload.set(chunk, 1)
  return binaryMessage(kind, capturedAtMs, payload, isKey ? FLAG_KEY : 0)
}
