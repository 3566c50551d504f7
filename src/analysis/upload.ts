import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { VideoFacts } from '../../detection/video/types.ts'
import { probeFilm } from './film.ts'
import { withNamelessFile } from './nameless-file.ts'

/** More bytes came than are taken. */
export class UploadTooLarge extends Error {}

/**
 * Keeps what is sent in a file without a name, which is gone with this process, and gives `use` the file and what its
 * container says, read by a process of its own. Throws `UploadTooLarge`, or DetectionError for what is no video.
 */
export async function withUpload<T> (
  body: Readable, folder: string, bytesMax: number, use: (content: Readable, facts: VideoFacts) => Promise<T>
): Promise<T> {
  return await withNamelessFile(folder, async file => {
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new UploadTooLarge()
      await file.writeFile(chunk)
    }
    return await use(Readable.from(piecesOf(file), { objectMode: false }), await probeFilm(file.fd))
  })
}

const PIECE_BYTES = 1 << 18

async function * piecesOf (file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
