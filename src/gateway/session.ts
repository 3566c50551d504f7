import type { EventRow, Sessions, SessionPause } from '../../db/index.ts'
import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../detection/events/judge.ts'
import type { Policy } from '../../detection/events/policy.ts'
import type { Pool } from '../../detection/pool.ts'
import { translate, type TextKey } from '../i18n/translate.ts'
import type { About, Bus } from './bus.ts'
import type { HandedOver } from './command.ts'
import type { EventWriter, Written } from './event-writer.ts'
import type { Chunk, Frame, Sound } from './frame.ts'
import { Hearing, type HearingDeps } from './hearing.ts'
import { clampTime, Intake, isStale, type IntakeDeps } from './intake.ts'
import { readMemory, writeMemory } from './memory.ts'
import type { Calibrate, CandidateReply, PageEvent, RiskLevel, SessionReport, SessionState } from './protocol.ts'
import { Pace } from './pace.ts'
import type { FlowControl } from './rate.ts'
import { refusal, type Refusal } from './refusals.ts'
import { rowOf, rowsOf, type Report } from './report.ts'
import { Saver } from './saver.ts'
import type { Sender } from './sender.ts'
import { Tally } from './tally.ts'

export interface SessionDeps extends IntakeDeps, HearingDeps {
  readonly pool: Pick<Pool, 'lane' | 'listen'>
  readonly sessions: Pick<Sessions, 'setScores'>
  readonly writer: EventWriter
  readonly bus: Bus
  readonly policy: Policy
  readonly flow: FlowControl
  /** Hears of a risk that has reached a higher level. */
  readonly onRisk?: (session: LiveSession, level: Exclude<RiskLevel, 'Low'>) => void
  /** Name to version of the models, once they are loaded: events name what they rest on. */
  readonly modelVersions?: () => Readonly<Record<string, string>> | undefined
  /** The judge of detection, unless a test brings its own. */
  readonly judge?: typeof judge
}

/** What a session is from its start; `rows` are its stored events, in order, when it goes on after a restart. */
export interface SessionStart {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  /** The exam's author. */
  readonly ownerId?: string | null
  readonly name: string
  readonly state: SessionState
  readonly startedAtMs: number
  readonly updatedAtMs: number
  readonly pauses: readonly SessionPause[]
  readonly rows: readonly EventRow[]
  /** Another gateway gave it up, with what it remembers; absent after a restart. */
  readonly handedOver?: HandedOver
  /** Another gateway that does not answer may still have events of it to store. */
  readonly isSeized?: boolean
}

/** Numbers of incidents left to a gateway that had the session and does not answer. */
const SEIZED_INCIDENTS = 1000

/** The judge is told of silence about once a second, and monitors of new scores. */
const SECOND_MS = 1000

/** Whether `afterMs` have passed; a moment that lies in the future belongs to a clock that was set back since. */
function isPast (nowMs: number, sinceMs: number, afterMs: number): boolean {
  return nowMs < sinceMs || nowMs - sinceMs >= afterMs
}

/** One open session: its frames and sounds on their way, what tracking and judging remember, its scores, and who is connected to it. */
export class LiveSession {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly ownerId: string | null
  readonly name: string
  readonly startedAtMs: number
  /** How fast the candidate is asked to send. */
  readonly pace: Pace
  readonly #deps: SessionDeps
  readonly #intake: Intake
  readonly #hearing: Hearing
  readonly #tally: Tally
  #riskLevel: RiskLevel
  #state: SessionState
  #sender: Sender | undefined
  #judgeState: JudgeState
  #endedAtMs: number | null = null
  /** When the last frame that counts came back, and when it was captured. */
  #heardAtMs: number
  #newestMs = -Infinity
  #reportedAtMs = 0
  #isReportDue = false
  readonly #saver: Saver
  #toldPaused = false
  /** When each kind of an analysis was last noted. */
  readonly #toldAtMs = new Map<string, number>()
  /** Nobody is missed before the first connection. */
  #wasConnected: boolean
  /** When the candidate's socket was opened. */
  #attachedAtMs = 0
  /** It goes on elsewhere. */
  #hasLeft = false

  constructor (start: SessionStart, deps: SessionDeps) {
    this.id = start.id
    this.userId = start.userId
    this.examId = start.examId
    this.ownerId = start.ownerId ?? null
    this.name = start.name
    this.startedAtMs = start.startedAtMs
    this.#state = start.state
    this.#deps = deps
    this.#heardAtMs = deps.now()
    this.#tally = new Tally(start, deps.policy)
    this.pace = new Pace({ policy: deps.policy, flow: deps.flow, onRate: rate => this.#sender?.send({ type: 'rate', ...rate }) })
    this.#saver = new Saver(async atMs => {
      const { riskScore, trustScore, complianceScore, eventCount } = this.scores()
      await deps.sessions.setScores(this.id, { riskScore, trustScore, complianceScore, eventCount }, atMs)
    }, deps.now)
    this.#intake = new Intake({
      userId: start.userId,
      isActive: () => this.#isRunning,
      isWatched: () => deps.bus.hasAudience(this.about()),
      hear: input => this.#hear(input),
      showThumbnail: (jpegBase64, atMs) => deps.bus.publish({ ...this.about(), kind: 'thumbnail', atMs, jpegBase64 })
    }, deps)
    this.#hearing = new Hearing({ userId: start.userId, isActive: () => this.#isRunning, hear: input => this.#hear(input) }, deps)
    const memory = start.handedOver === undefined ? undefined : readMemory(start.handedOver)
    this.#judgeState = memory ?? createJudgeState(this.#tally.incidents + (start.isSeized === true ? SEIZED_INCIDENTS : 0))
    this.#riskLevel = this.#tally.riskLevel
    this.#wasConnected = start.rows.length > 0 || memory !== undefined
    if (memory !== undefined || !this.#wasConnected || start.state !== 'active') return
    // What was left open ends at the last moment it was known to live; since then the line was dead, unless another gateway had it.
    const untilMs = Math.min(Math.max(start.updatedAtMs, start.rows.at(-1)!.atMs), deps.now())
    this.#record(this.#tally.endings(untilMs, start.handedOver === undefined ? 'restart' : 'handover', deps.now()))
    if (start.handedOver === undefined) this.#hear({ type: 'disconnected', atMs: untilMs })
  }

  get state (): SessionState {
    return this.#state
  }

  get isOnline (): boolean {
    return this.#sender !== undefined
  }

  /** When the candidate's socket was opened, in milliseconds since the epoch; 0: nobody is connected. */
  get onlineSinceMs (): number {
    return this.isOnline ? this.#attachedAtMs : 0
  }

  get #isRunning (): boolean {
    return this.#state === 'active' && !this.#hasLeft
  }

  get isOpen (): boolean {
    return this.#state === 'active' || this.#state === 'paused'
  }

  /** Connects the candidate; an older connection gives way. */
  attach (sender: Sender): void {
    const before = this.#sender
    this.#sender = sender
    before?.replace()
    this.#wasConnected = true
    this.#heardAtMs = this.#attachedAtMs = this.#deps.now()
    sender.send({ type: 'status', state: this.#state, sessionId: this.id })
    if (before !== undefined) return
    if (this.#state === 'active') this.#hear({ type: 'connected', atMs: this.#heardAtMs })
    this.#publishPresence()
  }

  /** The connection is gone; nothing happens if a newer one has taken its place. */
  detach (sender: Sender): void {
    if (this.#sender !== sender) return
    this.#sender = undefined
    if (this.#state === 'active') this.#hear({ type: 'disconnected', atMs: this.#deps.now() })
    this.#publishPresence()
  }

  /** Takes a frame; in a pause it is counted and not looked at. `arrivedMs` as for `Intake.offer`. */
  offer (sender: Sender, frame: Frame | Chunk, arrivedMs?: number): void {
    this.#refuseWhilePaused(sender)
    this.#intake.offer(sender, frame, arrivedMs)
  }

  /** Takes a piece of sound; in a pause it is counted and not listened to. */
  offerSound (sender: Sender, sound: Sound): void {
    this.#refuseWhilePaused(sender)
    this.#hearing.offer(sound)
  }

  /** Takes note of bytes that are no picture. */
  offerInvalid (sender: Sender, refused: Refusal): void {
    this.#intake.offerInvalid(sender, refused)
  }

  /** Judges what the page says it saw. */
  pageEvent (sender: Sender, event: PageEvent): void {
    if (!this.#refuseWhilePaused(sender)) this.notePage(event)
  }

  /** Goes on with a calibration; how it ended goes to the candidate. */
  calibrate (sender: Sender, { corner, atMs }: Calibrate): void {
    if (!this.#refuseWhilePaused(sender)) this.#hear({ type: 'calibrate', corner, atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits) })
  }

  /** Judges what the page said over HTTP instead of its socket; gives the rows that came of it, none where it is kept back. */
  notePage ({ kind, phase, detail, atMs }: Omit<PageEvent, 'type'>): readonly EventRow[] {
    return this.#hear({ type: 'client', kind, atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits), detail: phase === 'instant' ? detail : { ...detail, phase } })
  }

  /** Whether the page may still tell all of these. */
  takes = (reports: ReadonlyArray<Pick<Report, 'kind' | 'detail'>>): boolean => this.#tally.takes(reports, this.#deps.limits)

  /** Takes note of what others saw; gives the rows it made. With `quietMs` nothing of a kind that lasts or was reported so shortly before. */
  note (report: Report, quietMs = 0): readonly EventRow[] {
    const nowMs = this.#deps.now()
    if (quietMs > 0) {
      const isLasting = this.#tally.open().some(({ kind }) => kind === report.kind)
      if (isLasting || nowMs - (this.#toldAtMs.get(report.kind) ?? -Infinity) < quietMs) return []
    }
    const incident = this.#judgeState.incidents + 1
    const rows = rowsOf(report, { sessionId: this.id, userId: this.userId, incident }, this.#deps.policy, nowMs)
    if (rows.length === 0) return rows
    this.#judgeState = { ...this.#judgeState, incidents: incident }
    if (quietMs > 0) this.#toldAtMs.set(report.kind, nowMs)
    this.#record(rows)
    return rows
  }

  /** Changes the state after the database has; what lasts ends when the session does not run. */
  setState (state: SessionState, atMs: number, by: string, reason?: string): void {
    if (this.#state === state || !this.isOpen) return
    if (this.#state === 'active') this.#hear({ type: 'close', atMs })
    this.#tally.changeState(this.#state, state, atMs, by)
    this.#state = state
    this.#toldPaused = false
    this.#intake.forget()
    this.#hearing.forget()
    this.#heardAtMs = atMs
    if (!this.isOpen) this.#endedAtMs = atMs
    this.#sender?.send({ type: 'status', state, sessionId: this.id, ...(reason === undefined ? {} : { reason }) })
    if (state === 'active') this.#hear({ type: this.isOnline ? 'connected' : 'disconnected', atMs })
    this.#saver.need()
    this.publishReport()
  }

  /** Passes a word of the system on to the candidate, in the language of the page; false when nobody is connected. */
  say (key: TextKey): boolean {
    const language = this.#sender?.language ?? 'en'
    return this.tell({ type: 'message', from: translate(language, 'notices.from'), text: translate(language, key), level: 'warning' })
  }

  /** Calls whoever watches. */
  call (riskLevel: RiskLevel): void {
    this.#deps.bus.publish({ ...this.about(), kind: 'call', riskLevel, atMs: this.#deps.now() })
  }

  /** Passes a reply on to the candidate; false when nobody is connected or the line is stuck. */
  tell (reply: CandidateReply): boolean {
    return this.#sender?.send(reply) ?? false
  }

  /** What time alone brings about: silence, throttled scores. */
  tick (nowMs: number): void {
    if (this.#state === 'active' && this.#wasConnected && isPast(nowMs, this.#heardAtMs, SECOND_MS)) {
      this.#heardAtMs = nowMs
      this.#hear({ type: 'no-frames', atMs: nowMs })
    }
    if (this.#tally.hasOpen) this.#isReportDue = true
    // While nobody is connected only an event changes the scores: a session that was left open must not write for ever. And two
    // thousand candidates who do nothing must not write four hundred times a second.
    if (this.#tally.hasOpen && this.isOnline && isPast(nowMs, this.#saver.savedAtMs, this.#deps.limits.lastingMs)) this.#saver.need()
    if (this.#isReportDue && isPast(nowMs, this.#reportedAtMs, SECOND_MS)) this.publishReport()
    if (this.#saver.isDue && isPast(nowMs, this.#saver.savedAtMs, this.#deps.limits.scoresMs)) {
      this.save().catch(error => this.#deps.log.warn({ err: error, sessionId: this.id }, 'scores not saved, will try again'))
    }
  }

  /** Writes the scores to the session's row; rejects when the database is away. */
  save = async (): Promise<void> => await this.#saver.save()

  scores (): SessionReport['scores'] {
    return this.#tally.scores(this.#endedAtMs ?? this.#deps.now())
  }

  counts = (): Readonly<Record<string, number>> => this.#tally.counts

  pauses (): readonly SessionPause[] {
    return this.#tally.pauses
  }

  get endedAtMs (): number | null {
    return this.#endedAtMs
  }

  report (): SessionReport {
    return {
      type: 'session',
      sessionId: this.id,
      userId: this.userId,
      name: this.name,
      examId: this.examId,
      state: this.#state,
      online: this.isOnline,
      startedAt: new Date(this.startedAtMs).toISOString(),
      scores: this.scores()
    }
  }

  publishReport (): void {
    this.#isReportDue = false
    this.#reportedAtMs = this.#deps.now()
    if (!this.#hasLeft && this.#deps.bus.hasAudience(this.about())) this.#deps.bus.publish({ ...this.about(), kind: 'session', report: this.report() })
  }

  /** Forgets its events, after they are gone from the database; incidents go on counting. */
  clear (): void {
    this.#tally.clear()
    this.#riskLevel = 'Low'
    this.#saver.need()
    this.publishReport()
  }

  /**
   * Goes on elsewhere: from now on nothing more is raised or published of it here, and the candidate's socket gives way.
   * Gives what the rows do not say.
   */
  leave (): HandedOver {
    this.#hasLeft = true
    const sender = this.#sender
    this.#sender = undefined
    sender?.replace()
    return writeMemory(this.#judgeState)
  }

  /** Drops the waiting frame and sounds and settles when the running ones are back. */
  async close (): Promise<void> {
    await Promise.all([this.#intake.close(), this.#hearing.close()])
  }

  /** Sends the candidate home. */
  end (): void {
    this.#sender?.end()
  }

  #hear (input: JudgeInput): readonly EventRow[] {
    if (this.#hasLeft) return []
    // One that is not newer is not judged: it breaks no silence.
    if (!('type' in input) && input.atMs !== this.#newestMs && !isStale(input.atMs, this.#newestMs)) {
      this.#newestMs = input.atMs
      this.#heardAtMs = this.#deps.now()
    }
    const models = this.#judgeState.models ?? this.#deps.modelVersions?.()
    const before = models === undefined ? this.#judgeState : { ...this.#judgeState, models }
    const { state, events, calibrated } = (this.#deps.judge ?? judge)(before, input, this.#deps.policy)
    this.#judgeState = state
    if (!('type' in input)) this.pace.see({ judged: state, quality: input.quality, atMs: input.atMs })
    else if (input.type === 'sound' || input.type === 'calibrate') this.pace.see({ judged: state, atMs: this.#deps.now() })
    if (calibrated !== undefined) this.#sender?.send({ type: 'calibrated', ...calibrated })
    const rows = events.map(event => rowOf(event, { sessionId: this.id, userId: this.userId }, this.#deps.now()))
    this.#record(rows)
    return rows
  }

  #record (rows: readonly EventRow[]): void {
    if (rows.length === 0) return
    for (const row of rows) this.#tally.add(row)
    this.#deps.counters.events.raised += rows.length
    this.#isReportDue = true
    this.#saver.need()
    this.#deps.writer.write(rows, this.#written)
    const before = this.#riskLevel
    const { riskLevel } = this.#tally
    this.#riskLevel = riskLevel
    if (riskLevel !== 'Low' && before !== 'High' && riskLevel !== before) this.#deps.onRisk?.(this, riskLevel)
  }

  readonly #written: Written = (rows, stored) => {
    this.#sender?.show(rows, stored)
    this.#deps.bus.publish({ ...this.about(), kind: 'events', rows, stored })
  }

  /** Whether it does; says so once a pause. */
  #refuseWhilePaused (sender: Sender): boolean {
    if (this.#state === 'active') return false
    if (!this.#toldPaused) sender.refuse(refusal('INVIGIL_ERR_SESSION_PAUSED'))
    this.#toldPaused = true
    return true
  }

  #publishPresence (): void {
    this.#deps.bus.publish({ ...this.about(), kind: 'presence', online: this.isOnline, atMs: this.#deps.now() })
    this.#isReportDue = true
  }

  about (): About {
    return { sessionId: this.id, examId: this.examId, ownerId: this.ownerId }
  }
}
