import { newId, type EventRow, type SessionPause } from '../../../db/index.ts'
import { applyPolicy, type Policy } from '../../../detection/events/policy.ts'
import { riskLevel, scoreSession, type Interval, type ScoredEvent } from '../../../detection/events/score.ts'
import type { EventClass, Phase } from '../../../detection/types.ts'
import { CoverageGaps, type Gap } from './coverage-gaps.ts'
import type { Limits } from '../../limits.ts'
import { CustomEventQuota } from './custom-event-quota.ts'
import type { RiskLevel, SessionReport, SessionState } from '../../protocol/messages.ts'
import type { Report } from '../../protocol/event-report.ts'

export interface SessionScoresStart {
  readonly id: string
  readonly startedAtMs: number
  readonly pauses: readonly SessionPause[]
  readonly rows: readonly EventRow[]
  /** False if gaps were not recorded. */
  readonly isWatched?: boolean
}

const UNTOLD_GAP = { kind: 'watch_gap', phase: 'start', incident: -1, class: 'coverage', weight: 0 } as const

/** Counts, open incidents and scores of a session, computed from its rows. */
export class SessionScores {
  readonly #sessionId: string
  readonly #startedAtMs: number
  readonly #policy: Policy
  readonly #open = new Map<number, EventRow>()
  readonly #ended = new Set<number>()
  #events: ScoredEvent[] = []
  #quota = new CustomEventQuota()
  #gaps = new CoverageGaps()
  #isWatched: boolean
  #counts: Record<string, number> = {}
  #count = 0
  /** Running sum, in the order in which `riskScore` adds. */
  #risk = 0
  #pauses: readonly SessionPause[]
  #incidents = 0

  constructor ({ id, startedAtMs, pauses, rows, isWatched = true }: SessionScoresStart, policy: Policy) {
    this.#isWatched = isWatched && applyPolicy('watch_gap', policy).enabled
    this.#sessionId = id
    this.#startedAtMs = startedAtMs
    this.#pauses = pauses
    this.#policy = policy
    for (const row of rows) this.add(row)
  }

  /** The highest incident number in use. */
  get incidents (): number {
    return this.#incidents
  }

  get counts (): Readonly<Record<string, number>> {
    return { ...this.#counts }
  }

  get pauses (): readonly SessionPause[] {
    return this.#pauses
  }

  /** Whether an incident is open, so that the scores change with time. */
  get hasOpen (): boolean {
    return this.#open.size > 0
  }

  /** How many incidents that count in the scores are open. */
  get openIntegrity (): number {
    let count = 0
    for (const row of this.#open.values()) if (row.class === 'integrity') count++
    return count
  }

  /** The level of `scores`, from the running sum. */
  get riskLevel (): RiskLevel {
    return riskLevel(Math.round(this.#risk * 1000) / 1000, this.#policy.riskLimits)
  }

  /** As `CustomEventQuota.withinQuota`. */
  withinQuota (
    reports: ReadonlyArray<Pick<Report, 'kind' | 'detail'>>,
    limits: Pick<Limits, 'ownKindsMax' | 'ownEventsMax'>
  ): boolean {
    return this.#quota.withinQuota(reports, limits)
  }

  /** The start rows of open incidents. */
  open (): readonly EventRow[] {
    return [...this.#open.values()]
  }

  /** End rows for all open incidents but those of kind `except`, at `untilMs` or at their start if that is later. */
  endings (untilMs: number, reason: string, nowMs: number, except?: string): EventRow[] {
    return this.open()
      .filter(({ kind }) => kind !== except)
      .map(row => ({
        ...row,
        id: newId(),
        phase: 'end',
        atMs: Math.max(untilMs, row.atMs),
        durationMs: Math.max(0, untilMs - row.atMs),
        weight: 0,
        detail: { reason },
        createdAtMs: nowMs
      }))
  }

  add (row: EventRow): void {
    this.#events.push({
      kind: row.kind,
      phase: row.phase as Phase,
      atMs: row.atMs,
      incident: row.incident,
      class: row.class as EventClass,
      weight: row.weight
    })
    this.#incidents = Math.max(this.#incidents, row.incident)
    // Rows come in the order of ids; after a clock was set back an end may have a lower id than its start.
    if (row.phase === 'start' && !this.#ended.has(row.incident)) this.#open.set(row.incident, row)
    this.#quota.add(row)
    this.#gaps.add(row)
    if (row.phase === 'end') {
      this.#ended.add(row.incident)
      this.#open.delete(row.incident)
      return
    }
    this.#counts[row.kind] = (this.#counts[row.kind] ?? 0) + 1
    this.#count++
    if (row.class === 'integrity') this.#risk += row.weight
  }

  /** Whether the row is consistent: an end needs an open start, and a start must not be open yet. */
  accepts ({ phase, incident }: Pick<EventRow, 'phase' | 'incident'>): boolean {
    return phase === 'end' ? this.#open.has(incident) : phase === 'instant' || !this.#open.has(incident)
  }

  /** A copy, to compute the effect of a change before it is committed. */
  fork (): SessionScores {
    const copy = new SessionScores(
      { id: this.#sessionId, startedAtMs: this.#startedAtMs, pauses: this.#pauses, rows: [] },
      this.#policy
    )
    for (const [incident, row] of this.#open) copy.#open.set(incident, row)
    for (const incident of this.#ended) copy.#ended.add(incident)
    copy.#events = [...this.#events]
    copy.#quota = this.#quota
    copy.#gaps = this.#gaps.copy()
    copy.#isWatched = this.#isWatched
    copy.#counts = { ...this.#counts }
    copy.#count = this.#count
    copy.#risk = this.#risk
    copy.#incidents = this.#incidents
    return copy
  }

  changeState (from: SessionState, to: SessionState, atMs: number, by: string): void {
    if (from === 'paused') {
      this.#pauses = this.#pauses.map(pause => (pause.endedAtMs === null ? { ...pause, endedAtMs: atMs } : pause))
    }
    if (to === 'paused') {
      this.#pauses = [
        ...this.#pauses,
        { id: newId(), sessionId: this.#sessionId, startedAtMs: atMs, endedAtMs: null, by }
      ]
    }
  }

  /** Drops all events. Incident numbers continue, so that none is used twice; the seen time becomes unknown. */
  clear (): void {
    this.#events = []
    this.#gaps.clear()
    this.#isWatched = false
    this.#counts = {}
    this.#count = 0
    this.#risk = 0
    this.#quota.clear()
    this.#open.clear()
    this.#ended.clear()
  }

  /** The newest gaps in which the candidate was not seen. */
  gaps (): readonly Gap[] {
    return this.#gaps.list()
  }

  /** Milliseconds in which the candidate was not seen, by cause. */
  unseenMs (untilMs: number): Readonly<Record<string, number>> {
    return this.#gaps.unseenMs(untilMs)
  }

  /**
   * The scores as of `untilMs`: now, or the end of the session. `unseenFromMs` starts a gap that no event records,
   * because no gateway held the session.
   */
  scores (untilMs: number, unseenFromMs?: number): SessionReport['scores'] {
    const events = unseenFromMs === undefined ? this.#events : [...this.#events, { ...UNTOLD_GAP, atMs: unseenFromMs }]
    return {
      ...scoreSession(events, this.#monitored(untilMs), { ...this.#policy, isWatched: this.#isWatched }),
      eventCount: this.#count
    }
  }

  /** From the start to `untilMs`, without the pauses. */
  #monitored (untilMs: number): Interval[] {
    const intervals: Interval[] = []
    let startMs = this.#startedAtMs
    for (const pause of this.#pauses) {
      intervals.push({ startMs, endMs: Math.min(pause.startedAtMs, untilMs) })
      startMs = Math.min(pause.endedAtMs ?? untilMs, untilMs)
    }
    intervals.push({ startMs, endMs: untilMs })
    return intervals.filter(({ startMs, endMs }) => endMs > startMs)
  }
}
