/** What is recorded: all of it, or what surrounds incidents. `upload`: it was made elsewhere. */
export type RecordingMode = 'incidents' | 'full' | 'upload'

/** What it shows. A recording of the camera has the sound of the microphone. */
export type RecordingSource = 'camera' | 'screen'

/**
 * `writing`: the candidate is connected. `finalizing`: it is being made seekable and moved to the store. `failed`: no
 * file could be made. `deleted`: the file is gone; the row says that there was one.
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
  readonly source: RecordingSource
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
  /** The keys of the oldest session that has one and of the newest. */
  ends (): Promise<ReadonlyArray<{ readonly sessionId: string, readonly wrapped: Uint8Array }>>
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
  readonly source?: RecordingSource
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

/** Up to a hundred small pictures of a recording in one JPEG, row by row. */
export interface StoryboardSheet {
  readonly id: string
  readonly recordingId: string
  readonly sessionId: string
  /** When its first picture was captured. */
  readonly startedAtMs: number
  /** Of each picture, in their order: milliseconds after the first. */
  readonly offsetsMs: readonly number[]
  readonly columns: number
  readonly tileWidth: number
  readonly tileHeight: number
  readonly bytes: number
  readonly sha256: string
  readonly storageKey: string
}

/** `Recordings.ready` adds them, and they are deleted with the file of their recording. */
export interface Storyboards {
  byId (id: string): Promise<StoryboardSheet | undefined>
  /** Those of a session, in the order of their times. */
  list (sessionId: string): Promise<StoryboardSheet[]>
  ofRecordings (recordingIds: readonly string[]): Promise<StoryboardSheet[]>
}

export interface Recordings {
  /** Throws `missing` for an unknown session. Nothing happens where the recording is there already. */
  add (
    recording: Pick<Recording, 'id' | 'sessionId' | 'userId' | 'examId' | 'mode' | 'startedAtMs' | 'mediaType' | 'storageKey'> &
      Partial<Pick<Recording, 'source'>>,
    atMs: number
  ): Promise<void>
  byId (id: string): Promise<RecordingWithUser | undefined>
  /** Newest first. */
  list (filter: RecordingFilter): Promise<RecordingWithUser[]>
  /** False if it is not being written. */
  finalizing (id: string, atMs: number): Promise<boolean>
  /** False if it is neither being written nor finalized: it was deleted, for example. */
  ready (
    id: string, finished: FinishedRecording, atMs: number,
    sheets?: ReadonlyArray<Omit<StoryboardSheet, 'id' | 'recordingId' | 'sessionId'>>
  ): Promise<boolean>
  failed (id: string, failure: string, atMs: number): Promise<boolean>
  /** Those that nothing has been heard of since `beforeMs` and that are not finished. */
  unfinished (beforeMs: number, limit: number): Promise<Recording[]>
}

/** `waiting`: no gateway has begun with it, or the one that had is gone. */
export type AnalysisState = 'waiting' | 'running' | 'done' | 'failed'

/** An incident that the rules find in a recording. */
export interface FoundIncident {
  readonly kind: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  /** Null: it lasted no time. */
  readonly endedAtMs: number | null
}

export interface RecordingAnalysis {
  readonly id: string
  readonly recordingId: string
  readonly requestedBy: string
  readonly state: AnalysisState
  readonly doneMs: number
  readonly tries: number
  readonly found: readonly FoundIncident[]
  readonly models: Readonly<Record<string, string>>
  readonly failure: string | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface Analyses {
  /**
   * Adds a job; one of this recording that waits or runs is returned instead. Undefined when `waitingMax` wait or run.
   * Throws `missing` for an unknown recording.
   */
  request (
    job: Pick<RecordingAnalysis, 'recordingId' | 'requestedBy'> & { readonly atMs: number }, waitingMax: number
  ): Promise<RecordingAnalysis | undefined>
  newest (recordingId: string): Promise<RecordingAnalysis | undefined>
  /** Takes the oldest job that waits, or that runs without a sign of life since `staleMs`; no other gateway gets it. */
  claim (atMs: number, staleMs: number): Promise<RecordingAnalysis | undefined>
  /** False when the job is not running any more. */
  progress (id: string, doneMs: number, atMs: number): Promise<boolean>
  done (id: string, result: Pick<RecordingAnalysis, 'found' | 'models' | 'doneMs'>, atMs: number): Promise<boolean>
  failed (id: string, failure: string, atMs: number): Promise<boolean>
  /** Gives a running job back. */
  release (id: string, atMs: number): Promise<boolean>
}
