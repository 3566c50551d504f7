import type { Policy } from '../../../detection/events/policy.ts'
import { INITIAL_ACTIVITY, nextActivity, type Activity, type Seen } from './activity.ts'
import { rateOf, type FlowControl, type Rate } from './flow-control.ts'

export interface PaceOptions {
  readonly policy: Policy
  readonly flow: Pick<FlowControl, 'scale'>
  /** Hears of each other rate. */
  readonly onRate: (rate: Rate) => void
}

/** How fast one candidate is asked to send: by what its frames show, and by what the workers can do. */
export class Pace {
  readonly #options: PaceOptions
  readonly #lot = Math.random()
  #state = INITIAL_ACTIVITY
  #rate: Rate

  constructor (options: PaceOptions) {
    this.#options = options
    this.#rate = this.#now()
  }

  get rate (): Rate {
    return this.#rate
  }

  get activity (): Activity {
    return this.#state.activity
  }

  /** Something was judged. */
  see (seen: Seen): void {
    this.#state = nextActivity(this.#state, seen, this.#options.policy)
    this.look()
  }

  /** The workers may have more time or less. */
  look (): void {
    const { fps, width } = this.#now()
    if (fps === this.#rate.fps && width === this.#rate.width) return
    this.#rate = { fps, width }
    this.#options.onRate(this.#rate)
  }

  #now (): Rate {
    return rateOf(this.#state.activity, this.#options.flow.scale, this.#lot)
  }
}
