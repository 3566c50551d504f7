/** When the console may make a sound: few, never two within ten seconds, and each of them is visible too. */

export type Tone = 'hand' | 'serious'

export interface SoundState {
  readonly playedAtMs: number
  /** What is not seen yet, with the time of its tone and whether that was repeated. */
  readonly waiting: ReadonlyMap<string, { readonly tone: Tone, readonly atMs: number, readonly isRepeated: boolean }>
}

export const SILENT: SoundState = { playedAtMs: -Infinity, waiting: new Map() }

/** Shortest time between two tones. */
export const BETWEEN_MS = 10_000
/** A tone is repeated once, if nobody has seen its cause. */
export const REPEAT_MS = 30_000

/**
 * The tone to play at `nowMs`, if any. `causes` are the unseen reasons for a tone now, by a key each: those that are no
 * longer there were seen. A new cause within the pause gets its tone when the pause is over.
 */
export function nextTone (
  state: SoundState,
  causes: ReadonlyMap<string, Tone>,
  nowMs: number
): { readonly state: SoundState, readonly tone: Tone | undefined } {
  const waiting = new Map([...state.waiting].filter(([key]) => causes.has(key)))
  const mayPlay = nowMs - state.playedAtMs >= BETWEEN_MS
  const due = [...causes].filter(([key]) => {
    const known = waiting.get(key)
    return known === undefined || (!known.isRepeated && nowMs - known.atMs >= REPEAT_MS)
  })
  if (!mayPlay || due.length === 0) return { state: { ...state, waiting }, tone: undefined }
  const tone = due.some(([, one]) => one === 'serious') ? 'serious' : 'hand'
  for (const [key, one] of due) waiting.set(key, { tone: one, atMs: nowMs, isRepeated: waiting.has(key) })
  return { state: { playedAtMs: nowMs, waiting }, tone }
}
