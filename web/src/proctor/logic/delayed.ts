/** What is done a few seconds after it was confirmed, so that it can be taken back until then. */

export interface Delayed<T> {
  readonly key: string
  readonly value: T
  readonly dueAtMs: number
}

export interface DelayedRuns<T> {
  readonly waiting: ReadonlyArray<Delayed<T>>
  /** A key that waits already keeps its time. */
  add (key: string, value: T): void
  /** False: it has run, or was never added. */
  undo (key: string): boolean
  /** Runs all that waits now: the page is left, and what was confirmed stays confirmed. */
  flush (): void
}

/** `run` gets what has waited for `delayMs`; `onChange` is called after every change of `waiting`. */
export function createDelayed<T> (
  { delayMs, run, onChange, now = Date.now }: {
    readonly delayMs: number
    readonly now?: () => number
    run (value: T): void
    onChange (): void
  }
): DelayedRuns<T> {
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let waiting: ReadonlyArray<Delayed<T>> = []
  const take = (key: string): Delayed<T> | undefined => {
    const found = waiting.find(one => one.key === key)
    clearTimeout(timers.get(key))
    timers.delete(key)
    if (found === undefined) return undefined
    waiting = waiting.filter(one => one !== found)
    onChange()
    return found
  }
  const finish = (key: string): void => {
    const found = take(key)
    if (found !== undefined) run(found.value)
  }
  return {
    get waiting () { return waiting },
    add (key, value) {
      if (timers.has(key)) return
      waiting = [...waiting, { key, value, dueAtMs: now() + delayMs }]
      timers.set(key, setTimeout(() => finish(key), delayMs))
      onChange()
    },
    undo: key => take(key) !== undefined,
    flush () { for (const { key } of waiting) finish(key) }
  }
}
