/** A stream without chunks for this long is forgotten; its decoder is closed by then. */
const IDLE_MS = 30_000

/** Which worker has the decoder of each video stream, so that its next chunks go to the same worker. */
export class StreamAffinity<Slot> {
  readonly #places = new Map<string, { readonly slot: Slot, readonly usedMs: number }>()

  get size (): number {
    return this.#places.size
  }

  slotOf (stream: string | undefined): Slot | undefined {
    return stream === undefined ? undefined : this.#places.get(stream)?.slot
  }

  /** Records that chunks of the stream went to this worker. */
  assign (stream: string, slot: Slot, nowMs: number): void {
    this.#places.set(stream, { slot, usedMs: nowMs })
  }

  /** Number of streams that this worker decodes. */
  countOf (slot: Slot): number {
    let count = 0
    for (const place of this.#places.values()) if (place.slot === slot) count++
    return count
  }

  /** Forgets idle streams. */
  expire (nowMs: number): void {
    for (const [stream, { usedMs }] of this.#places) if (nowMs - usedMs > IDLE_MS) this.#places.delete(stream)
  }
}
