import { fork } from 'node:child_process'
import { CommandError } from '../output.ts'
import type { ChildMessage, ParentMessage, TaskName, Tasks } from './task.ts'

/** The process of a task ended without an answer: native code crashed in it, or it was killed. */
export class TaskLost extends Error {
  /** The signal or exit code. */
  readonly ending: string
  readonly wasReady: boolean

  constructor (ending: string, wasReady: boolean) {
    super(`the process of the task ended with ${ending}`)
    this.name = 'TaskLost'
    this.ending = ending
    this.wasReady = wasReady
  }
}

/**
 * Runs a task in a process of its own, and gives its values to `onValue` one after another.
 *
 * Throws TaskLost when the process ended without an answer, CommandError for what the user can act on, and what
 * `onValue` throws. Arguments travel by message, not on the command line: onnxruntime matches /proc/self/cmdline with a
 * recursive regular expression when it starts, and overflows the stack of a worker thread from some 12 KB on.
 */
export async function runTask<Name extends TaskName> (
  task: Name, input: Tasks[Name]['input'], onValue: (value: Tasks[Name]['value']) => void | Promise<void>
): Promise<void> {
  const module = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url)
  // What native code prints must not get between the lines of the command.
  const child = fork(module, { serialization: 'advanced', stdio: ['ignore', 2, 'inherit', 'ipc'] })
  let wasReady = false
  try {
    await new Promise<void>((resolve, reject) => {
      // A child that has just ended is reported by its exit.
      const send = (message: ParentMessage): void => { child.send(message, () => {}) }
      child.on('message', (message: ChildMessage) => {
        switch (message.type) {
          case 'ready':
            wasReady = true
            return send({ type: 'run', task, input })
          case 'value':
            Promise.resolve(message.value as Tasks[Name]['value'])
              .then(onValue)
              .then(() => send({ type: 'next' }), reject)
            return
          case 'done':
            return resolve()
          case 'failed':
            return reject(message.isExpected ? new CommandError(message.message) : new TaskFailed(message.message))
        }
      })
      child.once('error', reject)
      child.once('close', (code, signal) => reject(new TaskLost(signal ?? `code ${code}`, wasReady)))
    })
  } finally {
    child.kill('SIGKILL')
  }
}

/** A fault of ours in the child; the message is its stack there. */
class TaskFailed extends Error {
  constructor (stack: string) {
    super(stack)
    this.stack = stack
  }
}
