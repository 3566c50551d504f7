/** Longest time by which a recorded time may differ from the time that the judge uses. */
const OFF_MS_MAX = 1000

/**
 * Computes the times of a recording. The judge's times follow the arrivals of frames: a late first or last frame would
 * give the recording a wrong length. So the distances between recorded times are those of the client's capture times.
 * A false capture time cannot hide a stretch: a recorded time stays within a second of the judge's.
 */
export class MediaClock {
  /** The server's time at zero of the client's clock. */
  #offsetMs: number | undefined

  /** `judgedMs` is the time that the judge uses; without a capture time it is the result. */
  at (claimedMs: number | undefined, judgedMs: number): number {
    if (claimedMs === undefined) return judgedMs
    this.#offsetMs ??= judgedMs - claimedMs
    return Math.max(judgedMs - OFF_MS_MAX, Math.min(judgedMs + OFF_MS_MAX, claimedMs + this.#offsetMs))
  }

  /** A new connection may be another computer. */
  reset (): void {
    this.#offsetMs = undefined
  }
}
