import type { SoundSummary } from '../../detection/audio/summary.ts'

/** What `invigil analyze` prints for one sound: times in milliseconds, levels in dBFS. */
export function soundLine (
  { durationMs, speech, levelDb, peakDb, noiseFloorDb }: SoundSummary,
  { file }: { readonly file: string }
) {
  return {
    file,
    durationMs,
    speech: {
      ratio: round(speech.ratio, 3),
      segments: speech.segments.map(({ startMs, endMs }) => ({ startMs, endMs }))
    },
    levelDb: round(levelDb, 1),
    peakDb: round(peakDb, 1),
    ...(noiseFloorDb !== undefined && { noiseFloorDb: round(noiseFloorDb, 1) })
  }
}

function round (value: number, decimals: number): number {
  const factor = 10 ** decimals
  return Math.round(value * factor) / factor + 0
}
