import { DetectionError } from '../../../detection/errors.ts'
import { SerialQueue } from '../../../detection/serial-queue.ts'
import type { SoundAnalysis as Analysis, Pool } from '../../../detection/workers/pool.ts'
import { ArrivalClock } from './arrival-clock.ts'
import type { Counters, SoundDropCause } from '../../counters.ts'
import { SOUND_RATE, type Sound } from '../../protocol/media-frame.ts'
import type { FrameMailboxDeps, FrameMailboxHost } from './frame-mailbox.ts'

export type SoundQueueDeps = Pick<FrameMailboxDeps, 'counters' | 'limits' | 'log' | 'now'> & {
  readonly pool: Pick<Pool, 'listen'>
}

type SoundQueueHost = Pick<FrameMailboxHost, 'isActive' | 'judge' | 'userId' | 'recording'>

interface Job {
  readonly pcm: Float32Array
  readonly atMs: number
}

/** A session's sound: pieces are analyzed in order, because each needs the state that the one before it returned. */
export class SoundQueue {
  readonly #host: SoundQueueHost
  readonly #deps: SoundQueueDeps
  readonly #counters: Counters['sound']
  readonly #queue: SerialQueue<Job>
  #state: unknown
  readonly #clock: ArrivalClock

  constructor (host: SoundQueueHost, deps: SoundQueueDeps) {
    this.#host = host
    this.#deps = deps
    this.#counters = deps.counters.sound
    this.#clock = new ArrivalClock(deps.limits)
    this.#queue = new SerialQueue(job => this.#listen(job), {
      waitingMax: deps.limits.soundsWaitingMax,
      onError: error => deps.log.error({ err: error }, 'sound handling failed')
    })
  }

  /** Queues a piece; without room it is counted as dropped and leaves a gap. */
  offer ({ pcm, capturedAtMs }: Sound): void {
    this.#counters.received++
    if (!this.#host.isActive()) return this.#drop('paused')
    const nowMs = this.#deps.now()
    const durationMs = (pcm.length * 1000) / SOUND_RATE
    const atMs =
      this.#clock.capturedAt(capturedAtMs === undefined ? undefined : capturedAtMs + durationMs, nowMs) - durationMs
    const { recording } = this.#host
    // A copy, because the worker that listens takes the piece's own memory at once.
    const kept = recording === undefined ? undefined : Float32Array.from(pcm)
    if (!this.#queue.offer({ pcm, atMs })) return this.#drop('overflow')
    if (kept !== undefined) recording?.sound(kept, atMs, capturedAtMs)
  }

  /** Drops the detector's state: the next piece starts a new stream. */
  forget (): void {
    this.#state = undefined
    this.#clock.reset()
  }

  /** Drops waiting pieces; settles when the running one is back. */
  async close (): Promise<void> {
    this.#counters.dropped.closed += await this.#queue.close()
  }

  async #listen ({ pcm, atMs }: Job): Promise<void> {
    if (!this.#host.isActive()) return this.#drop('paused')
    let result: Analysis
    try {
      result = await this.#deps.pool.listen({ pcm, atMs, state: this.#state, source: this.#host.userId })
    } catch (error) {
      this.#drop('failed')
      // The pool counts overload and lost workers; any other error is a fault of ours.
      if (!(error instanceof DetectionError)) throw error
      return
    }
    // The state may have changed while the piece was with the worker.
    if (!this.#host.isActive()) return this.#drop('paused')
    this.#state = result.state
    this.#counters.heard++
    if (result.observation !== undefined) this.#host.judge({ type: 'sound', sound: result.observation })
  }

  #drop (cause: SoundDropCause): void {
    this.#counters.dropped[cause]++
  }
}
