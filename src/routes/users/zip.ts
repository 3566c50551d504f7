import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'

export interface ZipFile {
  readonly name: string
  readonly content: AsyncIterable<Uint8Array>
  /** Videos and pictures do not become smaller. */
  readonly isCompressed?: boolean
}

const END = new Uint8Array(0)

/** A zip of these files, made while they are read. */
export async function * zipOf (files: AsyncIterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const made: Uint8Array[] = []
  let failure: Error | null = null
  const zip = new Zip((error, piece) => {
    failure ??= error
    made.push(piece)
  })
  function * take (): Generator<Uint8Array> {
    if (failure !== null) throw failure
    yield * made.splice(0)
  }
  for await (const { name, content, isCompressed = false } of files) {
    const entry = isCompressed ? new ZipPassThrough(name) : new ZipDeflate(name)
    zip.add(entry)
    for await (const piece of content) {
      entry.push(piece)
      yield * take()
    }
    entry.push(END, true)
    yield * take()
  }
  zip.end()
  yield * take()
}
