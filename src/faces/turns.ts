import { refuse } from '../errors.ts'

export interface TurnsOptions {
  /** How many may work at once. */
  readonly atOnce: number
  /** How many may wait beside them. */
  readonly waitingMax: number
}

/** Does the work when its turn has come, in the order asked for; refused where too many wait already. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

export function createTurns ({ atOnce, waitingMax }: TurnsOptions): Turns {
  const waiting: Array<() => void> = []
  let working = 0
  return async work => {
    if (working < atOnce) working++
    else if (waiting.length >= waitingMax) throw refuse('INVIGIL_ERR_OVERLOADED')
    // Whoever ends hands on its place.
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) working--
      else next()
    }
  }
}
