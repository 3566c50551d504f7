import type { EventRow, OwnerWrite, SessionPause } from '../../../db/index.ts'
import { unseenCause, unseenMs } from '../../../detection/events/coverage.ts'
import { createJudgeState, type JudgeInput } from '../../../detection/events/judge.ts'
import type { TextKey } from '../../i18n/translate.ts'
import { Audience } from './feed-publisher.ts'
import type { About } from '../../feed/bus.ts'
import { CandidateLine } from './current-connection.ts'
import type { HandedOver, PageReport } from '../../cluster/session-command.ts'
import { close } from './state-change.ts'
import { Fates } from './commit-results.ts'
import type { Chunk, Frame, Sound } from '../../protocol/media-frame.ts'
import { Hearing } from './sound-queue.ts'
import { Intake } from './frame-mailbox.ts'
import { Judging } from './session-judge.ts'
import { readMemory, writeMemory } from './judge-snapshot.ts'
import type {
  Calibrate, CandidateReply, PageEvent, RiskLevel, SessionReport, SessionState
} from '../../protocol/messages.ts'
import { Pace } from '../load/send-rate.ts'
import type { Refusal } from '../../protocol/error-message.ts'
import type { Report } from '../../protocol/event-report.ts'
import { Saver } from './score-saver.ts'
import type { Sender } from './candidate-connection.ts'
import type { SessionDeps, SessionStart } from './session-deps.ts'
import { Tally } from './session-scores.ts'
import type { LiveSummary } from './live-summary.ts'
import { clampTime } from './arrival-clock.ts'
import { incomparableFace } from './identity-report.ts'

/** The judge is told of silence about once a second, and monitors of new scores. */
const SECOND_MS = 1000

/** Whether `afterMs` have passed; a moment that lies in the future belongs to a clock that was set back since. */
function isPast (nowMs: number, sinceMs: number, afterMs: number): boolean {
  return nowMs < sinceMs || nowMs - sinceMs >= afterMs
}

/**
 * One open session: its frames and sounds on their way, what tracking and judging remember, its scores, and who is
 * connected to it.
 */
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
  readonly #line: CandidateLine
  readonly #judging: Judging
  readonly #audience: Audience
  #endedAtMs: number | null = null
  readonly #saver: Saver
  /** It goes on elsewhere. */
  #hasLeft = false
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
    const memory = start.handedOver === undefined ? undefined : readMemory(start.handedOver)
    // A session whose row was saved, or that has events, ran before.
    const isNew = start.rows.length === 0 && memory === undefined && (start.seenPercent ?? null) === null
    this.#line = new CandidateLine(!isNew)
    const written = (rows: readonly EventRow[], stored: boolean): void => this.#show(rows, stored)
    this.#fates = new Fates(deps.writer, { epoch: start.epoch, written, lost: () => deps.onRefused(this.id) })
    this.#state = start.state
    this.#deps = deps
    this.#audience = new Audience(this.about(), deps.bus, deps.now)
    this.#tally = new Tally(start, deps.policy)
    this.pace = new Pace({
      policy: deps.policy,
      flow: deps.flow,
      onRate: rate => {
        this.#line.send({ type: 'rate', ...rate })
      }
    })
    this.#saver = new Saver(async atMs => {
      const { riskLevel, ...scores } = this.scores()
      if (!await deps.sessions.setScores(this.id, scores, atMs, this.epoch)) deps.onRefused(this.id)
    }, deps.now)
    this.#intake = new Intake(
      {
        userId: start.userId,
        isActive: () => this.#isRunning,
        isWatched: () => this.#audience.isThere,
        hear: input => this.#hear(input),
        showThumbnail: (jpegBase64, atMs) => this.#audience.showThumbnail(jpegBase64, atMs),
        reportIncomparable: () => {
          this.inTurn(async () => this.#noteIncomparable()).catch(error =>
            deps.log.error({ err: error, sessionId: this.id }, 'not noted that the enrolled face cannot be compared')
          )
        }
      },
      deps
    )
    this.#hearing = new Hearing(
      { userId: start.userId, isActive: () => this.#isRunning, hear: input => this.#hear(input) },
      deps
    )
    this.#judging = new Judging(
      {
        about: { sessionId: this.id, userId: this.userId },
        state: memory ?? createJudgeState(this.#tally.incidents),
        pace: this.pace,
        reply: reply => {
          this.#line.send(reply)
        }
      },
      deps
    )
    this.#riskLevel = this.#tally.riskLevel
    if (memory !== undefined) return
    if (isNew) {
      if (start.state === 'active') {
        this.#hear({ type: 'watch', atMs: start.startedAtMs, before: { line: 'never', wasSeen: false } })
      }
      return
    }
    this.#goOn(start)
  }

  /** After a restart: what was left open ends at the last moment it was known to live. */
  #goOn ({ rows, state, updatedAtMs, handedOver }: SessionStart): void {
    const nowMs = this.#deps.now()
    const wasSeen = !this.#tally.open().some(({ kind }) => kind === 'never_watched')
    if (state !== 'active') {
      // Nothing else lasts in a pause: an end was lost with the gateway before.
      this.#record(
        this.#tally.endings(this.#tally.pauses.at(-1)?.startedAtMs ?? updatedAtMs, 'restart', nowMs, 'paused')
      )
      return
    }
    const untilMs = Math.min(Math.max(updatedAtMs, rows.at(-1)?.atMs ?? 0), nowMs)
    this.#record(this.#tally.endings(untilMs, handedOver === undefined ? 'restart' : 'handover', nowMs))
    this.#hear({ type: 'watch', atMs: untilMs, before: { line: 'restart', wasSeen } })
    // Since then the line was dead, unless another gateway had it.
    if (handedOver === undefined) this.#hear({ type: 'disconnected', atMs: untilMs })
  }

  get state (): SessionState {
    return this.#state
  }

  get isOnline (): boolean {
    return this.#line.isOnline
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
    const hadOther = this.#line.connect(sender)
    const nowMs = this.#deps.now()
    this.#judging.countSilenceFrom(nowMs)
    sender.send({ type: 'status', state: this.#state, sessionId: this.id })
    if (hadOther) return
    if (this.#state === 'active') this.#hear({ type: 'connected', atMs: nowMs })
    this.#audience.showPresence(this.isOnline)
  }

  /** The connection is gone; nothing happens if a newer one has taken its place. */
  detach (sender: Sender): void {
    if (!this.#line.disconnect(sender)) return
    if (this.#state === 'active') this.#hear({ type: 'disconnected', atMs: this.#deps.now() })
    this.#audience.showPresence(this.isOnline)
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
    if (!this.#refuseWhilePaused(sender)) {
      this.#hear({ type: 'calibrate', corner, atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits) })
    }
  }

  /**
   * Judges what the page said over HTTP instead of its socket; gives the rows that came of it, none where it is kept
   * back.
   */
  notePage ({ id, kind, phase, detail, atMs }: Omit<PageReport, 'type'>): readonly EventRow[] {
    return this.#hear(
      {
        type: 'client',
        kind,
        atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits),
        detail: phase === 'instant' ? detail : { ...detail, phase }
      },
      id
    )
  }

  /** Whether the page may still tell all of these. */
  takes = (reports: ReadonlyArray<Pick<Report, 'kind' | 'detail'>>): boolean =>
    this.#tally.takes(reports, this.#deps.limits)

  /**
   * Takes note of what others saw; gives the rows it made. With `quietMs` nothing of a kind that lasts or was reported
   * so shortly before.
   */
  note (report: Report, quietMs = 0): readonly EventRow[] {
    const isLasting = quietMs > 0 && this.#tally.open().some(({ kind }) => kind === report.kind)
    return isLasting ? [] : this.#record(this.#judging.note(report, quietMs))
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
    this.#judging.hold()
  }

  /** Judges what has waited, as far as the session still runs. */
  release (): void {
    const held = this.#judging.release()
    if (this.#state === 'active') for (const input of held) this.#hear(input)
  }

  /**
   * What the database is to take together with a new state, while this session is held: the ends of what lasts, and the
   * scores. `apply` takes it over once that is committed.
   */
  prepare (state: SessionState, atMs: number, by: string): OwnerWrite & { apply (reason?: string): void } {
    const { policy, judge: judgeWith, counters } = this.#deps
    const about = { sessionId: this.id, userId: this.userId }
    const { rows, scores, judgeState, tally } = close({
      about,
      from: this.#state,
      to: state,
      atMs,
      by,
      judgeState: this.#judging.state,
      judge: judgeWith,
      policy,
      tally: this.#tally
    })
    return {
      epoch: this.epoch,
      rows,
      scores,
      apply: reason => {
        this.#judging.adopt(judgeState)
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
    this.#judging.dropHeld()
    this.#line.forgetPause()
    this.#intake.forget()
    this.#hearing.forget()
    this.#judging.countSilenceFrom(atMs)
    if (!this.isOpen) this.#endedAtMs = atMs
    this.#line.send({ type: 'status', state, sessionId: this.id, ...(reason === undefined ? {} : { reason }) })
    if (state === 'active') {
      // A gateway that took the session over in a pause has no coverage of it yet: its candidate was connected before.
      const before =
        this.#judging.state.coverage === undefined && this.#line.wasConnected
          ? ({ line: 'restart', wasSeen: true } as const)
          : undefined
      this.#hear({ type: 'watch', atMs, ...(before !== undefined && { before }) })
      this.#hear({ type: this.isOnline ? 'connected' : 'disconnected', atMs })
    }
    this.publishReport()
  }

  /** Passes a word of the system on to the candidate, in the language of the page; false when nobody is connected. */
  say = (key: TextKey): boolean => this.#line.say(key)

  /** Calls whoever watches. */
  call (riskLevel: RiskLevel): void {
    this.#audience.call(riskLevel)
  }

  /** Passes a reply on to the candidate; false when nobody is connected or the line is stuck. */
  tell = (reply: CandidateReply): boolean => this.#line.send(reply)

  /** What time alone brings about: silence, throttled scores. */
  tick (nowMs: number): void {
    if (this.#state === 'active' && isPast(nowMs, this.#judging.heardAtMs, SECOND_MS)) {
      this.#judging.countSilenceFrom(nowMs)
      // Before the first connection nothing is missed that a camera would send, but nobody is seen either.
      this.#hear({ type: this.#line.wasConnected ? 'no-frames' : 'tick', atMs: nowMs })
    }
    if (this.#tally.hasOpen) this.#audience.needReport()
    // While nobody is connected only an event is saved: a session that was left open must not write for ever. The row
    // of one who is connected also says until when the session is known to have run. Two thousand candidates make
    // seventy writes a second.
    if (
      this.isOnline &&
      this.#state === 'active' &&
      isPast(nowMs, this.#saver.savedAtMs, this.#deps.limits.lastingMs)
    ) {
      this.#saver.need()
    }
    if (this.#audience.isReportDue && isPast(nowMs, this.#audience.reportedAtMs, SECOND_MS)) this.publishReport()
    if (this.#saver.isDue && isPast(nowMs, this.#saver.savedAtMs, this.#deps.limits.scoresMs)) {
      this.save().catch(error =>
        this.#deps.log.warn({ err: error, sessionId: this.id }, 'scores not saved, will try again')
      )
    }
  }

  /** Writes the scores to the session's row; rejects when the database is away. */
  save = async (): Promise<void> => await this.#saver.save()

  scores (): SessionReport['scores'] {
    return this.#tally.scores(this.#endedAtMs ?? this.#deps.now())
  }

  counts = (): Readonly<Record<string, number>> => this.#tally.counts

  /** What is known of the time in which the candidate was not seen. */
  unseen (): Pick<LiveSummary, 'unseenMs' | 'unseenCause' | 'unseenMsByCause' | 'gaps'> {
    const nowMs = this.#endedAtMs ?? this.#deps.now()
    const { state } = this.#judging
    return {
      unseenMs: unseenMs(state.coverage, nowMs),
      unseenCause: unseenCause(state, nowMs) ?? null,
      unseenMsByCause: this.#tally.unseenMs(nowMs),
      gaps: this.#tally.gaps()
    }
  }

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
    this.#audience.report(this.#hasLeft ? undefined : () => this.report())
  }

  /** Forgets its events, after they are gone from the database; incidents go on counting. */
  clear (): void {
    this.#tally.clear()
    this.#intake.readFaceAgain()
    this.#riskLevel = 'Low'
    this.#saver.need()
    this.publishReport()
  }

  /**
   * Goes on elsewhere: from now on nothing more is raised or published of it here, and the candidate's socket gives
   * way. Gives what the rows do not say.
   */
  leave (): HandedOver {
    this.#hasLeft = true
    this.#line.release()?.replace()
    return writeMemory(this.#judging.state, this.epoch)
  }

  /** Another gateway owns it: nothing more of it is told here, and the candidate's page is to connect again. */
  drop (): void {
    this.#hasLeft = true
    this.#line.release()?.leave()
  }

  /** Drops the waiting frame and sounds and settles when the running ones are back. */
  async close (): Promise<void> {
    await Promise.all([this.#intake.close(), this.#hearing.close()])
  }

  /** Sends the candidate home. */
  end (): void {
    this.#line.end()
  }

  /** Once a session: a gateway that goes on with it finds the event among the stored ones. */
  #noteIncomparable (): void {
    if (this.#isRunning && this.#tally.counts['identity_none'] === undefined) {
      this.note(incomparableFace(this.id, this.#deps.now()))
    }
  }

  /** `id`: of the row of a page's report. */
  #hear (input: JudgeInput, id?: string): readonly EventRow[] {
    return this.#hasLeft ? [] : this.#record(this.#judging.hear(input, id))
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
    this.#audience.needReport()
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
    this.#line.show(rows, stored)
    this.#audience.showEvents(rows, stored)
  }

  /** Whether it does; says so once a pause. */
  #refuseWhilePaused (sender: Sender): boolean {
    if (this.#state === 'active') return false
    this.#line.refusePaused(sender)
    return true
  }

  about (): About {
    return { sessionId: this.id, examId: this.examId, ownerId: this.ownerId }
  }
}
