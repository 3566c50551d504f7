import { defined } from '../../../lib/defined.ts'
import type { EventRow } from '../../../db/index.ts'
import type { JudgeInput } from '../../../detection/events/judge.ts'
import type { PageReport } from '../../cluster/session-command.ts'
import type { ScreenRecording } from '../../recording/screen-recording.ts'
import type { SessionRecording } from '../../recording/session-recording.ts'
import type { Refusal } from '../../protocol/error-message.ts'
import type { Chunk, Frame, ScreenChunk, Sound } from '../../protocol/media-frame.ts'
import type { Calibrate, PageEvent } from '../../protocol/messages.ts'
import { clampTime } from './arrival-clock.ts'
import type { CandidateConnection } from './candidate-connection.ts'
import type { CurrentConnection } from './current-connection.ts'
import type { FeedPublisher } from './feed-publisher.ts'
import { FrameMailbox } from './frame-mailbox.ts'
import { ScreenInput } from './screen-input.ts'
import type { SessionDeps } from './session-deps.ts'
import { SoundQueue } from './sound-queue.ts'

export interface CandidateInputHost {
  readonly userId: string
  readonly connection: CurrentConnection
  readonly feed: FeedPublisher
  /** Whether the session is in the state `active`. */
  isActive (): boolean
  /** Whether results are still judged: the session is active, and this gateway holds it. */
  isRunning (): boolean
  /** Judges an input; returns the rows that were recorded. `id` is that of a page report's row. */
  judge (input: JudgeInput, id?: string): readonly EventRow[]
  readonly recording: SessionRecording | undefined
  /** Absent: the screen is not recorded. */
  readonly screenRecording: ScreenRecording | undefined
  /** Since when the screen counts as not shared; undefined: it is shared. */
  screenStoppedSinceMs (): number | undefined
  /** Other models made the enrolled face, so the candidate is not compared with it. */
  reportIncomparable (): void
}

/** Everything that a candidate sends to one session: frames, sound, the screen, page events and calibration. */
export class CandidateInput {
  readonly #host: CandidateInputHost
  readonly #deps: Pick<SessionDeps, 'now' | 'limits'>
  readonly #frameMailbox: FrameMailbox
  readonly #soundQueue: SoundQueue
  readonly screen: ScreenInput

  constructor (host: CandidateInputHost, deps: SessionDeps) {
    this.#host = host
    this.#deps = deps
    const { userId } = host
    const isActive = (): boolean => host.isRunning()
    const judge = (input: JudgeInput): void => { host.judge(input) }
    this.#frameMailbox = new FrameMailbox(
      {
        userId,
        isActive,
        ...defined({ recording: host.recording }),
        isWatched: () => host.feed.hasAudience,
        judge,
        showThumbnail: (jpegBase64, atMs) => host.feed.showThumbnail(jpegBase64, atMs),
        reportIncomparable: () => host.reportIncomparable()
      },
      deps
    )
    this.#soundQueue = new SoundQueue({ userId, isActive, judge, ...defined({ recording: host.recording }) }, deps)
    this.screen = new ScreenInput(
      { recording: host.screenRecording, isActive, judge, stoppedSinceMs: () => host.screenStoppedSinceMs() }, deps
    )
  }

  /** Accepts a frame; in a pause it is counted and not analysed. `arrivedMs` as for `FrameMailbox.offer`. */
  offer (sender: CandidateConnection, frame: Frame | Chunk, arrivedMs?: number): void {
    this.#refuseWhilePaused(sender)
    this.#frameMailbox.offer(sender, frame, arrivedMs)
  }

  /** Accepts a piece of sound; in a pause it is counted and not analysed. */
  offerSound (sender: CandidateConnection, sound: Sound): void {
    this.#refuseWhilePaused(sender)
    this.#soundQueue.offer(sound)
  }

  /** Accepts a frame of the screen; in a pause it is counted and not recorded. */
  offerScreen (sender: CandidateConnection, chunk: ScreenChunk): void {
    if (this.screen.rate !== undefined) this.#refuseWhilePaused(sender)
    this.screen.offer(sender, chunk)
  }

  /** Counts bytes that are not a picture, and reports them to the judge. */
  offerInvalid (sender: CandidateConnection, refused: Refusal): void {
    this.#frameMailbox.offerInvalid(sender, refused)
  }

  /** Judges an event that the page sent over its socket. */
  pageEvent (sender: CandidateConnection, event: PageEvent): void {
    if (!this.#refuseWhilePaused(sender)) this.judgePageReport(event)
  }

  /** Continues a calibration; the candidate is told how it ended. */
  calibrate (sender: CandidateConnection, { corner, atMs }: Calibrate): void {
    if (this.#refuseWhilePaused(sender)) return
    this.#host.judge({ type: 'calibrate', corner, atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits) })
  }

  /** Judges an event that the page reported over HTTP; returns its rows, none if the judge keeps it back. */
  judgePageReport ({ id, kind, phase, detail, atMs }: Omit<PageReport, 'type'>): readonly EventRow[] {
    return this.#host.judge(
      {
        type: 'client',
        kind,
        atMs: clampTime(atMs, this.#deps.now(), this.#deps.limits),
        detail: phase === 'instant' ? detail : { ...detail, phase }
      },
      id
    )
  }

  /** The state has changed: tracking, video and sound start again without what came before. */
  reset (): void {
    this.#frameMailbox.forget()
    this.#soundQueue.forget()
    this.screen.reset()
  }

  /** A member of staff looks at this session. */
  lookCloser (): void {
    this.#frameMailbox.lookCloser()
  }

  /** Reads the enrolled face again with the next frame. */
  readFaceAgain (): void {
    this.#frameMailbox.readFaceAgain()
  }

  /** Drops waiting frames and sound; settles when the running ones are back. */
  async close (): Promise<void> {
    await Promise.all([this.#frameMailbox.close(), this.#soundQueue.close()])
  }

  /** Returns true, and tells the sender once per pause, when the session is not active. */
  #refuseWhilePaused (sender: CandidateConnection): boolean {
    if (this.#host.isActive()) return false
    this.#host.connection.refusePaused(sender)
    return true
  }
}
