import { v7 } from 'uuid'
import type { EventRow } from '../../db/index.ts'
import type { EventKind } from '../../detection/types.ts'
import { rowsOf } from '../protocol/event-report.ts'
import { DEFAULT_POLICY } from '../../detection/events/policy.ts'

const MINUTE_MS = 60_000

/** What was seen in a sample session: when it began, in seconds after the start, and for how long. */
interface Seen {
  readonly kind: EventKind
  readonly afterSeconds: number
  readonly seconds?: number
  readonly detail?: Readonly<Record<string, unknown>>
}

export interface SampleSession {
  /** Before the moment of the making. */
  readonly startedMsAgo: number
  readonly durationMs: number
  readonly seen: readonly Seen[]
}

/** A session without findings, and one that a proctor should review. */
export const SAMPLE_SESSIONS: readonly SampleSession[] = [
  {
    startedMsAgo: 2 * 24 * 60 * MINUTE_MS,
    durationMs: 32 * MINUTE_MS,
    seen: [
      { kind: 'too_dark', afterSeconds: 41, seconds: 12, detail: { brightness: 0.07 } },
      { kind: 'looking_away', afterSeconds: 540, seconds: 4.2, detail: { direction: 'left', sightYawDegrees: 34 } },
      { kind: 'connection_lost', afterSeconds: 1205, seconds: 9 }
    ]
  },
  {
    startedMsAgo: 24 * 60 * MINUTE_MS,
    durationMs: 27 * MINUTE_MS,
    seen: [
      { kind: 'looking_away', afterSeconds: 122, seconds: 6.5, detail: { direction: 'down', sightPitchDegrees: -38 } },
      { kind: 'phone', afterSeconds: 133, seconds: 14, detail: { objectScore: 0.71 } },
      { kind: 'tab_switch', afterSeconds: 402, seconds: 21, detail: { source: 'page' } },
      { kind: 'paste', afterSeconds: 428, detail: { source: 'page' } },
      { kind: 'face_missing', afterSeconds: 811, seconds: 17 },
      { kind: 'multiple_faces', afterSeconds: 828, seconds: 8, detail: { faces: 2 } },
      { kind: 'background_voice', afterSeconds: 830, seconds: 5 }
    ]
  }
]

/** The rows of a sample's events, with ids of the time they stand for, as if they had been recorded then. */
export function sampleRows (
  { seen }: SampleSession,
  {
    sessionId,
    userId,
    startedAtMs
  }: { readonly sessionId: string, readonly userId: string, readonly startedAtMs: number }
): EventRow[] {
  return seen.flatMap(({ kind, afterSeconds, seconds, detail = {} }, index) => {
    const atMs = startedAtMs + afterSeconds * 1000
    const report = {
      kind,
      atMs,
      detail: { ...detail, demo: true },
      ...(seconds !== undefined && { durationMs: seconds * 1000 })
    }
    return rowsOf(report, { sessionId, userId, incident: index + 1 }, DEFAULT_POLICY, atMs).map(row => ({
      ...row,
      id: v7({ msecs: row.atMs }),
      createdAtMs: row.atMs
    }))
  })
}
