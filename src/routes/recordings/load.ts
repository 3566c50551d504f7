import type { Database, RecordingWithUser, User } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { mayOversee } from '../../plugins/access.ts'

/** Whether candidates may watch their own recordings. The one place that says so. */
const CANDIDATES_WATCH_THEIR_OWN = false

/** The recording, if this account may see it. */
export async function loadRecording (
  db: Pick<Database, 'recordings' | 'exams'>, id: string, account: Pick<User, 'id' | 'role'>
): Promise<RecordingWithUser> {
  const recording = await db.recordings.byId(id)
  if (recording === undefined) throw refuse('INVIGIL_ERR_RECORDING_UNKNOWN')
  const isOwn = CANDIDATES_WATCH_THEIR_OWN && recording.userId === account.id
  if (!isOwn && !await mayOversee(db, account, recording)) throw refuse('INVIGIL_ERR_NOT_YOURS')
  return recording
}

/** Throws the reason why the recording has no file. */
export function playable (recording: RecordingWithUser): RecordingWithUser & { bytes: number, sha256: string } {
  const { state, bytes, sha256 } = recording
  if (state === 'deleted') throw refuse('INVIGIL_ERR_MEDIA_GONE')
  if (state === 'failed') throw refuse('INVIGIL_ERR_RECORDING_FAILED')
  if (state !== 'ready' || bytes === null || sha256 === null) throw refuse('INVIGIL_ERR_RECORDING_UNFINISHED')
  return { ...recording, bytes, sha256 }
}
