import type { Readable } from 'node:stream'

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A stored object. */
export interface StoredObject {
  readonly key: string
  readonly bytes: number
}

/**
 * Where finished media lies: a folder, or an S3-compatible store. It stores bytes and knows nothing of encryption
 * (`media-vault.ts`). Every function throws only `StorageError`.
 */
export interface Storage {
  /** For the log at the start; without secrets. */
  readonly name: string
  /** Stores the whole stream under `key`, or nothing. An object of that key is replaced. */
  put (key: string, content: Readable, options?: { readonly type?: string }): Promise<StoredObject>
  /** The bytes of the range, or all; undefined if there is no such object. */
  get (key: string, range?: ByteRange): Promise<Readable | undefined>
  head (key: string): Promise<StoredObject | undefined>
  /** Deletes the object; nothing happens if there is none. */
  delete (key: string): Promise<void>
  /** All objects whose key begins with `prefix`, in the order of their keys. */
  list (prefix: string): AsyncIterable<StoredObject>
}

/**
 * `full`: no room. `unavailable`: the store does not respond or refuses the login. `damaged`: the bytes are not those
 * that were stored. `erased`: the key of the session is gone. `key`: not a key of an object.
 */
export type StorageErrorCode = 'full' | 'unavailable' | 'damaged' | 'erased' | 'key'

export class StorageError extends Error {
  readonly code: StorageErrorCode

  constructor (code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StorageError'
    this.code = code
  }
}

const KEY = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/
const KEY_LENGTH_MAX = 400

/** Throws for a key that is no relative path of plain names: it becomes a path of the file system. */
export function checkKey (key: string): void {
  if (key.length > KEY_LENGTH_MAX || !KEY.test(key)) throw new StorageError('key', 'the key of an object has a bad form')
}
