import { ByteBuffer } from 'flatbuffers'

/** One table of a FlatBuffer, read by the field numbers of its schema; an absent field gives the default. */
export class FlatbufferTable {
  readonly #bytes: ByteBuffer
  readonly #position: number

  constructor (bytes: ByteBuffer, position: number) {
    this.#bytes = bytes
    this.#position = position
  }

  /** The root table of a whole file. */
  static root (data: Uint8Array): FlatbufferTable {
    const bytes = new ByteBuffer(data)
    return new FlatbufferTable(bytes, bytes.readInt32(0))
  }

  int8 (field: number, fallback = 0): number {
    const at = this.#at(field)
    return at === 0 ? fallback : this.#bytes.readInt8(at)
  }

  uint8 (field: number, fallback = 0): number {
    const at = this.#at(field)
    return at === 0 ? fallback : this.#bytes.readUint8(at)
  }

  int32 (field: number, fallback = 0): number {
    const at = this.#at(field)
    return at === 0 ? fallback : this.#bytes.readInt32(at)
  }

  float32 (field: number, fallback = 0): number {
    const at = this.#at(field)
    return at === 0 ? fallback : this.#bytes.readFloat32(at)
  }

  boolean (field: number): boolean {
    return this.uint8(field) !== 0
  }

  text (field: number): string | undefined {
    const at = this.#at(field)
    return at === 0 ? undefined : String(this.#bytes.__string(at))
  }

  /** Absent when the field is not set. */
  table (field: number): FlatbufferTable | undefined {
    const at = this.#at(field)
    return at === 0 ? undefined : new FlatbufferTable(this.#bytes, this.#bytes.__indirect(at))
  }

  tables (field: number): FlatbufferTable[] {
    return this.#items(field, 4, at => new FlatbufferTable(this.#bytes, this.#bytes.__indirect(at)))
  }

  /** Absent when the field is not set: an empty list is something else. */
  int32s (field: number): number[] | undefined {
    return this.#at(field) === 0 ? undefined : this.#items(field, 4, at => this.#bytes.readInt32(at))
  }

  /** A view, not a copy. */
  bytes (field: number): Uint8Array | undefined {
    const at = this.#at(field)
    if (at === 0) return undefined
    const start = this.#bytes.__vector(at)
    const length = this.#bytes.__vector_len(at)
    const whole = this.#bytes.bytes()
    if (start + length > whole.length) throw new RangeError('FlatBuffer vector runs past the end of the file')
    return whole.subarray(start, start + length)
  }

  #items<T> (field: number, size: number, read: (at: number) => T): T[] {
    const at = this.#at(field)
    if (at === 0) return []
    const start = this.#bytes.__vector(at)
    const length = this.#bytes.__vector_len(at)
    // A damaged length must not make us build a list of billions.
    if (length < 0 || start + length * size > this.#bytes.capacity()) {
      throw new RangeError('FlatBuffer vector runs past the end of the file')
    }
    return Array.from({ length }, (_, index) => read(start + index * size))
  }

  #at (field: number): number {
    // A vtable begins with two 16-bit sizes; field n follows at 4 + 2n.
    const offset = this.#bytes.__offset(this.#position, 4 + 2 * field)
    return offset === 0 ? 0 : this.#position + offset
  }
}
