import type { EventRow } from '../../../db/index.ts'
import { judge, type JudgeInput, type JudgeState } from '../../../detection/events/judge.ts'
import type { SendRate } from '../load/send-rate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import { rowOf, rowsOf, type Report } from '../../protocol/event-report.ts'
import type { SessionDeps } from './session-deps.ts'
import { isStale } from './arrival-clock.ts'

/** Inputs that may wait for a change of state to be committed; what comes then is not judged. */
const HELD_MAX = 500

interface SessionJudgeOptions {
  readonly about: Pick<EventRow, 'sessionId' | 'userId'>
  readonly state: JudgeState
  readonly sendRate: SendRate
  /** Tells the candidate how a calibration ended. */
  readonly reply: (reply: CandidateReply) => void
}

/**
 * Turns what comes of one session into rows of events: what the judge remembers, what waits to be judged, and since
 * when nothing came.
 */
export class SessionJudge {
  readonly #options: SessionJudgeOptions
  readonly #deps: Pick<SessionDeps, 'judge' | 'modelVersions' | 'now' | 'policy'>
  #state: JudgeState
  /** What came while a change of state is on its way to the database. */
  #heldInputs: JudgeInput[] | undefined
  /** When the last frame that counts came back, and when it was captured. */
  #silentSinceMs: number
  #newestMs = -Infinity
  /** When each kind of an analysis was last noted. */
  readonly #reportedAtMs = new Map<string, number>()

  constructor (options: SessionJudgeOptions, deps: Pick<SessionDeps, 'judge' | 'modelVersions' | 'now' | 'policy'>) {
    this.#options = options
    this.#deps = deps
    this.#state = options.state
    this.#silentSinceMs = deps.now()
  }

  get state (): JudgeState {
    return this.#state
  }

  /** Silence is counted from here. */
  get silentSinceMs (): number {
    return this.#silentSinceMs
  }

  countSilenceFrom (atMs: number): void {
    this.#silentSinceMs = atMs
  }

  /** Takes over what the judge remembers after a change of state. */
  adopt (state: JudgeState): void {
    this.#state = state
  }

  /** From now on what comes waits to be judged, until `release`. */
  holdInputs (): void {
    this.#heldInputs ??= []
  }

  /** Drops what has waited. */
  dropHeld (): void {
    this.#heldInputs &&= []
  }

  /** Gives what has waited; from now on what comes is judged at once. */
  releaseInputs (): readonly JudgeInput[] {
    const held = this.#heldInputs ?? []
    this.#heldInputs = undefined
    return held
  }

  /** Gives the rows that come of an input, none while it has to wait. `id`: of the row of a page's report. */
  judge (input: JudgeInput, id?: string): readonly EventRow[] {
    if (this.#heldInputs !== undefined) {
      if (this.#heldInputs.length < HELD_MAX) this.#heldInputs.push(input)
      return []
    }
    // One that is not newer is not judged: it breaks no silence.
    if (!('type' in input) && input.atMs !== this.#newestMs && !isStale(input.atMs, this.#newestMs)) {
      this.#newestMs = input.atMs
      this.#silentSinceMs = this.#deps.now()
    }
    const { about, sendRate: pace, reply } = this.#options
    const models = this.#state.models ?? this.#deps.modelVersions?.()
    const before = models === undefined ? this.#state : { ...this.#state, models }
    const { state, events, calibrated } = (this.#deps.judge ?? judge)(before, input, this.#deps.policy)
    this.#state = state
    if (!('type' in input)) pace.observe({ judged: state, quality: input.quality, atMs: input.atMs })
    else if (input.type === 'sound' || input.type === 'calibrate') { pace.observe({ judged: state, atMs: this.#deps.now() }) }
    if (calibrated !== undefined) reply({ type: 'calibrated', ...calibrated })
    const rows = events.map(event => rowOf(event, about, this.#deps.now()))
    const at =
      id === undefined || !('type' in input) || input.type !== 'client'
        ? -1
        : rows.findIndex(({ kind }) => kind === input.kind)
    return at < 0 ? rows : rows.with(at, { ...rows[at]!, id: id! })
  }

  /** Gives the rows of what others saw; with `quietMs` none of a kind that was reported so shortly before. */
  recordReport (report: Report, quietMs: number): readonly EventRow[] {
    const nowMs = this.#deps.now()
    if (quietMs > 0 && nowMs - (this.#reportedAtMs.get(report.kind) ?? -Infinity) < quietMs) return []
    const incident = this.#state.incidents + 1
    const rows = rowsOf(report, { ...this.#options.about, incident }, this.#deps.policy, nowMs)
    if (rows.length === 0) return rows
    this.#state = { ...this.#state, incidents: incident }
    if (quietMs > 0) this.#reportedAtMs.set(report.kind, nowMs)
    return rows
  }
}
