import type { EventRow, OwnerWrite, SessionPause } from '../../db/index.ts'
import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../detection/events/judge.ts'
import { translate, type TextKey } from '../i18n/translate.ts'
import type { About } from './bus.ts'
import type { HandedOver, PageReport } from './command.ts'
import { close } from './closing.ts'
import { Fates } from './fates.ts'
import type { Chunk, Frame, Sound } from './frame.ts'
import { Hearing } from './hearing.ts'
import { clampTime, Intake, isStale } from './intake.ts'
import { readMemory, writeMemory } from './memory.ts'
import type { Calibrate, CandidateReply, PageEvent, RiskLevel, SessionReport, SessionState } from './protocol.ts'
import { Pace } from './pace.ts'
import { refusal, type Refusal } from './refusals.ts'
import { rowOf, rowsOf, type Report } from './report.ts'
import { Saver } from './saver.ts'
import type { Sender } from './sender.ts'
import type { SessionDeps, SessionStart } from './session-start.ts'
import { Tally } from './tally.ts'

/** Inputs that may wait for a change of state to be committed; what comes then is not judged. */
const HELD_MAX = 500

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
  /** The number under which this gateway has the session; what is written under an earlier one is refused. */
  readonly epoch: number
  /** How fast the candidate is asked to send. */
  readonly pace: Pace
  readonly #deps: SessionDeps
  readonly #intake: Intake
  readonly #hearing: Hearing
  #tally: Tally
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
  /** It goes on elsewhere. */
  #hasLeft = false
  /** What came while a change of state is on its way to the database. */
  #held: JudgeInput[] | undefined
  #turn: Promise<unknown> = Promise.resolve()
  readonly #fates: Fates

  constructor (start: SessionStart, deps: SessionDeps) {
    this.id = start.id
    this.userId = start.userId
    this.examId = start.examId
    this.ownerId = start.ownerId ?? null
    this.name = start.name
    this.startedAtMs = start.startedAtMs
    this.epoch = start.epoch
    const written = (rows: readonly EventRow[], stored: boolean): void => this.#show(rows, stored)
    this.#fates = new Fates(deps.writer, { epoch: start.epoch, written, lost: () => deps.onRefused(this) })
    this.#state = start.state
    this.#deps = deps
    this.#heardAtMs = deps.now()
    this.#tally = new Tally(start, deps.policy)
    this.pace = new Pace({ policy: deps.policy, flow: deps.flow, onRate: rate => this.#sender?.send({ type: 'rate', ...rate }) })
    this.#saver = new Saver(async atMs => {
      const { riskScore, trustScore, complianceScore, eventCount } = this.scores()
      if (!await deps.sessions.setScores(this.id, { riskScore, trustScore, complianceScore, eventCount }, atMs, this.epoch)) deps.onRefused(this)
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
    this.#judgeState = memory ?? createJudgeState(this.#tally.incidents)
    this.#riskLevel = this.#tally.riskLevel
    this.#wasConnected = start.rows.length > 0 || memory !== undefined
    if (memory !== undefined || !this.#wasConnected) return
    if (start.state !== 'active') {
      // Nothing lasts in a pause: an end was lost with the gateway before.
      this.#record(this.#tally.endings(this.#tally.pauses.at(-1)?.startedAtMs ?? start.updatedAtMs, 'restart', deps.now()))
      return
    }
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

  get #isRunning (): boolean {
    return this.#state === 'active' && !this.#hasLeft
  }

  get isOpen (): boolean {
    return this.#state === 'active' || this.#state === 'paused'
  }

  /** Connects the candidate; an older connection gives way. */
  attach (sender: Sender): void {
    // Lost while the connection was being opened.
    if (this.#hasLeft) return sender.leave()
    const before = this.#sender
    this.#sender = sender
    before?.replace()
    this.#wasConnected = true
    this.#heardAtMs = this.#deps.now()
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
  notePage ({ id, kind, phase, detail, atMs }: Omit<PageReport, 'type'>): readonly EventRow[] {
    return this.#hear({ type: 'client', kind, atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits), detail: phase === 'instant' ? detail : { ...detail, phase } }, id)
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
    return this.#record(rows)
  }

  /** Runs `work` after what was begun before with this session: one thing is done to it at a time. */
  async inTurn<T> (work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return await result
  }

  /** As `Fates.settled`. */
  settled = async (ms: number): Promise<boolean> => await this.#fates.settled(ms)

  /** As `Fates.stored`. */
  stored = async (rows: readonly EventRow[], ms: number): Promise<boolean> => await this.#fates.stored(rows, ms)

  /** From now on what comes waits to be judged, until `release`. */
  hold (): void {
    this.#held ??= []
  }

  /** Judges what has waited, as far as the session still runs. */
  release (): void {
    const held = this.#held ?? []
    this.#held = undefined
    if (this.#state === 'active') for (const input of held) this.#hear(input)
  }

  /**
   * What the database is to take together with a new state, while this session is held: the ends of what lasts, and the scores.
   * `apply` takes it over once that is committed.
   */
  prepare (state: SessionState, atMs: number, by: string): OwnerWrite & { apply (reason?: string): void } {
    const { policy, judge: judgeWith, counters } = this.#deps
    const about = { sessionId: this.id, userId: this.userId }
    const { rows, scores, judgeState, tally } = close({ about, from: this.#state, to: state, atMs, by, judgeState: this.#judgeState, judge: judgeWith, policy, tally: this.#tally })
    return {
      epoch: this.epoch,
      rows,
      scores,
      apply: reason => {
        this.#judgeState = judgeState
        this.#tally = tally
        counters.events.raised += rows.length
        counters.events.stored += rows.length
        if (rows.length > 0) this.#show(rows, true)
        this.setState(state, atMs, reason)
      }
    }
  }

  /** Takes over a state that the database has, with what came of it. */
  setState (state: SessionState, atMs: number, reason?: string): void {
    if (this.#state === state || !this.isOpen) return
    this.#state = state
    this.#held &&= []
    this.#toldPaused = false
    this.#intake.forget()
    this.#hearing.forget()
    this.#heardAtMs = atMs
    if (!this.isOpen) this.#endedAtMs = atMs
    this.#sender?.send({ type: 'status', state, sessionId: this.id, ...(reason === undefined ? {} : { reason }) })
    if (state === 'active') this.#hear({ type: this.isOnline ? 'connected' : 'disconnected', atMs })
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
    return writeMemory(this.#judgeState, this.epoch)
  }

  /** Another gateway owns it: nothing more of it is told here, and the candidate's page is to connect again. */
  drop (): void {
    this.#hasLeft = true
    const sender = this.#sender
    this.#sender = undefined
    sender?.leave()
  }

  /** Drops the waiting frame and sounds and settles when the running ones are back. */
  async close (): Promise<void> {
    await Promise.all([this.#intake.close(), this.#hearing.close()])
  }

  /** Sends the candidate home. */
  end (): void {
    this.#sender?.end()
  }

  /** `id`: of the row of a page's report. */
  #hear (input: JudgeInput, id?: string): readonly EventRow[] {
    if (this.#hasLeft) return []
    if (this.#held !== undefined) {
      if (this.#held.length < HELD_MAX) this.#held.push(input)
      return []
    }
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
    const at = id === undefined || !('type' in input) || input.type !== 'client' ? -1 : rows.findIndex(({ kind }) => kind === input.kind)
    return this.#record(at < 0 ? rows : rows.with(at, { ...rows[at]!, id: id! }))
  }

  /** Gives the rows that it took. */
  #record (raised: readonly EventRow[]): readonly EventRow[] {
    const rows = raised.filter(row => {
      const isAccepted = this.#tally.accepts(row)
      if (isAccepted) this.#tally.add(row)
      return isAccepted
    })
    if (rows.length === 0) return rows
    this.#deps.counters.events.raised += rows.length
    this.#isReportDue = true
    this.#saver.need()
    this.#fates.write(rows)
    const level = this.#riskLevel
    const { riskLevel } = this.#tally
    this.#riskLevel = riskLevel
    if (riskLevel !== 'Low' && level !== 'High' && riskLevel !== level) this.#deps.onRisk?.(this, riskLevel)
    return rows
  }

  #show (rows: readonly EventRow[], stored: boolean): void {
    // Rows of a session that was lost may never be stored.
    if (this.#hasLeft && !stored) return
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
