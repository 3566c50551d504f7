/** Calls `work` at once, then at most once in `everyMs`; calls in between are combined into one at the end of it. */
export function throttle (everyMs: number, work: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let isWanted = false
  return function call (): void {
    isWanted = true
    if (timer !== undefined) return
    isWanted = false
    work()
    timer = setTimeout(() => {
      timer = undefined
      if (isWanted) call()
    }, everyMs).unref()
  }
}
