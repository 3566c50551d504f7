import { once } from 'node:events'

/** A refusal that the user can act on: its message is all that is printed. */
export class CommandError extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}

/** Nobody reads stdout any more (`invigil analyze … | head -1`): the command stops, and that is no failure. */
export class ReaderGone extends Error {}

let isReaderGone = false

/** Writes one JSON line to stdout; waits while its reader is slow. Throws ReaderGone. */
export async function writeLine (value: unknown): Promise<void> {
  if (isReaderGone) throw new ReaderGone()
  if (!process.stdout.write(`${JSON.stringify(value)}\n`)) {
    await once(process.stdout, 'drain').catch(error => { throw isBrokenPipe(error) ? new ReaderGone() : error })
  }
}

/** Writes a message for people; stdout carries results only. */
export function printMessage (text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Notices when the reader of stdout goes away; without a listener that would end the process with a stack. */
export function watchReader (): void {
  process.stdout.on('error', error => {
    if (!isBrokenPipe(error)) throw error
    isReaderGone = true
  })
}

function isBrokenPipe (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

/** A counter that rewrites one line on stderr; silent unless that is a terminal. */
export interface Progress {
  show (text: string): void
  end (): void
}

/** Redraws at most this often. */
const REDRAW_MS = 100

export function createProgress (): Progress {
  if (!process.stderr.isTTY) return { show () {}, end () {} }
  let shownAtMs = 0
  return {
    show (text) {
      if (Date.now() - shownAtMs < REDRAW_MS) return
      shownAtMs = Date.now()
      process.stderr.write(`\r\x1b[K${text}`)
    },
    end () {
      process.stderr.write('\r\x1b[K')
    }
  }
}
