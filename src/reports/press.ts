import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../../lib/worker-url.ts'
import { refuse } from '../errors.ts'
import type { FromPress, ReportFiles, ReportJob } from './messages.ts'

/** Reports that wait while one is made. */
const WAITING_MAX = 20
/** How long one may take: some hundred milliseconds are usual, a long session on a busy machine takes seconds. */
const JOB_MS = 60_000
/** The thread holds some 70 MB, so it ends when no report was asked for. */
const IDLE_MS = 60_000

/** Makes reports one after another in a thread, which starts with the first one. */
export class ReportPress {
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Throws a refusal while too many wait, when it takes too long, and when the thread fails. */
  async make (job: ReportJob): Promise<ReportFiles> {
    if (this.#waiting > WAITING_MAX) {
      throw refuse('INVIGIL_ERR_OVERLOADED', { values: { seconds: 5 }, details: { retryAfterSeconds: 5 } })
    }
    this.#waiting++
    const mine = this.#turn.then(async () => await this.#run(job)).finally(() => { this.#waiting-- })
    this.#turn = mine.catch(() => {})
    return await mine
  }

  async close (): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  async #run (job: ReportJob): Promise<ReportFiles> {
    clearTimeout(this.#idle)
    const worker = this.#worker ??= this.#start()
    const settled = new AbortController()
    const { signal } = settled
    try {
      worker.postMessage(job)
      const [message] = await Promise.race([
        once(worker, 'message', { signal }) as Promise<[FromPress]>,
        once(worker, 'exit', { signal }).then(() => { throw new Error('the thread of reports ended') }),
        setTimeout(JOB_MS, undefined, { signal }).then(() => { throw new Error(`it took longer than ${JOB_MS} ms`) })
      ])
      if (message.type === 'failed') throw new Error(message.text)
      this.#idle = globalThis.setTimeout(() => { this.close().catch(() => {}) }, IDLE_MS).unref()
      return message.files
    } catch (error) {
      // The next report gets a new thread.
      await this.close()
      throw refuse('INVIGIL_ERR_REPORT_FAILED', { cause: error })
    } finally {
      settled.abort()
    }
  }

  #start (): Worker {
    const worker = new Worker(workerUrl(import.meta.url, 'worker'))
    worker.unref()
    // A failure between two reports must not end the process.
    worker.on('error', () => {})
    return worker
  }
}
