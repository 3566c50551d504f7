import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Kit } from './kit-mysql.ts'
import type { AnalysisState, FoundIncident, RecordingGap, RecordingMode, RecordingSource, RecordingState } from './media-types.ts'

interface Parents {
  readonly sessions: { readonly id: AnyMySqlColumn }
}

/** The tables of what was recorded in sessions; the media itself lies in a store (`src/storage`). */
export function defineMediaSchema (kit: Kit, { sessions }: Parents) {
  const { table, index } = kit

  /** The data key of each session, encrypted with the master key. Without its row the session's media is unreadable. */
  const mediaKeys = table('media_keys', {
    sessionId: kit.id('session_id').primaryKey().references(() => sessions.id, { onDelete: 'cascade' }),
    wrapped: kit.blob('wrapped').notNull(),
    createdAtMs: kit.time('created_at').notNull()
  })

  /** One row for each part: what was recorded from the begin of a connection to its end. */
  const recordings = table('recordings', {
    id: kit.id('id').primaryKey(),
    sessionId: kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    userId: kit.id('user_id').notNull(),
    /** No foreign key: the recording stays when the exam is deleted. */
    examId: kit.id('exam_id'),
    mode: kit.text('mode', 16).$type<RecordingMode>().notNull(),
    source: kit.text('source', 16).$type<RecordingSource>().notNull().default('camera'),
    state: kit.text('state', 16).$type<RecordingState>().notNull(),
    /** When its first picture was captured; media time 0. */
    startedAtMs: kit.time('started_at').notNull(),
    durationMs: kit.big('duration_ms'),
    bytes: kit.big('bytes'),
    /** Of the plain file, in hexadecimal digits. */
    sha256: kit.text('sha256', 64),
    mediaType: kit.text('media_type', 128).notNull(),
    storageKey: kit.text('storage_key', 255).notNull(),
    /** Stretches without a picture, in media time. */
    gaps: kit.json('gaps').$type<readonly RecordingGap[]>().notNull(),
    /** Why it ended before its time; null: it did not. */
    failure: kit.text('failure', 64),
    updatedAtMs: kit.time('updated_at').notNull()
  }, t => [
    index('recordings_session').on(t.sessionId, t.id),
    index('recordings_user').on(t.userId, t.id),
    index('recordings_exam').on(t.examId, t.id),
    index('recordings_state').on(t.state, t.id)
  ])

  /** Small pictures of a recording in one JPEG. They go with the recording's file. */
  const storyboardSheets = table('storyboard_sheets', {
    id: kit.id('id').primaryKey(),
    recordingId: kit.id('recording_id').notNull().references(() => recordings.id, { onDelete: 'cascade' }),
    sessionId: kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    /** When its first picture was captured. */
    startedAtMs: kit.time('started_at').notNull(),
    /** Of each picture, in their order: milliseconds after the first. */
    offsetsMs: kit.json('offsets_ms').$type<readonly number[]>().notNull(),
    columns: kit.count('columns').notNull(),
    tileWidth: kit.count('tile_width').notNull(),
    tileHeight: kit.count('tile_height').notNull(),
    bytes: kit.big('bytes').notNull(),
    /** Of the plain file, in hexadecimal digits. */
    sha256: kit.text('sha256', 64).notNull(),
    storageKey: kit.text('storage_key', 255).notNull()
  }, t => [
    index('storyboard_sheets_recording').on(t.recordingId, t.id),
    index('storyboard_sheets_session').on(t.sessionId, t.startedAtMs)
  ])

  /** Runs of recordings through the detectors: jobs, and what they found. */
  const analyses = table('analyses', {
    id: kit.id('id').primaryKey(),
    recordingId: kit.id('recording_id').notNull().references(() => recordings.id, { onDelete: 'cascade' }),
    requestedBy: kit.id('requested_by').notNull(),
    state: kit.text('state', 16).$type<AnalysisState>().notNull(),
    /** How far it has come, in media time. */
    doneMs: kit.big('done_ms').notNull(),
    /** How often a gateway has begun with it. */
    tries: kit.count('tries').notNull(),
    found: kit.json('found').$type<readonly FoundIncident[]>().notNull(),
    /** Name to version. */
    models: kit.json('models').$type<Readonly<Record<string, string>>>().notNull(),
    failure: kit.text('failure', 64),
    createdAtMs: kit.time('created_at').notNull(),
    /** While it runs: the last sign of life. */
    updatedAtMs: kit.time('updated_at').notNull()
  }, t => [
    index('analyses_recording').on(t.recordingId, t.id),
    index('analyses_state').on(t.state, t.id)
  ])

  return { mediaKeys, recordings, storyboardSheets, analyses }
}
