/** A refusal by the server; `message` is already in the reader's language and says what to do. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  /** Set where the same request may succeed after that time. */
  readonly retryAfterSeconds: number | undefined
  readonly details: Readonly<Record<string, unknown>>

  constructor (status: number, code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
    const { retryAfterSeconds } = details
    this.retryAfterSeconds = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined
  }
}

/** An error of the page itself, whose message is already in the reader's language. */
export class PageError extends Error {}

/** The refusal in a response. A proxy's own error page has no code: `UNKNOWN`, with the words for a silent server. */
export async function errorOf (response: Response, silentWords: string): Promise<ApiError> {
  const body = await response.json().catch(() => undefined) as
    { code?: string, message?: string, details?: Readonly<Record<string, unknown>> } | undefined
  return new ApiError(response.status, body?.code ?? 'UNKNOWN', body?.message ?? silentWords, body?.details)
}
