import type { EventRow, OwnerWrite, SessionPause } from '../../../db/index.ts'
import { unseenCause, unseenMs } from '../../../detection/events/coverage.ts'
import { createJudgeState, type JudgeInput } from '../../../detection/events/judge.ts'
import type { TextKey } from '../../i18n/translate.ts'
import { FeedPublisher } from './feed-publisher.ts'
import type { About } from '../../feed/bus.ts'
import { CurrentConnection } from './current-connection.ts'
import type { SessionHandover, PageReport } from '../../cluster/session-command.ts'
import { prepareStateChange } from './state-change.ts'
import { CommitResults } from './commit-results.ts'
import type { Chunk, Frame, Sound } from '../../protocol/media-frame.ts'
import { SoundQueue } from './sound-queue.ts'
import { FrameMailbox } from './frame-mailbox.ts'
import { SessionJudge } from './session-judge.ts'
import { readSnapshot, writeSnapshot } from './judge-snapshot.ts'
import type {
  Calibrate, CandidateReply, PageEvent, RiskLevel, SessionReport, SessionState
} from '../../protocol/messages.ts'
import { SendRate } from '../load/send-rate.ts'
import type { Refusal } from '../../protocol/error-message.ts'
import type { Report } from '../../protocol/event-report.ts'
import { ScoreSaver } from './score-saver.ts'
import type { CandidateConnection } from './candidate-connection.ts'
import type { SessionDeps, SessionStart } from './session-deps.ts'
import { SessionScores } from './session-scores.ts'
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
  readonly sendRate: SendRate
  readonly #deps: SessionDeps
  readonly #frameMailbox: FrameMailbox
  readonly #soundQueue: SoundQueue
  #scores: SessionScores
  #riskLevel: RiskLevel
  #state: SessionState
  readonly #connection: CurrentConnection
  readonly #judge: SessionJudge
  readonly #feed: FeedPublisher
  #endedAtMs: number | null = null
  readonly #scoreSaver: ScoreSaver
  /** It goes on elsewhere. */
  #hasLeft = false
  #lastTask: Promise<unknown> = Promise.resolve()
  readonly #commits: CommitResults

  constructor (start: SessionStart, deps: SessionDeps) {
    this.id = start.id
    this.userId = start.userId
    this.examId = start.examId
    this.ownerId = start.ownerId ?? null
    this.name = start.name
    this.startedAtMs = start.startedAtMs
    this.epoch = start.epoch
    const memory = start.handover === undefined ? undefined : readSnapshot(start.handover)
    // A session whose row was saved, or that has events, ran before.
    const isNew = start.rows.length === 0 && memory === undefined && (start.seenPercent ?? null) === null
    this.#connection = new CurrentConnection(!isNew)
    const onWritten = (rows: readonly EventRow[], stored: boolean): void => this.#publishRows(rows, stored)
    this.#commits = new CommitResults(deps.writer, {
      epoch: start.epoch,
      onWritten,
      onRefused: () => deps.onRefused(this.id)
    })
    this.#state = start.state
    this.#deps = deps
    this.#feed = new FeedPublisher(this.about(), deps.bus, deps.now)
    this.#scores = new SessionScores(start, deps.policy)
    this.sendRate = new SendRate({
      policy: deps.policy,
      flow: deps.flow,
      onRate: rate => {
        this.#connection.send({ type: 'rate', ...rate })
      }
    })
    this.#scoreSaver = new ScoreSaver(async atMs => {
      const { riskLevel, ...scores } = this.scores()
      if (!await deps.sessions.setScores(this.id, scores, atMs, this.epoch)) deps.onRefused(this.id)
    }, deps.now)
    this.#frameMailbox = new FrameMailbox(
      {
        userId: start.userId,
        isActive: () => this.#isRunning,
        isWatched: () => this.#feed.hasAudience,
        judge: input => this.#judgeInput(input),
        showThumbnail: (jpegBase64, atMs) => this.#feed.showThumbnail(jpegBase64, atMs),
        reportIncomparable: () => {
          this.runSerially(async () => this.#recordIncomparableFace()).catch(error =>
            deps.log.error({ err: error, sessionId: this.id }, 'not noted that the enrolled face cannot be compared')
          )
        }
      },
      deps
    )
    this.#soundQueue = new SoundQueue(
      { userId: start.userId, isActive: () => this.#isRunning, judge: input => this.#judgeInput(input) },
      deps
    )
    this.#judge = new SessionJudge(
      {
        about: { sessionId: this.id, userId: this.userId },
        state: memory ?? createJudgeState(this.#scores.incidents),
        sendRate: this.sendRate,
        reply: reply => {
          this.#connection.send(reply)
        }
      },
      deps
    )
    this.#riskLevel = this.#scores.riskLevel
    if (memory !== undefined) return
    if (isNew) {
      if (start.state === 'active') {
        this.#judgeInput({ type: 'watch', atMs: start.startedAtMs, before: { line: 'never', wasSeen: false } })
      }
      return
    }
    this.#resume(start)
  }

  /** After a restart: what was left open ends at the last moment it was known to live. */
  #resume ({ rows, state, updatedAtMs, handover }: SessionStart): void {
    const nowMs = this.#deps.now()
    const wasSeen = !this.#scores.open().some(({ kind }) => kind === 'never_watched')
    if (state !== 'active') {
      // Nothing else lasts in a pause: an end was lost with the gateway before.
      this.#record(
        this.#scores.endings(this.#scores.pauses.at(-1)?.startedAtMs ?? updatedAtMs, 'restart', nowMs, 'paused')
      )
      return
    }
    const untilMs = Math.min(Math.max(updatedAtMs, rows.at(-1)?.atMs ?? 0), nowMs)
    this.#record(this.#scores.endings(untilMs, handover === undefined ? 'restart' : 'handover', nowMs))
    this.#judgeInput({ type: 'watch', atMs: untilMs, before: { line: 'restart', wasSeen } })
    // Since then the line was dead, unless another gateway had it.
    if (handover === undefined) this.#judgeInput({ type: 'disconnected', atMs: untilMs })
  }

  get state (): SessionState {
    return this.#state
  }

  get isOnline (): boolean {
    return this.#connection.isOnline
  }

  get #isRunning (): boolean {
    return this.#state === 'active' && !this.#hasLeft
  }

  get isOpen (): boolean {
    return this.#state === 'active' || this.#state === 'paused'
  }

  /** Connects the candidate; an older connection gives way. */
  attach (sender: CandidateConnection): void {
    // Lost while the connection was being opened.
    if (this.#hasLeft) return sender.reconnect()
    const hadOther = this.#connection.connect(sender)
    const nowMs = this.#deps.now()
    this.#judge.countSilenceFrom(nowMs)
    sender.send({ type: 'status', state: this.#state, sessionId: this.id })
    if (hadOther) return
    if (this.#state === 'active') this.#judgeInput({ type: 'connected', atMs: nowMs })
    this.#feed.showPresence(this.isOnline)
  }

  /** The connection is gone; nothing happens if a newer one has taken its place. */
  detach (sender: CandidateConnection): void {
    if (!this.#connection.disconnect(sender)) return
    if (this.#state === 'active') this.#judgeInput({ type: 'disconnected', atMs: this.#deps.now() })
    this.#feed.showPresence(this.isOnline)
  }

  /** Takes a frame; in a pause it is counted and not looked at. `arrivedMs` as for `Intake.offer`. */
  offer (sender: CandidateConnection, frame: Frame | Chunk, arrivedMs?: number): void {
    this.#refuseWhilePaused(sender)
    this.#frameMailbox.offer(sender, frame, arrivedMs)
  }

  /** Takes a piece of sound; in a pause it is counted and not listened to. */
  offerSound (sender: CandidateConnection, sound: Sound): void {
    this.#refuseWhilePaused(sender)
    this.#soundQueue.offer(sound)
  }

  /** Takes note of bytes that are no picture. */
  offerInvalid (sender: CandidateConnection, refused: Refusal): void {
    this.#frameMailbox.offerInvalid(sender, refused)
  }

  /** Judges what the page says it saw. */
  pageEvent (sender: CandidateConnection, event: PageEvent): void {
    if (!this.#refuseWhilePaused(sender)) this.judgePageReport(event)
  }

  /** Goes on with a calibration; how it ended goes to the candidate. */
  calibrate (sender: CandidateConnection, { corner, atMs }: Calibrate): void {
    if (!this.#refuseWhilePaused(sender)) {
      this.#judgeInput({ type: 'calibrate', corner, atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits) })
    }
  }

  /**
   * Judges what the page said over HTTP instead of its socket; gives the rows that came of it, none where it is kept
   * back.
   */
  judgePageReport ({ id, kind, phase, detail, atMs }: Omit<PageReport, 'type'>): readonly EventRow[] {
    return this.#judgeInput(
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
  withinQuota = (reports: ReadonlyArray<Pick<Report, 'kind' | 'detail'>>): boolean =>
    this.#scores.withinQuota(reports, this.#deps.limits)

  /**
   * Takes note of what others saw; gives the rows it made. With `quietMs` nothing of a kind that lasts or was reported
   * so shortly before.
   */
  recordReport (report: Report, quietMs = 0): readonly EventRow[] {
    const isLasting = quietMs > 0 && this.#scores.open().some(({ kind }) => kind === report.kind)
    return isLasting ? [] : this.#record(this.#judge.recordReport(report, quietMs))
  }

  /** Runs `work` after what was begun before with this session: one thing is done to it at a time. */
  async runSerially<T> (work: () => Promise<T>): Promise<T> {
    const result = this.#lastTask.then(work)
    this.#lastTask = result.catch(() => {})
    return await result
  }

  /** As `Fates.settled`. */
  settled = async (ms: number): Promise<boolean> => await this.#commits.settled(ms)

  /** As `Fates.stored`. */
  stored = async (rows: readonly EventRow[], ms: number): Promise<boolean> => await this.#commits.stored(rows, ms)

  /** From now on what comes waits to be judged, until `release`. */
  holdInputs (): void {
    this.#judge.holdInputs()
  }

  /** Judges what has waited, as far as the session still runs. */
  releaseInputs (): void {
    const inputs = this.#judge.releaseInputs()
    if (this.#state === 'active') for (const input of inputs) this.#judgeInput(input)
  }

  /**
   * What the database is to take together with a new state, while this session is held: the ends of what lasts, and the
   * scores. `apply` takes it over once that is committed.
   */
  prepare (state: SessionState, atMs: number, by: string): OwnerWrite & { apply (reason?: string): void } {
    const { policy, judge: judgeWith, counters } = this.#deps
    const about = { sessionId: this.id, userId: this.userId }
    const { rows, scores, judgeState, sessionScores } = prepareStateChange({
      about,
      from: this.#state,
      to: state,
      atMs,
      by,
      judgeState: this.#judge.state,
      judge: judgeWith,
      policy,
      sessionScores: this.#scores
    })
    return {
      epoch: this.epoch,
      rows,
      scores,
      apply: reason => {
        this.#judge.adopt(judgeState)
        this.#scores = sessionScores
        counters.events.raised += rows.length
        counters.events.stored += rows.length
        if (rows.length > 0) this.#publishRows(rows, true)
        this.setState(state, atMs, reason)
      }
    }
  }

  /** Takes over a state that the database has, with what came of it. */
  setState (state: SessionState, atMs: number, reason?: string): void {
    if (this.#state === state || !this.isOpen) return
    this.#state = state
    this.#judge.dropHeld()
    this.#connection.forgetPause()
    this.#frameMailbox.forget()
    this.#soundQueue.forget()
    this.#judge.countSilenceFrom(atMs)
    if (!this.isOpen) this.#endedAtMs = atMs
    this.#connection.send({ type: 'status', state, sessionId: this.id, ...(reason === undefined ? {} : { reason }) })
    if (state === 'active') {
      // A gateway that took the session over in a pause has no coverage of it yet: its candidate was connected before.
      const before =
        this.#judge.state.coverage === undefined && this.#connection.wasConnected
          ? ({ line: 'restart', wasSeen: true } as const)
          : undefined
      this.#judgeInput({ type: 'watch', atMs, ...(before !== undefined && { before }) })
      this.#judgeInput({ type: this.isOnline ? 'connected' : 'disconnected', atMs })
    }
    this.publishReport()
  }

  /** Passes a word of the system on to the candidate, in the language of the page; false when nobody is connected. */
  notify = (key: TextKey): boolean => this.#connection.notify(key)

  /** Calls whoever watches. */
  callProctor (riskLevel: RiskLevel): void {
    this.#feed.callProctor(riskLevel)
  }

  /** Passes a reply on to the candidate; false when nobody is connected or the line is stuck. */
  send = (reply: CandidateReply): boolean => this.#connection.send(reply)

  /** What time alone brings about: silence, throttled scores. */
  tick (nowMs: number): void {
    if (this.#state === 'active' && isPast(nowMs, this.#judge.silentSinceMs, SECOND_MS)) {
      this.#judge.countSilenceFrom(nowMs)
      // Before the first connection nothing is missed that a camera would send, but nobody is seen either.
      this.#judgeInput({ type: this.#connection.wasConnected ? 'no-frames' : 'tick', atMs: nowMs })
    }
    if (this.#scores.hasOpen) this.#feed.markReportDue()
    // While nobody is connected only an event is saved: a session that was left open must not write for ever. The row
    // of one who is connected also says until when the session is known to have run. Two thousand candidates make
    // seventy writes a second.
    if (
      this.isOnline &&
      this.#state === 'active' &&
      isPast(nowMs, this.#scoreSaver.savedAtMs, this.#deps.limits.lastingMs)
    ) {
      this.#scoreSaver.markDirty()
    }
    if (this.#feed.isReportDue && isPast(nowMs, this.#feed.reportedAtMs, SECOND_MS)) this.publishReport()
    if (this.#scoreSaver.isDirty && isPast(nowMs, this.#scoreSaver.savedAtMs, this.#deps.limits.scoresMs)) {
      this.save().catch(error =>
        this.#deps.log.warn({ err: error, sessionId: this.id }, 'scores not saved, will try again')
      )
    }
  }

  /** Writes the scores to the session's row; rejects when the database is away. */
  save = async (): Promise<void> => await this.#scoreSaver.save()

  scores (): SessionReport['scores'] {
    return this.#scores.scores(this.#endedAtMs ?? this.#deps.now())
  }

  counts = (): Readonly<Record<string, number>> => this.#scores.counts

  /** What is known of the time in which the candidate was not seen. */
  unseen (): Pick<LiveSummary, 'unseenMs' | 'unseenCause' | 'unseenMsByCause' | 'gaps'> {
    const nowMs = this.#endedAtMs ?? this.#deps.now()
    const { state } = this.#judge
    return {
      unseenMs: unseenMs(state.coverage, nowMs),
      unseenCause: unseenCause(state, nowMs) ?? null,
      unseenMsByCause: this.#scores.unseenMs(nowMs),
      gaps: this.#scores.gaps()
    }
  }

  pauses (): readonly SessionPause[] {
    return this.#scores.pauses
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
    this.#feed.report(this.#hasLeft ? undefined : () => this.report())
  }

  /** Forgets its events, after they are gone from the database; incidents go on counting. */
  clear (): void {
    this.#scores.clear()
    this.#frameMailbox.readFaceAgain()
    this.#riskLevel = 'Low'
    this.#scoreSaver.markDirty()
    this.publishReport()
  }

  /**
   * Goes on elsewhere: from now on nothing more is raised or published of it here, and the candidate's socket gives
   * way. Gives what the rows do not say.
   */
  handOver (): SessionHandover {
    this.#hasLeft = true
    this.#connection.release()?.replace()
    return writeSnapshot(this.#judge.state, this.epoch)
  }

  /** Another gateway owns it: nothing more of it is told here, and the candidate's page is to connect again. */
  drop (): void {
    this.#hasLeft = true
    this.#connection.release()?.reconnect()
  }

  /** Drops the waiting frame and sounds and settles when the running ones are back. */
  async close (): Promise<void> {
    await Promise.all([this.#frameMailbox.close(), this.#soundQueue.close()])
  }

  /** Sends the candidate home. */
  end (): void {
    this.#connection.end()
  }

  /** Once a session: a gateway that goes on with it finds the event among the stored ones. */
  #recordIncomparableFace (): void {
    if (this.#isRunning && this.#scores.counts['identity_none'] === undefined) {
      this.recordReport(incomparableFace(this.id, this.#deps.now()))
    }
  }

  /** `id`: of the row of a page's report. */
  #judgeInput (input: JudgeInput, id?: string): readonly EventRow[] {
    return this.#hasLeft ? [] : this.#record(this.#judge.judge(input, id))
  }

  /** Gives the rows that it took. */
  #record (raised: readonly EventRow[]): readonly EventRow[] {
    const rows = raised.filter(row => {
      const isAccepted = this.#scores.accepts(row)
      if (isAccepted) this.#scores.add(row)
      return isAccepted
    })
    if (rows.length === 0) return rows
    this.#deps.counters.events.raised += rows.length
    this.#feed.markReportDue()
    this.#scoreSaver.markDirty()
    this.#commits.write(rows)
    const level = this.#riskLevel
    const { riskLevel } = this.#scores
    this.#riskLevel = riskLevel
    if (riskLevel !== 'Low' && level !== 'High' && riskLevel !== level) this.#deps.onRisk?.(this, riskLevel)
    return rows
  }

  #publishRows (rows: readonly EventRow[], stored: boolean): void {
    // Rows of a session that was lost may never be stored.
    if (this.#hasLeft && !stored) return
    this.#connection.show(rows, stored)
    this.#feed.showEvents(rows, stored)
  }

  /** Whether it does; says so once a pause. */
  #refuseWhilePaused (sender: CandidateConnection): boolean {
    if (this.#state === 'active') return false
    this.#connection.refusePaused(sender)
    return true
  }

  about (): About {
    return { sessionId: this.id, examId: this.examId, ownerId: this.ownerId }
  }
}
