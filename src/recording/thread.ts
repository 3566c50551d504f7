import { Worker } from 'node:worker_threads'
import type { FromThread, ToThread } from './messages.ts'

const IS_SOURCE = import.meta.url.endsWith('.ts')

/** The thread's module; as `detection/workers/worker-url.ts`, which explains the loader. */
function threadUrl (): URL {
  const url = new URL(IS_SOURCE ? './worker.ts' : './worker.js', import.meta.url)
  const isTsx = IS_SOURCE && process.execArgv.some(argument => argument === 'tsx' || argument.endsWith('/tsx/dist/loader.mjs'))
  if (!isTsx) return url
  const script = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register(); await import(${JSON.stringify(url.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`)
}

/** A thread of the recorder, started at its first message; it does not keep the process alive. */
export class RecorderThread {
  readonly #onMessage: (message: FromThread) => void
  readonly #onLost: (error: unknown) => void
  #worker: Worker | undefined
  #isClosed = false

  constructor (onMessage: (message: FromThread) => void, onLost: (error: unknown) => void) {
    this.#onMessage = onMessage
    this.#onLost = onLost
  }

  send (message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#isClosed) return
    this.#worker ??= this.#start()
    this.#worker.postMessage(message, transfer)
  }

  async close (): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
  }

  #start (): Worker {
    const worker = new Worker(threadUrl())
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
