import type { EventRow } from '../../../db/index.ts'
import { judge, type JudgeInput, type JudgeState } from '../../../detection/events/judge.ts'
import { FRAME_KINDS, RULES } from '../../../detection/events/rules.ts'
import type { RuleScore } from '../../recording/incident-pictures.ts'
import type { SendRate } from '../load/send-rate.ts'
import type { CandidateReply } from '../../protocol/messages.ts'
import { rowOf, rowsOf, type Report } from '../../protocol/event-report.ts'
import type { SessionDeps } from './session-deps.ts'
import { isStale } from './arrival-clock.ts'

/** Most inputs held while a change of state is committed; further ones are dropped. */
const HELD_MAX = 500

interface SessionJudgeOptions {
  readonly about: Pick<EventRow, 'sessionId' | 'userId'>
  readonly state: JudgeState
  readonly sendRate: SendRate
  /** Sends the candidate the result of a calibration. */
  readonly reply: (reply: CandidateReply) => void
}

/** Calls the judge for one session: keeps its state, holds inputs back, makes event rows, and times silence. */
export class SessionJudge {
  readonly #options: SessionJudgeOptions
  readonly #deps: Pick<SessionDeps, 'judge' | 'modelVersions' | 'now' | 'policy'>
  #state: JudgeState
  /** Inputs that arrived while a change of state is being committed; undefined while inputs are judged at once. */
  #heldInputs: JudgeInput[] | undefined
  /** When the newest frame was judged, and its capture time. */
  #silentSinceMs: number
  #newestMs = -Infinity
  /** When each kind of report was last recorded. */
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

  /** Start of the present silence. */
  get silentSinceMs (): number {
    return this.#silentSinceMs
  }

  countSilenceFrom (atMs: number): void {
    this.#silentSinceMs = atMs
  }

  /** What the rules that raise incidents say of the frame of `atMs`. */
  scoresOf (atMs: number): RuleScore[] {
    return FRAME_KINDS.flatMap(kind => {
      const signal = this.#state.signals[kind]
      if (signal === undefined || signal.machine.phase === 'idle' || RULES[kind].class !== 'integrity') return []
      const last = signal.window.at(-1)
      const score = last?.atMs === atMs ? last.score : 0
      return [{ kind, score, isRising: signal.machine.phase === 'rising' }]
    })
  }

  /** Replaces the judge's state after a change of the session's state. */
  adopt (state: JudgeState): void {
    this.#state = state
  }

  /** Holds inputs back until `releaseInputs`. */
  holdInputs (): void {
    this.#heldInputs ??= []
  }

  /** Drops the held inputs. */
  dropHeld (): void {
    this.#heldInputs &&= []
  }

  /** Returns the held inputs; from now on inputs are judged at once. */
  releaseInputs (): readonly JudgeInput[] {
    const inputs = this.#heldInputs ?? []
    this.#heldInputs = undefined
    return inputs
  }

  /** Judges an input and returns its rows, none while inputs are held. `id` is that of a page report's row. */
  judge (input: JudgeInput, id?: string): readonly EventRow[] {
    if (this.#heldInputs !== undefined) {
      if (this.#heldInputs.length < HELD_MAX) this.#heldInputs.push(input)
      return []
    }
    // The judge ignores a frame that is not newer, so it does not end a silence.
    if (!('type' in input) && input.atMs !== this.#newestMs && !isStale(input.atMs, this.#newestMs)) {
      this.#newestMs = input.atMs
      this.#silentSinceMs = this.#deps.now()
    }
    const { about, sendRate, reply } = this.#options
    const models = this.#state.models ?? this.#deps.modelVersions?.()
    const before = models === undefined ? this.#state : { ...this.#state, models }
    const { state, events, calibrated } = (this.#deps.judge ?? judge)(before, input, this.#deps.policy)
    this.#state = state
    if (!('type' in input)) sendRate.observe({ judged: state, quality: input.quality, atMs: input.atMs })
    else if (input.type === 'sound' || input.type === 'calibrate') {
      sendRate.observe({ judged: state, atMs: this.#deps.now() })
    }
    if (calibrated !== undefined) reply({ type: 'calibrated', ...calibrated })
    const rows = events.map(event => rowOf(event, about, this.#deps.now()))
    const at =
      id === undefined || !('type' in input) || input.type !== 'client'
        ? -1
        : rows.findIndex(({ kind }) => kind === input.kind)
    return at < 0 ? rows : rows.with(at, { ...rows[at]!, id: id! })
  }

  /** Returns the rows of a report; with `quietMs` none if its kind was reported less than `quietMs` ago. */
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
