/** JSON text as stored; a value that a driver has parsed already passes through. */
export function jsonFromDriver (value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value
}

/** Bytes of their own, not a view into a driver's buffer. */
export function blobFromDriver (value: unknown): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  if (value instanceof Uint8Array) return new Uint8Array(value)
  throw new TypeError('a blob column gave no bytes')
}
