import { fork, type ChildProcess } from 'node:child_process'
import { DetectionError, errorFromData } from '../errors.ts'
import { createLimiter } from '../limiter.ts'
import type { Channels } from './channels.ts'
import type { DecodeSoundOptions } from './decode.ts'
import type { DecodeJob, DecoderMessage } from './decoder-messages.ts'

/** Decoders for sound that strangers have sent. */
export interface SoundDecoders {
  /**
   * The sound as `decodeChannels` gives it, whole. Rejects as that throws, and with MEDIA_INVALID where the sound ends
   * its decoder or keeps it too long, OVERLOADED where too many wait, WORKER_LOST where no decoder can be started.
   */
  decode (bytes: Uint8Array, options: DecodeSoundOptions): Promise<readonly Channels[]>
  /** Ends what runs; jobs still open are rejected. */
  close (): Promise<void>
}

export interface SoundDecodersOptions {
  /** Processes at once. */
  readonly atOnceMax?: number
  /** Sounds that may wait for one. */
  readonly waitingMax?: number
  /** From when a process has the sound. */
  readonly decodeMsMax?: number
  /** From the start of a process until it can take the sound. */
  readonly startMsMax?: number
  /** The module that the processes run; tests bring their own. */
  readonly url?: URL
}

/** More than a process lets itself have, so that it ends before. */
const HEAP_MB_MAX = 512
/** What a process may know of this one's environment: none of its secrets. */
const ENVIRONMENT = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot']
/** The last words of a process that never got ready. */
const WORDS_MAX = 2000

/**
 * Each sound is decoded by a process of its own, which ends with it. A thread would not do: tables of a container that
 * claim billions of entries exhaust the heap at a stroke, and a thread that dies so takes the whole process along,
 * whatever its `resourceLimits` say. Nor can a thread be ended inside the codecs' native code; a process can, at any
 * time.
 */
export function createSoundDecoders ({
  atOnceMax = 2,
  waitingMax = 8,
  decodeMsMax = 10_000,
  startMsMax = 30_000,
  url
}: SoundDecodersOptions = {}): SoundDecoders {
  const module =
    url ?? new URL(import.meta.url.endsWith('.ts') ? './decoder-process.ts' : './decoder-process.js', import.meta.url)
  const running = new Set<Run>()
  const limit = createLimiter({
    atOnce: atOnceMax,
    waitingMax,
    onFull: () => new DetectionError('INVIGIL_ERR_OVERLOADED', `Too much at once: ${waitingMax} sounds wait already`)
  })
  let isClosed = false

  async function run (job: DecodeJob): Promise<readonly Channels[]> {
    if (isClosed) throw lost('the decoders are closed')
    const run = new Run(module, job, { startMsMax, decodeMsMax })
    running.add(run)
    try {
      return await run.result
    } finally {
      await run.end()
      running.delete(run)
    }
  }

  return {
    decode: async (bytes, { durationMsMax }) => await limit(async () => await run({ bytes, durationMsMax })),
    async close () {
      isClosed = true
      await Promise.all([...running].map(run => run.end()))
    }
  }
}

/** One process and what it has given. */
class Run {
  readonly result: Promise<readonly Channels[]>
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #pieces: Channels[] = []
  #isReady = false
  #words = ''

  constructor (
    module: URL,
    job: DecodeJob,
    { startMsMax, decodeMsMax }: Required<Pick<SoundDecodersOptions, 'startMsMax' | 'decodeMsMax'>>
  ) {
    // The source itself runs through the loaders that this process was started with; its compiled form needs nothing of
    // that.
    const isSource = module.pathname.endsWith('.ts')
    const child = fork(module, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...(isSource ? process.execArgv : []), `--max-old-space-size=${HEAP_MB_MAX}`],
      env: isSource
        ? process.env
        : Object.fromEntries(
          ENVIRONMENT.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
        )
    })
    this.#child = child
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-WORDS_MAX)
    })
    this.#ended = new Promise(resolve => {
      child.once('exit', () => resolve())
      // It was never started.
      child.once('error', () => { if (child.pid === undefined) resolve() })
    })
    const endAfter = (ms: number): NodeJS.Timeout => setTimeout(() => { child.kill('SIGKILL') }, ms)
    let timer = endAfter(startMsMax)
    this.result = new Promise((resolve, reject) => {
      child.on('message', (message: DecoderMessage) => {
        switch (message.type) {
          case 'ready':
            this.#isReady = true
            clearTimeout(timer)
            timer = endAfter(decodeMsMax)
            // An error says that it has ended meanwhile, which its exit says too.
            return child.send(job, () => {})
          case 'piece': return this.#pieces.push(message.channels)
          case 'done': return resolve(this.#pieces)
          case 'failed': return reject(errorFromData(message.error))
        }
      })
      child.once('error', error => reject(lost(error.message, error)))
      child.once('close', (code, signal) => reject(this.#lossOf(signal ?? `code ${code}`)))
    })
    this.result.catch(() => {}).finally(() => clearTimeout(timer))
  }

  /** Ends the process, if it has not ended; settles when it is gone. */
  async end (): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** What it means that it went without an answer. Before it had the sound, the sound was not to blame. */
  #lossOf (ending: string): DetectionError {
    if (!this.#isReady) return lost(`it ended with ${ending} before it was ready: ${this.#words}`)
    return new DetectionError(
      'INVIGIL_ERR_MEDIA_INVALID',
      `The sound cannot be decoded: it needs too much memory or time (${ending}).`
    )
  }
}

function lost (reason: string, cause?: Error): DetectionError {
  return new DetectionError('INVIGIL_ERR_WORKER_LOST', `The sound was not decoded: ${reason}`, { cause })
}
