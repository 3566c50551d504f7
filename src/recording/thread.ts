import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../lib/worker-url.ts'
import type { FromThread, ToThread } from './messages.ts'

/** A thread of the recorder, started at its first message or before; it does not keep the process alive. */
export class RecorderThread {
  readonly #onMessage: (message: FromThread) => void
  readonly #onLost: (error: unknown) => void
  #worker: Worker | undefined
  #isClosed = false

  constructor (onMessage: (message: FromThread) => void, onLost: (error: unknown) => void) {
    this.#onMessage = onMessage
    this.#onLost = onLost
  }

  /** Starts the thread, so that its first message does not wait for that. */
  start (): void {
    if (!this.#isClosed) this.#worker ??= this.#start()
  }

  send (message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#isClosed) return
    this.start()
    this.#worker?.postMessage(message, transfer)
  }

  async close (): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
  }

  #start (): Worker {
    const worker = new Worker(workerUrl(import.meta.url, 'worker'))
    worker.unref()
    let cause: unknown
    worker.on('message', this.#onMessage)
    worker.on('error', error => { cause = error })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      if (!this.#isClosed) this.#onLost(cause)
    })
    return worker
  }
}
