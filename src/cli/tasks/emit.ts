/**
 * Sends one value of a task to the parent process. Resolves when the parent has handled it, so a slow reader slows the
 * task down.
 */
export type Emit<Value> = (value: Value) => Promise<void>
