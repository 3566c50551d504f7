import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'

const PATIENCE_MS = 2_000

/**
 * Stops a process, and returns when all its threads stand still: the signal alone lets those go on that run just then.
 */
export function freeze (child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return
  child.kill('SIGSTOP')
  const tasks = `/proc/${child.pid}/task`
  // No such folder: another system, where the signal must do.
  for (const untilMs = Date.now() + PATIENCE_MS; existsSync(tasks) && Date.now() < untilMs;) {
    if (readdirSync(tasks).every(task => isStopped(`${tasks}/${task}/stat`))) return
  }
}

/** The state is the letter behind the name in brackets. */
function isStopped (stat: string): boolean {
  try {
    return /\) [Tt] /.test(readFileSync(stat, 'utf8'))
  } catch {
    // The thread has ended.
    return true
  }
}
