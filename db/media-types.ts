/** What is recorded: all of it, or what surrounds incidents. */
export type RecordingMode = 'incidents' | 'full'

/**
 * `writing`: the candidate is connected. `finalizing`: it is being made seekable and moved to the store. `failed`: no
 * file could be made. `deleted`: an admin deleted it; the row says that it existed.
 */
export type RecordingState = 'writing' | 'finalizing' | 'ready' | 'failed' | 'deleted'

export interface RecordingGap {
  readonly fromMs: number
  readonly toMs: number
}

export interface Recording {
  readonly id: string
  readonly sessionId: string
  readonly userId: string
  readonly examId: string | null
  readonly mode: RecordingMode
  readonly state: RecordingState
  readonly startedAtMs: number
  readonly durationMs: number | null
  readonly bytes: number | null
  readonly sha256: string | null
  readonly mediaType: string
  readonly storageKey: string
  readonly gaps: readonly RecordingGap[]
  readonly failure: string | null
  readonly updatedAtMs: number
}

/** The wrapped data keys of sessions. */
export interface MediaKeyRows {
  get (sessionId: string): Promise<Uint8Array | undefined>
  /** Stores the key unless the session has one; returns the one it has. Throws `missing` for an unknown session. */
  add (sessionId: string, wrapped: Uint8Array, atMs: number): Promise<Uint8Array>
  /** Erases the session's media; false if it had no key. */
  remove (sessionId: string): Promise<boolean>
}

export interface RecordingWithUser extends Recording {
  readonly userName: string
}

export interface RecordingFilter {
  readonly userId?: string
  readonly examId?: string
  readonly sessionId?: string
  readonly state?: RecordingState
  /** Began at this moment or later. */
  readonly fromMs?: number
  /** Began before this moment. */
  readonly toMs?: number
  /** Of exams that this user owns, and of none: what a teacher may see. */
  readonly overseerId?: string
  /** Continue below this id. */
  readonly before?: string
  /** 1 to 500. */
  readonly limit: number
}

/** What is known of a recording once its file is stored. */
export type FinishedRecording = Pick<Recording, 'durationMs' | 'bytes' | 'sha256' | 'mediaType' | 'gaps' | 'failure'>

export interface Recordings {
  /** Throws `missing` for an unknown session. Nothing happens where the recording is there already. */
  add (recording: Pick<Recording, 'id' | 'sessionId' | 'userId' | 'examId' | 'mode' | 'startedAtMs' | 'mediaType' | 'storageKey'>, atMs: number): Promise<void>
  byId (id: string): Promise<RecordingWithUser | undefined>
  /** Newest first. */
  list (filter: RecordingFilter): Promise<RecordingWithUser[]>
  /** False if it is not being written. */
  finalizing (id: string, atMs: number): Promise<boolean>
  /** False if it is neither being written nor finalized: it was deleted, for example. */
  ready (id: string, finished: FinishedRecording, atMs: number): Promise<boolean>
  failed (id: string, failure: string, atMs: number): Promise<boolean>
  /** False if it was deleted before. */
  deleted (id: string, atMs: number): Promise<boolean>
  /** Those that nothing has been heard of since `beforeMs` and that are not finished. */
  unfinished (beforeMs: number, limit: number): Promise<Recording[]>
}
