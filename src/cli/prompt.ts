import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandError } from './output.ts'

/** Asks on the terminal without showing what is typed; the question goes to stderr. */
export async function promptHidden (question: string): Promise<string> {
  // readline echoes into its output; this one swallows everything.
  const silent = new Writable({ write (_chunk, _encoding, done) { done() } })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  const interrupted = new Promise<never>((_resolve, reject) => {
    lines.once('SIGINT', () => { reject(new CommandError('Interrupted.')) })
  })
  process.stderr.write(question)
  try {
    return await Promise.race([lines.question(''), interrupted])
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** Everything a stream gives, as text; throws a CommandError above `bytesMax`. */
export async function readAll (stream: AsyncIterable<Buffer | string>, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > bytesMax) throw new CommandError(`There are more than ${bytesMax} bytes on standard input.`)
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString()
}
