/**
 * How often each detector runs on one candidate's frames: every number in one table.
 *
 * The mesh and the picture's quality are measured on every frame and need no number.
 */
export interface Cadence {
  /** One of the two face detectors, by turns, also runs while faces are tracked, to find further ones. */
  readonly facesMs: number
  /** The search for small faces in tiles of the picture, while no face is found; some 15 ms each time. */
  readonly farFacesMs: number
  readonly objectsMs: number
  /** Objects, while the picture does not change. */
  readonly objectsStillMs: number
  /** The second object detector, for books; some 30 ms each time. */
  readonly booksMs: number
  /** The same after it may have seen one. */
  readonly booksAgainMs: number
  /** Hands that are followed, while something moves. */
  readonly handsMs: number
  /**
   * The search for hands while none is followed and something moves, and for a second one: they are information only,
   * and the search costs most.
   */
  readonly handsSearchMs: number
  /** The look at the picture upside down, while no face is found. */
  readonly upsideDownMs: number
  readonly identityMs: number
  /** The same while one face is followed and the last comparisons were clear (identity/check.ts). */
  readonly identityClearMs: number
  /** The passive spoof check, where its models are there. */
  readonly spoofMs: number
  /**
   * The same after a face that did not look live: one odd frame is to be outvoted soon, a picture to be reported soon.
   */
  readonly spoofAgainMs: number
  /** Mean absolute difference of luma (0..1) above which a picture counts as changed. */
  readonly stillChangeMax: number
}

/** Fast enough for rules that want two to four seconds of evidence, slow enough for thirty candidates on two cores. */
export const DEFAULT_CADENCE: Cadence = {
  facesMs: 1000,
  farFacesMs: 2000,
  objectsMs: 1000,
  objectsStillMs: 3000,
  booksMs: 12_000,
  booksAgainMs: 2000,
  handsMs: 1000,
  handsSearchMs: 2000,
  upsideDownMs: 2000,
  identityMs: 10_000,
  identityClearMs: 20_000,
  spoofMs: 10_000,
  spoofAgainMs: 2000,
  stillChangeMax: 0.01
}

/**
 * Whether a detector that last ran at `lastMs` (`undefined`: never) runs on the frame of `atMs`.
 *
 * A tenth of the interval is forgiven, so that frames which come a little early at exactly this rate are not skipped.
 */
export function isDue (lastMs: number | undefined, atMs: number, everyMs: number): boolean {
  return lastMs === undefined || atMs - lastMs >= everyMs * 0.9
}
