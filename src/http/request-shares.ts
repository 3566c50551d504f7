/** A place of one request. */
export interface Place {
  /** Fulfilled when the request may begin. */
  readonly turn: Promise<void>
  /** Gives the place back, also one that still waits. More than once is the same as once. */
  leave (): void
}

export interface Shares {
  /** A place for one more request of `key`; undefined where its share is used up. */
  ask (key: string): Place | undefined
}

interface Share {
  running: number
  readonly waiting: Set<() => void>
}

const AT_ONCE = Promise.resolve()

/**
 * Gives every key a share of its own: `runningMax` requests at once, and `waitingMax` more that wait in their order.
 */
export function createShares ({
  runningMax,
  waitingMax
}: {
  readonly runningMax: number
  readonly waitingMax: number
}): Shares {
  // A key is kept while a request of it is here, so their number is bounded by that of the connections.
  const shares = new Map<string, Share>()

  function leaveRunning (key: string, share: Share): void {
    const [next] = share.waiting
    if (next !== undefined) {
      share.waiting.delete(next)
      next()
    } else if (--share.running === 0) {
      shares.delete(key)
    }
  }

  return {
    ask (key) {
      const share = shares.get(key) ?? { running: 0, waiting: new Set() }
      if (share.running < runningMax) {
        shares.set(key, share)
        share.running++
        return { turn: AT_ONCE, leave: once(() => leaveRunning(key, share)) }
      }
      if (share.waiting.size >= waitingMax) return undefined
      let begin = (): void => {}
      const turn = new Promise<void>(resolve => { begin = resolve })
      share.waiting.add(begin)
      return { turn, leave: once(() => { if (!share.waiting.delete(begin)) leaveRunning(key, share) }) }
    }
  }
}

function once (act: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    act()
  }
}
