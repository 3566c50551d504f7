import type { FastifyBaseLogger } from 'fastify'
import { newId, type EventRow, type Sessions, type SessionPause } from '../../db/index.ts'
import { DetectionError } from '../../detection/errors.ts'
import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../detection/events/judge.ts'
import type { Policy } from '../../detection/events/policy.ts'
import { LatestOnly } from '../../detection/latest.ts'
import type { Analysis, Pool } from '../../detection/pool.ts'
import type { ProctorEvent } from '../../detection/types.ts'
import type { Bus } from './bus.ts'
import type { Counters, DropCause } from './counters.ts'
import type { EventWriter, Written } from './event-writer.ts'
import type { Frame } from './frame.ts'
import type { Limits } from './limits.ts'
import type { CandidateReply, PageEvent, SessionReport, SessionState } from './protocol.ts'
import { refusal, type Refusal } from './refusals.ts'
import { seenOf } from './seen.ts'
import { Tally } from './tally.ts'
import type { Thumbnails } from './thumbnail.ts'

/** The candidate's connection as its session sees it; `received` and `dropped` count this connection's frames. */
export interface Sender {
  received: number
  dropped: number
  send (reply: CandidateReply): boolean
  refuse (refused: Refusal): void
  /** Rows to show, at once or after a replay. */
  show (rows: readonly EventRow[], stored: boolean): void
  /** Our fault: closes this connection. */
  fail (error: unknown): void
  /** A newer connection takes its place. */
  replace (): void
  /** The session is over. */
  end (): void
}

export interface SessionDeps {
  readonly pool: Pick<Pool, 'analyze'>
  readonly sessions: Pick<Sessions, 'setScores'>
  readonly writer: EventWriter
  readonly bus: Bus
  readonly thumbnails: Thumbnails
  readonly counters: Counters
  readonly limits: Limits
  readonly policy: Policy
  readonly log: FastifyBaseLogger
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The judge of detection, unless a test brings its own. */
  readonly judge?: typeof judge
}

/** What a session is from its start; `rows` are its stored events, in order, when it goes on after a restart. */
export interface SessionStart {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly name: string
  readonly state: SessionState
  readonly startedAtMs: number
  readonly updatedAtMs: number
  readonly pauses: readonly SessionPause[]
  readonly rows: readonly EventRow[]
}

interface Job {
  readonly sender: Sender
  readonly bytes: Uint8Array
  readonly seq: number
  readonly atMs: number
}

/** The judge is told of silence about once a second, and monitors of new scores. */
const SECOND_MS = 1000

/** One open session: its mailbox, what tracking and judging remember, its scores, and who is connected to it. */
export class LiveSession {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly name: string
  readonly startedAtMs: number
  readonly #deps: SessionDeps
  readonly #mailbox: LatestOnly<Job>
  readonly #tally: Tally
  #state: SessionState
  #sender: Sender | undefined
  #judgeState: JudgeState
  #track: unknown
  #endedAtMs: number | null = null
  #heardAtMs: number
  #thumbnailAtMs = 0
  #reportedAtMs = 0
  #savedAtMs = 0
  #isReportDue = false
  #isSaveDue = false
  #isSaving = false
  #toldPaused = false
  /** Nobody is missed before the first connection. */
  #wasConnected: boolean

  constructor (start: SessionStart, deps: SessionDeps) {
    this.id = start.id
    this.userId = start.userId
    this.examId = start.examId
    this.name = start.name
    this.startedAtMs = start.startedAtMs
    this.#state = start.state
    this.#deps = deps
    this.#heardAtMs = deps.now()
    this.#tally = new Tally(start, deps.policy)
    this.#mailbox = new LatestOnly(job => this.#analyze(job), error => this.#deps.log.error({ err: error, sessionId: this.id }, 'frame handling failed'))
    this.#judgeState = createJudgeState(this.#tally.incidents)
    this.#wasConnected = start.rows.length > 0
    if (this.#wasConnected && start.state === 'active') this.#takeUp(Math.max(start.updatedAtMs, start.rows.at(-1)!.atMs))
  }

  get state (): SessionState {
    return this.#state
  }

  get isOnline (): boolean {
    return this.#sender !== undefined
  }

  get isOpen (): boolean {
    return this.#state === 'active' || this.#state === 'paused'
  }

  /** Closes what the last process left open, at the last moment it was known to live; since then the line was dead. */
  #takeUp (aliveAtMs: number): void {
    const atMs = Math.min(aliveAtMs, this.#deps.now())
    this.#record(this.#tally.open().map(row => ({
      ...row, id: newId(), phase: 'end', atMs: Math.max(atMs, row.atMs), durationMs: Math.max(0, atMs - row.atMs), weight: 0, detail: { reason: 'restart' }, createdAtMs: this.#deps.now()
    })))
    this.#hear({ type: 'disconnected', atMs })
  }

  /** Connects the candidate; an older connection gives way. */
  attach (sender: Sender): void {
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

  /** Takes a frame into the mailbox; what it pushes out is counted for its sender. */
  offer (sender: Sender, frame: Frame): void {
    sender.received++
    this.#deps.counters.frames.received++
    if (this.#refusesWhilePaused(sender)) return this.#drop(sender, 'paused')
    const nowMs = this.#deps.now()
    const replaced = this.#mailbox.offer({ sender, bytes: frame.bytes, seq: frame.seq ?? sender.received, atMs: this.#clamp(frame.capturedAtMs, nowMs) })
    if (replaced !== undefined) this.#drop(replaced.sender, 'replaced')
  }

  /** Counts bytes that are no picture, and lets the judge know. */
  offerInvalid (sender: Sender, refused: Refusal): void {
    sender.received++
    this.#deps.counters.frames.received++
    this.#drop(sender, 'invalid')
    sender.refuse(refused.seq === undefined ? { ...refused, seq: sender.received } : refused)
    if (this.#state === 'active') this.#hear({ type: 'invalid-image', atMs: this.#deps.now(), code: refused.code })
  }

  /** Judges what the page says it saw. */
  pageEvent (sender: Sender, event: PageEvent): void {
    if (this.#refusesWhilePaused(sender)) return
    const nowMs = this.#deps.now()
    const { phase, detail } = event
    this.#hear({ type: 'client', kind: event.kind, atMs: this.#clamp(event.atMs, nowMs), detail: phase === 'instant' ? detail : { ...detail, phase } })
  }

  /** Changes the state after the database has; what lasts ends when the session does not run. */
  setState (state: SessionState, atMs: number, by: string, reason?: string): void {
    if (this.#state === state || !this.isOpen) return
    if (this.#state === 'active') this.#hear({ type: 'close', atMs })
    this.#tally.changeState(this.#state, state, atMs, by)
    this.#state = state
    this.#toldPaused = false
    this.#track = undefined
    this.#heardAtMs = atMs
    if (!this.isOpen) this.#endedAtMs = atMs
    this.#sender?.send({ type: 'status', state, sessionId: this.id, ...(reason === undefined ? {} : { reason }) })
    if (state === 'active') this.#hear({ type: this.isOnline ? 'connected' : 'disconnected', atMs })
    this.#isSaveDue = true
    this.publishReport()
  }

  /** Passes a reply on to the candidate; false when nobody is connected or the line is stuck. */
  tell (reply: CandidateReply): boolean {
    return this.#sender?.send(reply) ?? false
  }

  /** What time alone brings about: silence, throttled scores. */
  tick (nowMs: number): void {
    if (this.#state === 'active' && this.#wasConnected && nowMs - this.#heardAtMs >= SECOND_MS) {
      this.#heardAtMs = nowMs
      this.#hear({ type: 'no-frames', atMs: nowMs })
    }
    if (this.#tally.hasOpen) this.#isReportDue = this.#isSaveDue = true
    if (this.#isReportDue && nowMs - this.#reportedAtMs >= SECOND_MS) this.publishReport()
    if (this.#isSaveDue && nowMs - this.#savedAtMs >= this.#deps.limits.scoresMs) {
      this.save().catch(error => this.#deps.log.warn({ err: error, sessionId: this.id }, 'scores not saved, will try again'))
    }
  }

  /** Writes the scores to the session's row; rejects when the database is away. */
  async save (): Promise<void> {
    if (this.#isSaving) return
    this.#isSaving = true
    this.#isSaveDue = false
    this.#savedAtMs = this.#deps.now()
    try {
      const { riskScore, trustScore, complianceScore, eventCount } = this.scores()
      await this.#deps.sessions.setScores(this.id, { riskScore, trustScore, complianceScore, eventCount }, this.#savedAtMs)
    } catch (error) {
      this.#isSaveDue = true
      throw error
    } finally {
      this.#isSaving = false
    }
  }

  scores (): SessionReport['scores'] {
    return this.#tally.scores(this.#endedAtMs ?? this.#deps.now())
  }

  counts (): Readonly<Record<string, number>> {
    return this.#tally.counts
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
    this.#isReportDue = false
    this.#reportedAtMs = this.#deps.now()
    if (this.#deps.bus.hasAudience(this.#about())) this.#deps.bus.publish({ ...this.#about(), kind: 'session', report: this.report() })
  }

  /** Forgets its events, after they are gone from the database; incidents go on counting. */
  clear (): void {
    this.#tally.clear()
    this.#isSaveDue = true
    this.publishReport()
  }

  /** Lets the running frame finish and drops the waiting one. */
  async close (): Promise<void> {
    const closing = this.#mailbox.close()
    this.#deps.counters.frames.dropped.closed += this.#mailbox.dropped.closed
    await closing
  }

  /** Sends the candidate home. */
  end (): void {
    this.#sender?.end()
  }

  async #analyze (job: Job): Promise<void> {
    const { sender, bytes, seq, atMs } = job
    if (this.#state !== 'active') return this.#drop(sender, 'paused')
    const keepBytes = this.#wantsThumbnail()
    let analysis: Analysis
    try {
      analysis = await this.#deps.pool.analyze({ bytes, atMs, state: this.#track, keepBytes })
    } catch (error) {
      return this.#analysisFailed(error, job)
    }
    // The state may have changed while the frame was away.
    if (this.state !== 'active') return this.#drop(sender, 'paused')
    this.#deps.counters.frames.analysed++
    this.#track = analysis.state
    this.#heardAtMs = this.#deps.now()
    sender.send({ type: 'ack', seq, dropped: sender.dropped, seen: seenOf(analysis.observation) })
    if (keepBytes) this.#publishThumbnail(bytes, atMs)
    try {
      this.#hear(analysis.observation)
    } catch (error) {
      sender.fail(error)
    }
  }

  #analysisFailed (error: unknown, { sender, seq, atMs }: Job): void {
    const code = error instanceof DetectionError ? error.code : undefined
    const isPicture = code?.startsWith('INVIGIL_ERR_IMAGE_') === true
    this.#drop(sender, isPicture ? 'invalid' : 'failed')
    if (code === undefined) this.#deps.log.error({ err: error, sessionId: this.id }, 'analysis failed')
    sender.refuse(error instanceof DetectionError ? { type: 'error', code: error.code, message: error.message, seq } : refusal('INVIGIL_ERR_FRAME_FAILED', { seq }))
    if (isPicture && this.#state === 'active') this.#hear({ type: 'invalid-image', atMs, code: code ?? '' })
  }

  #hear (input: JudgeInput): void {
    const { state, events } = (this.#deps.judge ?? judge)(this.#judgeState, input, this.#deps.policy)
    this.#judgeState = state
    if (events.length > 0) this.#record(events.map(event => this.#row(event)))
  }

  #record (rows: readonly EventRow[]): void {
    if (rows.length === 0) return
    for (const row of rows) this.#tally.add(row)
    this.#deps.counters.events.raised += rows.length
    this.#isReportDue = this.#isSaveDue = true
    this.#deps.writer.write(rows, this.#written)
  }

  readonly #written: Written = (rows, stored) => {
    this.#sender?.show(rows, stored)
    this.#deps.bus.publish({ ...this.#about(), kind: 'events', rows, stored })
  }

  #row (event: ProctorEvent): EventRow {
    return {
      id: newId(),
      sessionId: this.id,
      userId: this.userId,
      kind: event.kind,
      phase: event.phase,
      incident: event.incident,
      atMs: event.atMs,
      durationMs: event.durationMs ?? null,
      class: event.class,
      severity: event.severity,
      weight: event.weight,
      detail: event.detail,
      createdAtMs: this.#deps.now()
    }
  }

  #refusesWhilePaused (sender: Sender): boolean {
    if (this.#state === 'active') return false
    if (!this.#toldPaused) sender.refuse(refusal('INVIGIL_ERR_SESSION_PAUSED'))
    this.#toldPaused = true
    return true
  }

  #drop (sender: Sender, cause: DropCause): void {
    sender.dropped++
    this.#deps.counters.frames.dropped[cause]++
  }

  /** A client's clock is believed only as far as its frame can have been on its way. */
  #clamp (atMs: number | undefined, nowMs: number): number {
    const { clockAheadMs, clockBehindMs } = this.#deps.limits
    return atMs === undefined ? nowMs : Math.round(Math.min(nowMs + clockAheadMs, Math.max(nowMs - clockBehindMs, atMs)))
  }

  #wantsThumbnail (): boolean {
    return this.#deps.now() - this.#thumbnailAtMs >= this.#deps.limits.thumbnailMs && !this.#deps.thumbnails.isFull && this.#deps.bus.hasAudience(this.#about())
  }

  #publishThumbnail (bytes: Uint8Array, atMs: number): void {
    this.#thumbnailAtMs = this.#deps.now()
    this.#deps.thumbnails.make(bytes).then(jpegBase64 => {
      if (jpegBase64 !== undefined) this.#deps.bus.publish({ ...this.#about(), kind: 'thumbnail', atMs, jpegBase64 })
    }).catch(error => this.#deps.log.error({ err: error, sessionId: this.id }, 'thumbnail failed'))
  }

  #publishPresence (): void {
    this.#deps.bus.publish({ ...this.#about(), kind: 'presence', online: this.isOnline, atMs: this.#deps.now() })
    this.#isReportDue = true
  }

  #about (): { readonly sessionId: string, readonly examId: string | null } {
    return { sessionId: this.id, examId: this.examId }
  }
}
