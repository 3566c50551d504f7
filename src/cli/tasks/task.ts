/**
 * Commands that decode files do so in a process of their own, which may crash: a file can make native code abort, and
 * an abort cannot be caught. The process that the user started loads no native library, and so always lives to report
 * it.
 *
 * This module holds what the two processes say to each other.
 */
import type { AnalyzeInput, AnalyzeValue } from './analyze.ts'
import type { CompareInput, Comparison } from './compare.ts'
import type { EventLine, EventsInput } from './events.ts'
import type { FootageInput, FootageValue } from './footage.ts'
import type { Emit } from './emit.ts'

/** Each task with what it is given and the values it emits. */
export interface Tasks {
  readonly analyze: { readonly input: AnalyzeInput, readonly value: AnalyzeValue }
  readonly events: { readonly input: EventsInput, readonly value: EventLine }
  readonly compare: { readonly input: CompareInput, readonly value: Comparison }
  readonly footage: { readonly input: FootageInput, readonly value: FootageValue }
}

export type TaskName = keyof Tasks

/** What a task module exports as `run`. */
export type Task<Name extends TaskName> = (
  input: Tasks[Name]['input'],
  emit: Emit<Tasks[Name]['value']>
) => Promise<void>

/** To the child: the task once, then `next` for each value that was dealt with. */
export type ParentMessage =
  | { readonly type: 'run', readonly task: TaskName, readonly input: unknown }
  | { readonly type: 'next' }

/** From the child: values, then `done` or `failed`. */
export type ChildMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'value', readonly value: unknown }
  | { readonly type: 'done' }
  | { readonly type: 'failed', readonly message: string, readonly isExpected: boolean }
