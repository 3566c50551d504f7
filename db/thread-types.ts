/** The words between a candidate and staff, and what staff say of incidents. */

export type MessageDirection = 'to_candidate' | 'from_candidate'

/**
 * `break_request`, `break_granted` and `break_declined` are a request for a break and its answers; their text may be
 * empty.
 */
export type MessageKind =
  'message' | 'warning' | 'question' | 'broadcast' | 'break_request' | 'break_granted' | 'break_declined'

export interface NewMessage {
  readonly sessionId: string
  /** The account that wrote it. */
  readonly authorId: string
  readonly direction: MessageDirection
  readonly kind: MessageKind
  /** The key of a ready-made sentence that `text` was made from. */
  readonly canned?: string | undefined
  readonly text: string
  /** Chosen by the client: the same author, session and `clientId` store one message. */
  readonly clientId?: string | undefined
  readonly atMs: number
}

export interface ThreadRow {
  readonly id: string
  readonly sessionId: string
  readonly authorId: string
  /** Null: the account was erased. */
  readonly authorName: string | null
  readonly direction: MessageDirection
  readonly kind: MessageKind
  readonly canned: string | null
  readonly text: string
  readonly clientId: string | null
  readonly createdAtMs: number
  /** When the receiving page confirmed it; null before. */
  readonly deliveredAtMs: number | null
  /** When a person saw it; null before. */
  readonly seenAtMs: number | null
}

export interface Messages {
  /** Stores a message, or returns the one with the same `clientId` and `isNew: false`. */
  add (message: NewMessage): Promise<{ readonly message: ThreadRow, readonly isNew: boolean }>
  /** Stores all of these or none; throws `unique` if one has a `clientId` that is taken. */
  addAll (messages: readonly NewMessage[]): Promise<readonly ThreadRow[]>
  /** The message of that author with that `clientId` in that session. */
  known (authorId: string, clientId: string, sessionId: string): Promise<ThreadRow | undefined>
  /** Messages of one author with that `clientId`, in sessions of that exam: a broadcast. */
  byClientId (authorId: string, clientId: string, examId: string): Promise<ThreadRow[]>
  /** In the order of ids, above `after`; 1 to 200. */
  list (sessionId: string, page: { readonly after?: string, readonly limit: number }): Promise<ThreadRow[]>
  /** Messages to the candidate that the page has not confirmed, oldest first. */
  undelivered (sessionId: string, limit: number): Promise<ThreadRow[]>
  /** Messages of candidates in these sessions that staff have not seen, oldest first. */
  unseen (sessionIds: readonly string[], limit: number): Promise<ThreadRow[]>
  /** Messages of all sessions above that id, in the order of ids. */
  listAfter (page: { readonly after: string, readonly limit: number }): Promise<ThreadRow[]>
  /** Sets the times of messages in that direction where they are not set; returns the messages that changed. */
  confirm(
    sessionId: string,
    ids: readonly string[],
    direction: MessageDirection,
    state: 'received' | 'seen',
    atMs: number
  ): Promise<ThreadRow[]>
  /** Messages that the candidate of a session has written since `sinceMs`, and in all. */
  counts (sessionId: string, sinceMs: number): Promise<{ readonly recent: number, readonly total: number }>
  /** The newest message of a kind in a session. */
  last (sessionId: string, kind: MessageKind): Promise<ThreadRow | undefined>
  /**
   * Sets or clears the open break request of an open session, and stores `message` in the same transaction. False: the
   * request was open already, or not open, or the session has ended.
   */
  setBreakRequest (sessionId: string, askedAtMs: number | null, message?: NewMessage): Promise<ThreadRow | boolean>
}

export type AcknowledgementState = 'seen' | 'flagged' | 'not_relevant'

export interface NewAcknowledgement {
  /** The event that starts the incident. */
  readonly eventId: string
  readonly sessionId: string
  readonly state: AcknowledgementState
  readonly note: string | null
  /** The account that said so last. */
  readonly by: string
  readonly atMs: number
}

export interface Acknowledgement extends NewAcknowledgement {
  /** Null: the account was erased. */
  readonly byName: string | null
}

export interface Acknowledgements {
  /** Stores it in place of an earlier one. False: there is no such event in that session, or it ends an incident. */
  set (acknowledgement: NewAcknowledgement): Promise<boolean>
  /** In the order of events, above `after`; 1 to 500. */
  list(
    sessionIds: readonly string[],
    page: { readonly after?: string, readonly limit: number }
  ): Promise<Acknowledgement[]>
}
