import { CommandError, writeLine } from './output.ts'
import type { EventsInput } from './tasks/events.ts'
import { runTask, TaskLost } from './tasks/run-task.ts'

/** Prints each event of a session that had this video as its camera, as one JSON line. */
export async function events (video: string, options: Omit<EventsInput, 'video'>): Promise<void> {
  try {
    await runTask('events', { video, ...options }, writeLine)
  } catch (error) {
    throw lostAt(video, error)
  }
}

/** A crash of native code as a sentence that names the file. */
export function lostAt (file: string, error: unknown): unknown {
  if (!(error instanceof TaskLost)) return error
  return new CommandError(`${file}: it cannot be decoded: the decoder ended with ${error.ending}.`, { cause: error })
}
