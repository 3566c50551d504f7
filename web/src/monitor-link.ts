/** The proctor's socket, folded into one picture of all candidates. */
import type { LogEntry, Scores, SessionState } from './protocol.ts'
import { openSocket, type Link, type Socket } from './socket.ts'

export interface Candidate {
  readonly sessionId: string
  readonly userId: string
  readonly name: string
  readonly state: SessionState
  readonly online: boolean
  readonly scores: Scores
  readonly thumbnail?: string
  /** Newest first. */
  readonly log: readonly LogEntry[]
}

export interface Wall {
  readonly candidates: ReadonlyMap<string, Candidate>
  readonly log: ReadonlyArray<LogEntry & { readonly who: string }>
}

export const EMPTY_WALL: Wall = { candidates: new Map(), log: [] }

export type ToMonitor =
  | { readonly type: 'session', readonly sessionId: string, readonly userId: string, readonly name: string, readonly state: SessionState, readonly online: boolean, readonly scores: Scores }
  | { readonly type: 'logs', readonly sessionId: string, readonly data: readonly LogEntry[], readonly stored: boolean }
  | { readonly type: 'thumbnail', readonly sessionId: string, readonly data: string, readonly at: string }
  | { readonly type: 'presence', readonly sessionId: string, readonly online: boolean }
  | { readonly type: 'error', readonly code: string, readonly message: string }

/** What a proctor can do to one session; `text` is what the candidate reads. */
export type Action =
  | { readonly type: 'warn' | 'message' | 'terminate', readonly text: string }
  | { readonly type: 'pause' | 'resume' }

const LOG_ROWS_MAX = 300

/** The wall after one more message. */
export function fold (wall: Wall, message: ToMonitor): Wall {
  if (message.type === 'error') return wall
  const before = wall.candidates.get(message.sessionId)
  if (message.type !== 'session' && before === undefined) return wall
  const log = message.type === 'logs'
    ? [...[...message.data].reverse().map(entry => ({ ...entry, who: before!.name })), ...wall.log].slice(0, LOG_ROWS_MAX)
    : wall.log
  return { candidates: new Map(wall.candidates).set(message.sessionId, next(before, message)), log }
}

function next (before: Candidate | undefined, message: Exclude<ToMonitor, { type: 'error' }>): Candidate {
  switch (message.type) {
    case 'session': {
      const { type, ...session } = message
      return { log: [], ...before, ...session }
    }
    case 'logs': return { ...before!, log: [...[...message.data].reverse(), ...before!.log].slice(0, LOG_ROWS_MAX) }
    case 'thumbnail': return { ...before!, thumbnail: message.data }
    case 'presence': return { ...before!, online: message.online }
  }
}

export interface MonitorLink {
  act (sessionId: string, action: Action): boolean
  close (): void
}

/** Subscribes to every session this person may see; after a reconnect, from the last event on. */
export function openMonitorLink (onLink: (link: Link, closeCode?: number) => void, onMessage: (message: ToMonitor) => void): MonitorLink {
  let after: string | undefined
  const socket: Socket = openSocket({
    path: '/ws/monitor',
    onLink,
    onOpen: () => { socket.send(JSON.stringify({ type: 'subscribe', all: true, ...(after === undefined ? {} : { after }) })) },
    onMessage: (value) => {
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
