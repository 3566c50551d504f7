/** What a socket answers when a message is wrong or cannot be served; REST has its own table in `src/errors.ts`. */
export const REFUSALS = {
  INVIGIL_ERR_MESSAGE_INVALID: 'The message is not one of this protocol',
  INVIGIL_ERR_MESSAGE_TOO_LARGE: 'The message is larger than this server takes',
  INVIGIL_ERR_TOO_FAST: 'Too many messages, the connection closes',
  INVIGIL_ERR_SLOW_READER: 'Messages are not being read, the connection closes: connect again and resume',
  INVIGIL_ERR_REPLACED: 'A newer connection took this one’s place',
  INVIGIL_ERR_FRAME_TOO_LARGE: 'The frame is larger than this server takes',
  INVIGIL_ERR_FRAME_BASE64: 'The text is neither a JSON message nor base64 nor a data URL',
  INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED: 'The frame header has an unknown version or flag',
  INVIGIL_ERR_FRAME_KIND_UNSUPPORTED: 'This kind of frame is not taken: send pictures',
  INVIGIL_ERR_FRAME_FAILED: 'The frame could not be analysed',
  INVIGIL_ERR_IMAGE_EMPTY: 'The frame has no bytes',
  INVIGIL_ERR_IMAGE_INVALID: 'The bytes are no JPEG, PNG, WebP or GIF picture',
  INVIGIL_ERR_EVENT_UNKNOWN: 'The page may not raise this event',
  INVIGIL_ERR_CURSOR_INVALID: 'The cursor is not an event id',
  INVIGIL_ERR_SESSION_NONE: 'There is no open session: start one first',
  INVIGIL_ERR_SESSION_PAUSED: 'The session is paused: frames and events are not taken',
  INVIGIL_ERR_SESSION_UNKNOWN: 'There is no such open session',
  INVIGIL_ERR_SESSION_NOT_ACTIVE: 'The session is not running',
  INVIGIL_ERR_SESSION_NOT_PAUSED: 'The session is not paused',
  INVIGIL_ERR_SILENT: 'Nothing was heard for too long, the connection closes',
  INVIGIL_ERR_FORBIDDEN: 'Your role may not do this',
  INVIGIL_ERR_INTERNAL: 'The server failed at this message'
} as const
export type RefusalCode = keyof typeof REFUSALS

/** A message that cannot be served; the peer is told the code and the text. */
export interface Refusal {
  readonly type: 'error'
  /** One of `REFUSALS`, or a code of detection. */
  readonly code: string
  readonly message: string
  /** The sequence number of the frame that it answers. */
  readonly seq?: number
  /** The caller's own mark on the message that it answers. */
  readonly ref?: string
}

/** Makes the refusal of that code, with the table's text unless a better one is given. */
export function refusal (code: RefusalCode, about: { readonly message?: string, readonly seq?: number | undefined, readonly ref?: string | undefined } = {}): Refusal {
  return {
    type: 'error',
    code,
    message: about.message ?? REFUSALS[code],
    ...(about.seq === undefined ? {} : { seq: about.seq }),
    ...(about.ref === undefined ? {} : { ref: about.ref })
  }
}
