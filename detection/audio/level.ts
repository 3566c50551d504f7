/** Level reported for digital silence, since log(0) does not exist; below the last bit of 16-bit sound. */
export const SILENCE_DB = -100

/** Root mean square of samples of −1 to 1 in dBFS; a full-scale square wave has 0, a sine −3. */
export function levelDb (samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 ? SILENCE_DB : powerDb(sum / samples.length)
}

/** A mean square in dBFS. */
export function powerDb (power: number): number {
  return Math.max(SILENCE_DB, 10 * Math.log10(Math.max(power, 1e-20)))
}

/** The mean square that a level stands for. */
export function powerOfDb (db: number): number {
  return db <= SILENCE_DB ? 0 : 10 ** (db / 10)
}

/** The largest absolute sample, in dBFS. */
export function peakDb (samples: Float32Array): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return Math.max(SILENCE_DB, 20 * Math.log10(Math.max(peak, 1e-10)))
}

/** The mean level of windows of equal length: means are of power, not of decibels. */
export function meanDb (levelsDb: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < levelsDb.length; index++) sum += powerOfDb(levelsDb[index]!)
  return levelsDb.length === 0 ? SILENCE_DB : powerDb(sum / levelsDb.length)
}

/** A quiet moment is believed at once, a louder room only slowly: some 2 dB a second of 32 ms windows. */
const FLOOR_RISE_DB = 0.06
/** Between two words a voice falls for single windows only: the floor falls halfway to each quieter window. */
const FLOOR_FALL_SHARE = 0.5

/**
 * The noise floor after one more window: falls fast, rises slowly, so that it follows the room between the sounds.
 *
 * Digital silence tells nothing about a room (a gate, or a microphone that is off) and does not count. Absent: not
 * known yet.
 */
export function followFloor (floorDb: number | undefined, windowDb: number): number | undefined {
  if (windowDb <= SILENCE_DB) return floorDb
  if (floorDb === undefined) return windowDb
  return windowDb < floorDb
    ? floorDb + (windowDb - floorDb) * FLOOR_FALL_SHARE
    : Math.min(windowDb, floorDb + FLOOR_RISE_DB)
}
