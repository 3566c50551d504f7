import { once } from 'node:events'

/** A refusal that the user can act on: its message is all that is printed. */
export class CommandError extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}

/** Writes one JSON line to stdout; waits while its reader is slow. */
export async function writeLine (value: unknown): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(value)}\n`)) await once(process.stdout, 'drain')
}

/** Writes a message for people; stdout carries results only. */
export function say (text: string): void {
  process.stderr.write(`${text}\n`)
}

/**
 * Ends the process quietly when the reader of stdout goes away (`invigil analyze … | head -1`).
 *
 * Nobody is left to read the rest, and an unhandled EPIPE would print a stack.
 */
export function endWithReader (): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
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
