import type { EventRow, SessionPause, Sessions } from '../../../db/index.ts'
import type { judge } from '../../../detection/events/judge.ts'
import type { TextKey } from '../../i18n/translate.ts'
import type { Policy } from '../../../detection/events/policy.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import type { Bus } from '../../feed/bus.ts'
import type { SessionHandover } from '../../cluster/session-command.ts'
import type { EventWriter } from '../../feed/event-writer.ts'
import type { SoundQueueDeps } from './sound-queue.ts'
import type { FrameMailboxDeps } from './frame-mailbox.ts'
import type { RiskLevel, SessionReport, SessionState } from '../../protocol/messages.ts'
import type { FlowControl } from '../load/flow-control.ts'

/** A session whose risk has reached a higher level, and what can be done about it. */
export interface RiskySession {
  readonly id: string
  /** Shows the candidate a notice. */
  notify (key: TextKey): void
  /** Calls a proctor. */
  callProctor (level: RiskLevel): void
  scores (): SessionReport['scores']
}

export interface SessionDeps extends FrameMailboxDeps, SoundQueueDeps {
  readonly pool: Pick<Pool, 'lane' | 'listen'>
  readonly sessions: Pick<Sessions, 'setScores'>
  /** The database has refused what came of a session: this gateway may have lost it. */
  readonly onRefused: (sessionId: string) => void
  readonly writer: EventWriter
  readonly bus: Bus
  readonly policy: Policy
  readonly flow: FlowControl
  /** Hears of a risk that has reached a higher level. */
  readonly onRisk?: (session: RiskySession, level: Exclude<RiskLevel, 'Low'>) => void
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
  /** As its row has it: null before its first save. */
  readonly seenPercent?: number | null
  readonly pauses: readonly SessionPause[]
  readonly rows: readonly EventRow[]
  /** Another gateway gave it up, with what it remembers; absent after a restart. */
  readonly handover?: SessionHandover
  /** The number under which this gateway has taken it. */
  readonly epoch: number
}
