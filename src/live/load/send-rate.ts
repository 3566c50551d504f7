import type { Policy } from '../../../detection/events/policy.ts'
import { INITIAL_ACTIVITY, nextActivity, type Activity, type JudgedInput } from './activity.ts'
import { rateOf, type FlowControl, type Rate } from './flow-control.ts'

export interface SendRateOptions {
  readonly policy: Policy
  readonly flow: Pick<FlowControl, 'scale'>
  /** Hears of each other rate. */
  readonly onRate: (rate: Rate) => void
}

/** How fast one candidate is asked to send: by what its frames show, and by what the workers can do. */
export class SendRate {
  readonly #options: SendRateOptions
  readonly #jitter = Math.random()
  #state = INITIAL_ACTIVITY
  #rate: Rate

  constructor (options: SendRateOptions) {
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
  observe (seen: JudgedInput): void {
    this.#state = nextActivity(this.#state, seen, this.#options.policy)
    this.update()
  }

  /** The workers may have more time or less. */
  update (): void {
    const { fps, width } = this.#now()
    if (fps === this.#rate.fps && width === this.#rate.width) return
    this.#rate = { fps, width }
    this.#options.onRate(this.#rate)
  }

  #now (): Rate {
    return rateOf(this.#state.activity, this.#options.flow.scale, this.#jitter)
  }
}
