import type { EventRow } from '../../../db/index.ts'
import type { About, Bus } from '../../feed/bus.ts'
import type { RiskLevel, SessionReport } from '../../protocol/messages.ts'

/** Publishes one session to its monitors, and tracks when its scores are due. */
export class FeedPublisher {
  readonly #about: About
  readonly #bus: Bus
  readonly #now: () => number
  #isReportDue = false
  #reportedAtMs = 0

  constructor (about: About, bus: Bus, now: () => number) {
    this.#about = about
    this.#bus = bus
    this.#now = now
  }

  get hasAudience (): boolean {
    return this.#bus.hasAudience(this.#about)
  }

  /** Whether there are changes to report. */
  get isReportDue (): boolean {
    return this.#isReportDue
  }

  /** Time of the last report. */
  get reportedAtMs (): number {
    return this.#reportedAtMs
  }

  markReportDue (): void {
    this.#isReportDue = true
  }

  /** Publishes a snapshot; pass undefined if another gateway reports the session. */
  report (report: (() => SessionReport) | undefined): void {
    this.#isReportDue = false
    this.#reportedAtMs = this.#now()
    if (report !== undefined && this.hasAudience) {
      this.#bus.publish({ ...this.#about, kind: 'session', report: report() })
    }
  }

  showEvents (rows: readonly EventRow[], stored: boolean): void {
    this.#bus.publish({ ...this.#about, kind: 'events', rows, stored })
  }

  showThumbnail (jpegBase64: string, atMs: number): void {
    this.#bus.publish({ ...this.#about, kind: 'thumbnail', atMs, jpegBase64 })
  }

  showPresence (online: boolean): void {
    this.#bus.publish({ ...this.#about, kind: 'presence', online, atMs: this.#now() })
    this.#isReportDue = true
  }

  /** Asks the monitors for a proctor. */
  callProctor (riskLevel: RiskLevel): void {
    this.#bus.publish({ ...this.#about, kind: 'call', riskLevel, atMs: this.#now() })
  }
}
