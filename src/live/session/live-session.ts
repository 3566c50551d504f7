import { defined } from '../../../lib/defined.ts'
import type { EventRow, OwnerWrite, SessionPause } from '../../../db/index.ts'
import { createJudgeState, type JudgeInput } from '../../../detection/events/judge.ts'
import type { TextKey } from '../../i18n/translate.ts'
import { FeedPublisher } from './feed-publisher.ts'
import type { About } from '../../feed/bus.ts'
import { CurrentConnection } from './current-connection.ts'
import type { SessionHandover } from '../../cluster/session-command.ts'
import { prepareStateChange } from './state-change.ts'
import { CandidateInput } from './candidate-input.ts'
import { firstInputs, restartOf } from './session-restart.ts'
import { CommitResults } from './commit-results.ts'
import { SessionJudge } from './session-judge.ts'
import { readSnapshot, writeSnapshot } from './judge-snapshot.ts'
import {
  actorRole, type CandidateReply, type RiskLevel, type SessionReport, type SessionState
} from '../../protocol/messages.ts'
import { SendRate } from '../load/send-rate.ts'
import type { Report } from '../../protocol/event-report.ts'
import { candidateRequests, hasRequests, type CandidateRequests } from '../../protocol/thread.ts'
import { ScoreSaver } from './score-saver.ts'
import type { SessionRecording } from '../../recording/session-recording.ts'
import type { CandidateConnection } from './candidate-connection.ts'
import type { SessionDeps, SessionStart } from './session-deps.ts'
import { SerialTasks } from './serial-tasks.ts'
import { SessionScores } from './session-scores.ts'
import { openMedia, openScreen } from './session-media.ts'
import { unseenOf, type Unseen } from './unseen.ts'
import { sessionReport } from './session-report.ts'
import { incomparableFace } from './identity-report.ts'

/** Interval at which silence is reported to the judge, and new scores to monitors. */
const SECOND_MS = 1000

/** Whether `afterMs` have passed since `sinceMs`. True for a `sinceMs` in the future: the clock was set back. */
function isPast (nowMs: number, sinceMs: number, afterMs: number): boolean {
  return nowMs < sinceMs || nowMs - sinceMs >= afterMs
}

/** One open session: connects the candidate, the input queues, the judge, the scores and the feed. */
export class LiveSession {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly ownerId: string | null
  readonly name: string
  readonly startedAtMs: number
  /** The epoch under which this gateway holds the session; the database refuses writes with an earlier one. */
  readonly epoch: number
  /** The frame rate that the candidate is asked for. */
  readonly sendRate: SendRate
  /** Frames, sound and page events of the candidate. */
  readonly input: CandidateInput
  /** Commands on the session run one at a time. */
  readonly tasks = new SerialTasks()
  /** Whether the rows of this session are committed. */
  readonly commits: CommitResults
  readonly #deps: SessionDeps
  #scores: SessionScores
  #riskLevel: RiskLevel
  #state: SessionState
  readonly #connection: CurrentConnection
  readonly #judge: SessionJudge
  readonly #feed: FeedPublisher
  #endedAtMs: number | null = null
  readonly #scoreSaver: ScoreSaver
  /** Another gateway continues the session. */
  #hasLeft = false
  #requests: CandidateRequests
  readonly #recording: SessionRecording | undefined

  constructor (start: SessionStart, deps: SessionDeps) {
    this.id = start.id
    this.userId = start.userId
    this.examId = start.examId
    this.ownerId = start.ownerId ?? null
    this.name = start.name
    this.startedAtMs = start.startedAtMs
    this.epoch = start.epoch
    this.#requests = candidateRequests(start)
    const memory = start.handover === undefined ? undefined : readSnapshot(start.handover)
    // A session with stored events or a saved row has run before.
    const isNew = start.rows.length === 0 && memory === undefined && (start.seenPercent ?? null) === null
    this.#connection = new CurrentConnection(!isNew)
    this.commits = new CommitResults(deps.writer, {
      epoch: start.epoch,
      onWritten: (rows, stored) => this.#publishRows(rows, stored),
      onRefused: () => deps.onRefused(this.id)
    })
    this.#state = start.state
    this.#deps = deps
    this.#feed = new FeedPublisher(this.about(), deps.bus, deps.now)
    this.#scores = new SessionScores(start, deps.policy)
    this.sendRate = new SendRate({
      policy: deps.policy,
      flow: deps.flow,
      onRate: () => { this.#connection.send(this.rate()) }
    })
    this.#scoreSaver = new ScoreSaver(async atMs => {
      const { riskLevel, ...scores } = this.scores()
      if (!await deps.sessions.setScores(this.id, scores, atMs, this.epoch)) deps.onRefused(this.id)
    }, deps.now)
    this.#recording = openMedia(this, deps, (code, of) => { this.#reportRecordingFailure(code, of) })
    this.input = new CandidateInput(
      {
        userId: start.userId,
        connection: this.#connection,
        feed: this.#feed,
        recording: this.#recording,
        screenRecording: openScreen(this, deps, (code, of) => { this.#reportRecordingFailure(code, of) }),
        screenStoppedSinceMs: () => this.#scores.open().find(({ kind }) => kind === 'screen_share_stopped')?.atMs,
        isActive: () => this.#state === 'active',
        isRunning: () => this.#isRunning,
        judge: (input, id) => this.#judgeInput(input, id),
        reportIncomparable: () => {
          this.tasks.run(async () => this.#recordIncomparableFace()).catch(error =>
            deps.log.error({ err: error, sessionId: this.id }, 'record of incomparable enrolled face failed')
          )
        }
      },
      deps
    )
    this.#judge = new SessionJudge(
      {
        about: { sessionId: this.id, userId: this.userId },
        state: memory ?? createJudgeState(this.#scores.incidents),
        sendRate: this.sendRate,
        reply: reply => { this.#connection.send(reply) }
      },
      deps
    )
    this.#riskLevel = this.#scores.riskLevel
    if (memory !== undefined) return
    const { rows, inputs } = isNew
      ? { rows: [], inputs: firstInputs(start) }
      : restartOf(start, this.#scores, deps.now())
    this.#record(rows)
    for (const input of inputs) this.#judgeInput(input)
  }

  get state (): SessionState {
    return this.#state
  }

  /** What the candidate is asked to send. */
  rate (): CandidateReply {
    return { type: 'rate', ...this.sendRate.rate, ...defined({ screen: this.input.screen.rate }) }
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

  /** Connects the candidate; an older connection is closed. */
  attach (sender: CandidateConnection): void {
    // Another gateway took the session while this connection was being opened.
    if (this.#hasLeft) return sender.reconnect()
    const hadOther = this.#connection.connect(sender)
    const nowMs = this.#deps.now()
    this.#judge.countSilenceFrom(nowMs)
    this.input.screen.expect(nowMs)
    sender.send({ type: 'status', state: this.#state, sessionId: this.id })
    if (hasRequests(this.#requests)) sender.send({ type: 'requests', ...this.#requests })
    if (hadOther) return
    if (this.#state === 'active') this.#judgeInput({ type: 'connected', atMs: nowMs })
    this.#feed.showPresence(this.isOnline)
  }

  /** Disconnects the candidate, unless a newer connection has replaced this one. */
  detach (sender: CandidateConnection): void {
    if (!this.#connection.disconnect(sender)) return
    this.#recording?.disconnected()
    this.input.screen.disconnected()
    if (this.#state === 'active') this.#judgeInput({ type: 'disconnected', atMs: this.#deps.now() })
    this.#feed.showPresence(this.isOnline)
  }

  /** Whether the quota of the page's own kinds of event has room for all of these. */
  withinQuota = (reports: ReadonlyArray<Pick<Report, 'kind' | 'detail'>>): boolean =>
    this.#scores.withinQuota(reports, this.#deps.limits)

  /**
   * Records a report from outside the judge; returns its rows. With `quietMs` it records nothing if an incident of this
   * kind is open or one was reported less than `quietMs` ago.
   */
  recordReport (report: Report, quietMs = 0): readonly EventRow[] {
    const isLasting = quietMs > 0 && this.#scores.open().some(({ kind }) => kind === report.kind)
    return isLasting ? [] : this.#record(this.#judge.recordReport(report, quietMs))
  }

  /** What the candidate asks staff for has changed in the session's row. */
  setRequests (row: Parameters<typeof candidateRequests>[0]): void {
    this.#requests = candidateRequests(row)
    this.send({ type: 'requests', ...this.#requests })
    this.publishReport()
  }

  /** Holds inputs back from the judge until `releaseInputs`. */
  holdInputs (): void {
    this.#judge.holdInputs()
  }

  /** Judges the held inputs, if the session is still active. */
  releaseInputs (): void {
    const inputs = this.#judge.releaseInputs()
    if (this.#state === 'active') for (const input of inputs) this.#judgeInput(input)
  }

  /**
   * Returns the rows and scores to store together with a new state; call it while inputs are held. `apply` changes the
   * memory to match, after the commit.
   */
  prepare (state: SessionState, atMs: number, by: string): OwnerWrite & { apply (reason?: string): void } {
    const { policy, judge: judgeWith, counters } = this.#deps
    const { rows, scores, judgeState, sessionScores } = prepareStateChange({
      about: { sessionId: this.id, userId: this.userId },
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
        this.setState(state, atMs, reason, by)
      }
    }
  }

  /** Changes the state in memory to the one that the database has. `by` is a user's id or `system`, if known. */
  setState (state: SessionState, atMs: number, reason?: string, by?: string): void {
    if (this.#state === state || !this.isOpen) return
    this.#state = state
    this.#judge.dropHeld()
    this.#connection.forgetPause()
    this.input.reset()
    this.#judge.countSilenceFrom(atMs)
    if (!this.isOpen) {
      this.#endedAtMs = atMs
      this.#endMedia()
    }
    const role = by === undefined ? undefined : actorRole(by, this.userId)
    this.#connection.send({ type: 'status', state, sessionId: this.id, ...defined({ reason, by: role }) })
    if (state === 'active') {
      // A gateway that took the session over in a pause has no coverage state, although the candidate was connected.
      const before =
        this.#judge.state.coverage === undefined && this.#connection.wasConnected
          ? ({ line: 'restart', wasSeen: true } as const)
          : undefined
      this.#judgeInput({ type: 'watch', atMs, ...defined({ before }) })
      this.#judgeInput({ type: this.isOnline ? 'connected' : 'disconnected', atMs })
      if (this.isOnline) this.input.screen.expect(atMs)
    }
    this.publishReport()
  }

  /** Sends the candidate a system message in the page's language; false without a connection. */
  notify = (key: TextKey): boolean => this.#connection.notify(key)

  /** Asks the monitors of this session for a proctor. */
  callProctor (riskLevel: RiskLevel): void {
    this.#feed.callProctor(riskLevel)
  }

  /** Sends the candidate a reply; false without a connection, or if its send buffer is full. */
  send = (reply: CandidateReply): boolean => this.#connection.send(reply)

  /** Reports silence to the judge, and publishes and saves scores that are due. */
  tick (nowMs: number): void {
    if (this.#state === 'active' && isPast(nowMs, this.#judge.silentSinceMs, SECOND_MS)) {
      this.#judge.countSilenceFrom(nowMs)
      // Before the first connection no frames are expected, but the candidate is not seen either.
      this.#judgeInput({ type: this.#connection.wasConnected ? 'no-frames' : 'tick', atMs: nowMs })
    }
    if (this.#scores.hasOpen) this.#feed.markReportDue()
    this.#recording?.tick(this.#scores.openIntegrity, nowMs)
    this.input.screen.tick(nowMs)
    // The row of a connected candidate also records until when the session ran; 2000 candidates make 70 writes a
    // second. Without a connection only events cause a save, so that an abandoned session does not write forever.
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
        this.#deps.log.warn({ err: error, sessionId: this.id }, 'score save failed, retrying')
      )
    }
  }

  /** Writes the scores to the session's row; rejects when the database is away. */
  save = async (): Promise<void> => await this.#scoreSaver.save()

  scores (): SessionReport['scores'] {
    return this.#scores.scores(this.#endedAtMs ?? this.#deps.now())
  }

  counts = (): Readonly<Record<string, number>> => this.#scores.counts

  /** For how long, and why, the candidate was not seen. */
  unseen = (): Unseen => unseenOf(this.#judge.state, this.#scores, this.#endedAtMs ?? this.#deps.now())

  pauses = (): readonly SessionPause[] => this.#scores.pauses

  get endedAtMs (): number | null {
    return this.#endedAtMs
  }

  report = (): SessionReport => sessionReport(this, this.isOnline, this.#requests, this.scores())

  publishReport (): void {
    this.#feed.report(this.#hasLeft ? undefined : () => this.report())
  }

  /** Drops all events from memory, after the database has removed them; incident numbers continue. */
  clear (): void {
    this.#scores.clear()
    this.input.readFaceAgain()
    this.#riskLevel = 'Low'
    this.#scoreSaver.markDirty()
    this.publishReport()
  }

  /**
   * Ends the session here so that another gateway can continue it: raises and publishes nothing more, and closes the
   * candidate's socket. Returns the judge's state, which the rows do not contain.
   */
  handOver (): SessionHandover {
    this.#hasLeft = true
    this.#endMedia()
    this.#connection.release()?.replace()
    return writeSnapshot(this.#judge.state, this.epoch)
  }

  /** Another gateway owns the session: publishes nothing more here, and makes the candidate's page reconnect. */
  drop (): void {
    this.#hasLeft = true
    this.#endMedia()
    this.#connection.release()?.reconnect()
  }

  /** Drops waiting frames and sound; settles when the running ones are back. */
  async close (): Promise<void> {
    this.#endMedia()
    await this.input.close()
  }

  #endMedia (): void {
    this.#recording?.end()
    this.input.screen.end()
  }

  /** Closes the candidate's connection because the session is over. */
  end (): void {
    this.#connection.end()
  }

  /** The exam goes on without a recording or evidence; staff and candidate see that it is not kept. */
  #reportRecordingFailure (code: string, of: 'recording' | 'evidence' | 'screen'): void {
    const { id, isOpen } = this
    this.#deps.log.error({ sessionId: id, code, of }, 'recording or evidence not kept')
    if (!isOpen || this.#hasLeft) return
    this.tasks.run(async () => {
      this.recordReport({ kind: 'recording_failed', atMs: this.#deps.now(), detail: { code, of } })
    }).catch(error => this.#deps.log.error({ err: error, sessionId: id }, 'record of a failed recording failed'))
  }

  /** Records it once per session; a gateway that continues the session finds the stored event. */
  #recordIncomparableFace (): void {
    if (this.#isRunning && this.#scores.counts['identity_none'] === undefined) {
      this.recordReport(incomparableFace(this.id, this.#deps.now()))
    }
  }

  /** `id` is that of a page report's row. */
  #judgeInput (input: JudgeInput, id?: string): readonly EventRow[] {
    if (this.#hasLeft) return []
    const rows = this.#record(this.#judge.judge(input, id))
    if (!('type' in input) && this.#recording?.keepsEvidence === true) {
      this.#recording.scored(this.#judge.scoresOf(input.atMs), input.atMs)
    }
    return rows
  }

  /** Adds rows to the scores and queues them for the database; returns those that were accepted. */
  #record (raised: readonly EventRow[]): readonly EventRow[] {
    const rows = raised.filter(row => {
      const isAccepted = this.#scores.accepts(row)
      if (isAccepted) this.#scores.add(row)
      return isAccepted
    })
    if (rows.length === 0) return rows
    this.#recording?.noted(rows, this.#deps.now())
    this.#deps.counters.events.raised += rows.length
    this.#feed.markReportDue()
    this.#scoreSaver.markDirty()
    this.commits.write(rows)
    const level = this.#riskLevel
    const { riskLevel } = this.#scores
    this.#riskLevel = riskLevel
    if (riskLevel !== 'Low' && level !== 'High' && riskLevel !== level) this.#deps.onRisk?.(this, riskLevel)
    return rows
  }

  #publishRows (rows: readonly EventRow[], stored: boolean): void {
    // After the session was lost, rows that are not committed may never be.
    if (this.#hasLeft && !stored) return
    this.#connection.show(rows, stored)
    this.#feed.showEvents(rows, stored)
  }

  about (): About {
    return { sessionId: this.id, examId: this.examId, ownerId: this.ownerId }
  }
}
