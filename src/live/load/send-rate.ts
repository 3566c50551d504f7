import type { Policy } from '../../../detection/events/policy.ts'
import { INITIAL_ACTIVITY, nextActivity, type Activity, type JudgedInput } from './activity.ts'
import { rateOf, type FlowControl, type Rate } from './flow-control.ts'

export interface SendRateOptions {
  readonly policy: Policy
  readonly flow: Pick<FlowControl, 'scale'>
  /** Called with each new rate. */
  readonly onRate: (rate: Rate) => void
}

/** The frame rate asked of one candidate, by its activity and by the load of the workers. */
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

  /** Updates the activity after a judged input. */
  observe (input: JudgedInput): void {
    this.#state = nextActivity(this.#state, input, this.#options.policy)
    this.update()
  }

  /** Computes the rate again, after a change of the workers' load. */
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
