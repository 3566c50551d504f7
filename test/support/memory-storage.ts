import { Readable } from 'node:stream'
import type { Database } from '../../db/index.ts'
import { createMedia, type MediaServices } from '../../src/storage/media-services.ts'
import type { Storage } from '../../src/storage/storage.ts'

const MEDIA_KEY = Buffer.alloc(32, 0x3d)

/** The media of an application under test. */
export const testMedia = (db: Pick<Database, 'mediaKeys'>, storage: Storage = createMemoryStorage()): MediaServices =>
  createMedia({ db, storage, masterKey: MEDIA_KEY })

/** A store in memory; `objects` may be changed by the test. */
export function createMemoryStorage (): Storage & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>()
  const found = (key: string) => {
    const content = objects.get(key)
    return content === undefined ? undefined : { key, bytes: content.length }
  }
  return {
    objects,
    name: 'memory',
    put: async (key, content) => {
      const parts: Uint8Array[] = []
      for await (const part of content as AsyncIterable<Uint8Array>) parts.push(part)
      objects.set(key, Buffer.concat(parts))
      return found(key)!
    },
    get: async (key, range) => {
      const content = objects.get(key)
      if (content === undefined) return undefined
      return Readable.from([range === undefined ? content : content.subarray(range.start, range.end + 1)])
    },
    head: async key => found(key),
    delete: async key => { objects.delete(key) },
    async * list (prefix) {
      for (const key of [...objects.keys()].sort()) if (key.startsWith(prefix)) yield found(key)!
    }
  }
}
