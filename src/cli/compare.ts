import { lostAt } from './events.ts'
import { writeLine } from './output.ts'
import { runTask } from './tasks/run-task.ts'

/**
 * Prints `{ distance, same, threshold }` for the largest faces of two pictures. Throws a CommandError that names the
 * file at fault.
 */
export async function compare (a: string, b: string): Promise<void> {
  try {
    await runTask('compare', { a, b }, writeLine)
  } catch (error) {
    throw lostAt(`${a} or ${b}`, error)
  }
}
