import type { RecordingWithUser } from '../../../db/index.ts'

/** A recording as the routes send it. */
export function shown ({ storageKey: _key, updatedAtMs: _at, ...recording }: RecordingWithUser) {
  return { ...recording, gaps: [...recording.gaps] }
}
