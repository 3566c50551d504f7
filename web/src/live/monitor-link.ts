/** The proctor's socket, folded into one picture of all candidates. */
import { mergeLog, type LogEntry, type Scores, type SessionState } from './protocol.ts'
import { openSocket, type Link, type Socket } from './socket.ts'

export interface Candidate {
  readonly sessionId: string
  readonly userId: string
  readonly name: string
  readonly state: SessionState
  readonly online: boolean
  readonly scores: Scores
  readonly thumbnail?: string
  /** When it came, by this device's clock. */
  readonly thumbnailAtMs?: number
  /** Newest first. */
  readonly log: readonly LogEntry[]
}

export interface Wall {
  readonly candidates: ReadonlyMap<string, Candidate>
  readonly log: ReadonlyArray<LogEntry & { readonly who: string }>
}

export const EMPTY_WALL: Wall = { candidates: new Map(), log: [] }

export type ToMonitor =
  | {
    readonly type: 'session'
    readonly sessionId: string
    readonly userId: string
    readonly name: string
    readonly state: SessionState
    readonly online: boolean
    readonly scores: Scores
  }
  | { readonly type: 'logs', readonly sessionId: string, readonly data: readonly LogEntry[], readonly stored: boolean }
  | { readonly type: 'thumbnail', readonly sessionId: string, readonly data: string, readonly at: string }
  | { readonly type: 'presence', readonly sessionId: string, readonly online: boolean }
  | { readonly type: 'call', readonly sessionId: string, readonly riskLevel: Scores['riskLevel'], readonly at: string }
  | { readonly type: 'done', readonly action: string, readonly sessionId: string }
  | { readonly type: 'error', readonly code: string, readonly message: string }

/** What a proctor can do to one session; `text` is what the candidate reads. */
export type Action =
  | { readonly type: 'warn' | 'message' | 'terminate', readonly text: string }
  | { readonly type: 'pause' | 'resume' }

const LOG_ROWS_MAX = 300

/** Pictures come every two seconds; after so long without one the last is not live any more. */
const LIVE_MS = 8000

/** Whether the picture that is shown is of now. */
export function isLive ({ state, online, thumbnail, thumbnailAtMs }: Candidate, nowMs: number): boolean {
  return (
    state === 'active' &&
    online &&
    thumbnail !== undefined &&
    thumbnailAtMs !== undefined &&
    nowMs - thumbnailAtMs <= LIVE_MS
  )
}

/** The wall after one more message, which came at `nowMs`; kinds that change nothing on it leave it as it is. */
export function fold (wall: Wall, message: ToMonitor, nowMs: number): Wall {
  const change = (before: Candidate, log = wall.log): Wall => ({
    candidates: new Map(wall.candidates).set(before.sessionId, before),
    log
  })
  if (message.type === 'session') {
    const { type, ...session } = message
    return change({ log: [], ...wall.candidates.get(session.sessionId), ...session })
  }
  const before = 'sessionId' in message ? wall.candidates.get(message.sessionId) : undefined
  if (before === undefined) return wall
  switch (message.type) {
    case 'logs': return change(
      { ...before, log: mergeLog(before.log, message.data, LOG_ROWS_MAX) },
      mergeLog(wall.log, message.data.map(entry => ({ ...entry, who: before.name })), LOG_ROWS_MAX)
    )
    case 'thumbnail': return change({ ...before, thumbnail: message.data, thumbnailAtMs: nowMs })
    case 'presence': return change({ ...before, online: message.online })
    default: return wall
  }
}

export interface MonitorLink {
  act (sessionId: string, action: Action): boolean
  close (): void
}

/** Subscribes to every session this person may see; after a reconnect, from the last event on. */
export function openMonitorLink (
  onLink: (link: Link, closeCode?: number) => void,
  onMessage: (message: ToMonitor) => void
): MonitorLink {
  let after: string | undefined
  const socket: Socket = openSocket({
    path: '/ws/monitor',
    onLink,
    onOpen: () => {
      socket.send(JSON.stringify({ type: 'subscribe', all: true, ...(after === undefined ? {} : { after }) }))
    },
    onMessage: value => {
      const message = value as ToMonitor
      if (message.type === 'logs') after = message.data.at(-1)?.id ?? after
      onMessage(message)
    }
  })
  return {
    act: (sessionId, action) => socket.send(JSON.stringify({ ...action, sessionId })),
    close: () => socket.close()
  }
}
