import type { EventRow, SessionPause, Sessions } from '../../../db/index.ts'
import type { judge } from '../../../detection/events/judge.ts'
import type { TextKey } from '../../i18n/translate.ts'
import type { Policy } from '../../../detection/events/policy.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import type { Bus } from '../../feed/bus.ts'
import type { SessionHandover } from '../../cluster/session-command.ts'
import type { Recorder } from '../../recording/recorder.ts'
import type { EventWriter } from '../../feed/event-writer.ts'
import type { SoundQueueDeps } from './sound-queue.ts'
import type { FrameMailboxDeps } from './frame-mailbox.ts'
import type { RiskLevel, SessionReport, SessionState } from '../../protocol/messages.ts'
import type { FlowControl } from '../load/flow-control.ts'

/** A session whose risk has reached a higher level, with the actions on it. */
export interface RiskySession {
  readonly id: string
  /** Shows the candidate a notice. */
  notify (key: TextKey): void
  /** Asks for a proctor. */
  callProctor (level: RiskLevel): void
  scores (): SessionReport['scores']
}

export interface SessionDeps extends FrameMailboxDeps, SoundQueueDeps {
  readonly pool: Pick<Pool, 'openFrameSource' | 'listen'>
  readonly sessions: Pick<Sessions, 'setScores'>
  /** Called when the database has refused rows of a session: this gateway may no longer own it. */
  readonly onRefused: (sessionId: string) => void
  readonly writer: EventWriter
  readonly bus: Bus
  readonly policy: Policy
  readonly flow: FlowControl
  /** Records sessions whose exam asks for it; absent: nothing is recorded. */
  readonly recorder?: Pick<Recorder, 'open' | 'openScreen'>
  /** What the exam's policy wants recorded. Default: `none`. */
  readonly recording?: 'none' | 'incidents' | 'full'
  /** The screen is recorded: the exam's policy wants it, and the candidate agreed. */
  readonly recordsScreen?: boolean
  /** Evidence of incidents is kept: the exam's policy wants it, and the candidate agreed. */
  readonly keepsEvidence?: boolean
  /** Called when the risk has reached a higher level. */
  readonly onRisk?: (session: RiskySession, level: Exclude<RiskLevel, 'Low'>) => void
  /** Name to version of the models, once loaded; events record them. */
  readonly modelVersions?: () => Readonly<Record<string, string>> | undefined
  /** Replaces the judge in tests. */
  readonly judge?: typeof judge
}

/** The data a session starts with; `rows` are its stored events, in order, when it continues after a restart. */
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
  /** From its row; null before the first save. */
  readonly seenPercent?: number | null
  readonly pauses: readonly SessionPause[]
  readonly rows: readonly EventRow[]
  /** The judge's state from the gateway that handed the session over; absent after a restart. */
  readonly handover?: SessionHandover
  /** The epoch under which this gateway took the session. */
  readonly epoch: number
  /** What the candidate asks staff for, from its row; null: nothing. */
  readonly handRaisedAtMs: number | null
  readonly breakAskedAtMs: number | null
}
