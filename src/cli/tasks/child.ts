/** The body of a task's process: takes one task, emits its values, ends. */
import { once } from 'node:events'
import { ConfigError } from '../../config.ts'
import { CommandError } from '../output.ts'
import type { ChildMessage, ParentMessage, Task, TaskName } from './task.ts'

if (process.send === undefined) throw new Error('src/cli/tasks/child runs as a process of a command only')

const TASKS: { readonly [Name in TaskName]: () => Promise<{ readonly run: Task<Name> }> } = {
  analyze: async () => await import('./analyze.ts'),
  events: async () => await import('./events.ts'),
  compare: async () => await import('./compare.ts'),
  footage: async () => await import('./footage.ts')
}

// The command was ended: nothing here is of use any more.
process.once('disconnect', () => process.exit())
const asked = once(process, 'message')
await send({ type: 'ready' })
const [{ task, input }] = await asked as [Extract<ParentMessage, { readonly type: 'run' }>]
try {
  const { run } = (await TASKS[task]()) as {
    readonly run: (input: unknown, emit: (value: unknown) => Promise<void>) => Promise<void>
  }
  await run(input, async value => {
    const next = once(process, 'message')
    await send({ type: 'value', value })
    await next
  })
  await send({ type: 'done' })
} catch (error) {
  // A wrong setting, file or argument needs its sentence; anything else is a fault of ours and needs its stack.
  const isExpected =
    error instanceof CommandError || error instanceof ConfigError || (error instanceof Error && 'code' in error)
  const message = error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error)
  await send({ type: 'failed', message, isExpected })
}
process.exit()

async function send (message: ChildMessage): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.send!(message, undefined, undefined, error => { if (error === null) resolve(); else reject(error) })
  })
}
