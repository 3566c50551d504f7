import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile as Zip } from 'yazl'

export interface ZipFile {
  readonly name: string
  readonly content: AsyncIterable<Uint8Array>
  /** Videos and pictures do not become smaller. */
  readonly isCompressed?: boolean
}

/**
 * A zip of these files, made while they are read: each is opened when the one before it is written. Beyond 4 GB it has
 * the form zip64.
 */
export function zipOf (files: AsyncIterable<ZipFile>): Readable {
  const zip = new Zip()
  // The types know less of it than it is, a stream of Node.
  const out = zip.outputStream as Readable
  let source: Readable | undefined
  const fill = async (): Promise<void> => {
    for await (const { name, content, isCompressed = false } of files) {
      source = Readable.from(content, { objectMode: false })
      zip.addReadStream(source, name, { compress: !isCompressed })
      await finished(source)
    }
    zip.end()
  }
  zip.on('error', error => out.destroy(error as Error))
  // The reader has gone: what is being read is closed.
  out.once('close', () => source?.destroy())
  fill().catch(error => out.destroy(error))
  return out
}
