/** A stream of which nothing has come for this long is forgotten; its decoder is closed by then. */
const IDLE_MS = 30_000

/** Where the decoder of each video stream is, so that its next chunks go there as well. */
export class Streams<Seat> {
  readonly #places = new Map<string, { readonly seat: Seat, readonly usedMs: number }>()

  get size (): number {
    return this.#places.size
  }

  seatOf (stream: string | undefined): Seat | undefined {
    return stream === undefined ? undefined : this.#places.get(stream)?.seat
  }

  /** Chunks of that stream went to this seat. */
  note (stream: string, seat: Seat, nowMs: number): void {
    this.#places.set(stream, { seat, usedMs: nowMs })
  }

  /** Streams whose decoder is there. */
  countOf (seat: Seat): number {
    let count = 0
    for (const place of this.#places.values()) if (place.seat === seat) count++
    return count
  }

  expire (nowMs: number): void {
    for (const [stream, { usedMs }] of this.#places) if (nowMs - usedMs > IDLE_MS) this.#places.delete(stream)
  }
}
