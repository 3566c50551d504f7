/** Every way detection refuses its input or its files; the codes are the ones the REST answers and the socket carry. */
export type DetectionErrorCode =
  | 'INVIGIL_ERR_IMAGE_EMPTY'
  | 'INVIGIL_ERR_IMAGE_INVALID'
  | 'INVIGIL_ERR_IMAGE_TOO_LARGE'
  | 'INVIGIL_ERR_MEDIA_UNSUPPORTED'
  | 'INVIGIL_ERR_MEDIA_INVALID'
  | 'INVIGIL_ERR_MEDIA_TOO_LONG'
  | 'INVIGIL_ERR_VIDEO_INVALID'
  | 'INVIGIL_ERR_VIDEO_KEY_NEEDED'
  | 'INVIGIL_ERR_MODEL_UNSUPPORTED'
  | 'INVIGIL_ERR_MODEL_MISSING'
  | 'INVIGIL_ERR_MODEL_CORRUPT'
  | 'INVIGIL_ERR_WORKER_LOST'
  | 'INVIGIL_ERR_OVERLOADED'
  | 'INVIGIL_ERR_FRAME_STALE'
  | 'INVIGIL_ERR_SOURCE_SUSPENDED'

/** Codes of pictures and video frames that cannot be decoded: the sender is at fault, not the server. */
export const INVALID_FRAME_CODES: ReadonlySet<DetectionErrorCode> = new Set([
  'INVIGIL_ERR_IMAGE_EMPTY',
  'INVIGIL_ERR_IMAGE_INVALID',
  'INVIGIL_ERR_IMAGE_TOO_LARGE',
  'INVIGIL_ERR_VIDEO_INVALID'
] as const)

/** A refusal with a code; its message says what to do. */
export class DetectionError extends Error {
  readonly code: DetectionErrorCode
  /** When it is worth another try. */
  readonly retryAfterSeconds: number | undefined

  constructor (
    code: DetectionErrorCode,
    message: string,
    { retryAfterSeconds, ...options }: ErrorOptions & { readonly retryAfterSeconds?: number } = {}
  ) {
    super(message, options)
    this.retryAfterSeconds = retryAfterSeconds
    this.name = 'DetectionError'
    this.code = code
  }
}

/** An error as plain data; without a code it is a fault of ours. */
export interface ErrorData {
  readonly code?: string
  readonly message: string
}

export function errorToData (error: unknown): ErrorData {
  if (error instanceof DetectionError) return { code: error.code, message: error.message }
  return { message: error instanceof Error ? error.message : String(error) }
}

/** A `DetectionError` of the same code, or a plain `Error` when it had none. */
export function errorFromData ({ code, message }: ErrorData): Error {
  return code === undefined ? new Error(message) : new DetectionError(code as DetectionErrorCode, message)
}
