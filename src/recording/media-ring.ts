/** A piece of a session's media in memory. */
export type Kept =
  | { readonly kind: 'key' | 'video' | 'picture', readonly atMs: number, readonly bytes: Uint8Array }
  | { readonly kind: 'pcm', readonly atMs: number, readonly pcm: Float32Array }

const RING_MS = 15_000
/** Of one session; beyond it the oldest go, whatever their time. */
const RING_BYTES_MAX = 4_000_000

const sizeOf = (kept: Kept): number => (kept.kind === 'pcm' ? kept.pcm.byteLength : kept.bytes.byteLength)

/** The last 15 seconds of a session's media. */
export class MediaRing {
  #kept: Kept[] = []
  #bytes = 0

  add (kept: Kept): void {
    this.#kept.push(kept)
    this.#bytes += sizeOf(kept)
    let drop = 0
    while (drop < this.#kept.length - 1) {
      const oldest = this.#kept[drop]!
      if (this.#bytes <= RING_BYTES_MAX && kept.atMs - oldest.atMs <= RING_MS) break
      this.#bytes -= sizeOf(oldest)
      drop++
    }
    if (drop > 0) this.#kept.splice(0, drop)
  }

  clear (): void {
    this.#kept = []
    this.#bytes = 0
  }

  /** From the newest key frame that is not after `atMs`, or from the oldest there is. */
  from (atMs: number): readonly Kept[] {
    const starts = this.#kept.flatMap(({ kind, atMs }, at) => (kind === 'key' || kind === 'picture' ? [{ at, atMs }] : []))
    const first = starts.findLast(start => start.atMs <= atMs) ?? starts[0]
    return first === undefined ? [] : this.#kept.slice(first.at)
  }

  soundFrom (atMs: number): readonly Kept[] {
    return this.#kept.filter(kept => kept.kind === 'pcm' && kept.atMs >= atMs)
  }
}
