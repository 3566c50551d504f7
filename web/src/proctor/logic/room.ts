/** What the console knows of one candidate, folded from the messages of the proctor's socket. */
import type { SessionState } from '../../live/protocol.ts'
import { attentionOf, gradeOf, isUnseen, type Acknowledged } from './attention.ts'
import { findingsOf, type Finding, type ProctorEvent } from './incidents.ts'
import { keepPicture, type Picture } from './pictures.ts'

export interface ThreadMessage {
  readonly id: string
  readonly sessionId: string
  readonly direction: 'to_candidate' | 'from_candidate'
  readonly kind:
    'message' | 'warning' | 'question' | 'broadcast' | 'break_request' | 'break_granted' | 'break_declined'
  readonly canned?: string
  readonly text: string
  readonly by: { readonly id: string, readonly name: string | null }
  readonly createdAt: string
  readonly deliveredAt: string | null
  readonly seenAt: string | null
}

export interface Acknowledgement {
  readonly eventId: string
  readonly state: Acknowledged['state']
  readonly note: string | null
  readonly by: { readonly id: string, readonly name: string | null }
  readonly at: string
}

interface About {
  readonly sessionId: string
}

export interface SessionMessage extends About {
  readonly type: 'session'
  readonly userId: string
  readonly name: string
  readonly examId: string | null
  readonly state: SessionState
  readonly online: boolean
  readonly startedAt: string
  readonly handRaisedAt: string | null
  readonly breakAskedAt: string | null
  readonly scores: {
    readonly riskScore: number
    readonly riskLevel: 'Low' | 'Medium' | 'High'
    readonly trustScore: number | null
    readonly complianceScore: number | null
    readonly seenPercent: number | null
    readonly eventCount: number
  }
}

export type RoomMessage =
  | SessionMessage
  | (About & { readonly type: 'logs', readonly data: readonly ProctorEvent[] })
  | (About & { readonly type: 'thumbnail', readonly at: string, readonly data: string })
  | (About & { readonly type: 'presence', readonly online: boolean, readonly at: string })
  | (About & { readonly type: 'call', readonly at: string })
  | (About & { readonly type: 'messages', readonly data: readonly ThreadMessage[] })
  | (About & { readonly type: 'hand', readonly raised: boolean, readonly at: string })
  | (About & { readonly type: 'acknowledgements', readonly data: readonly Acknowledgement[] })
  | (About & {
    readonly type: 'looking'
    readonly by: { readonly id: string, readonly name: string }
    readonly looking: boolean
  })

export interface Candidate {
  readonly session: SessionMessage
  readonly events: readonly ProctorEvent[]
  readonly findings: readonly Finding[]
  /** By the id of the event that starts the incident. */
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>
  /** In the order of time. */
  readonly thread: readonly ThreadMessage[]
  readonly pictures: readonly Picture[]
  readonly picture: Picture | undefined
  /** Since when the candidate's socket is closed; undefined while it is open. */
  readonly offlineSinceMs: number | undefined
  /** The candidate's socket has been open while this page looked. */
  readonly wasOnline: boolean
  /** When the exam's policy last asked for a proctor, until somebody opened the candidate. */
  readonly calledAtMs: number | undefined
  readonly viewers: ReadonlyMap<string, string>
}

/** Events kept of one candidate: a long exam has some hundreds. */
const EVENTS_MAX = 2_000

/** The candidate after one more message, which came at `nowMs`. Undefined: nothing is known of the session yet. */
export function foldRoom (before: Candidate | undefined, message: RoomMessage, nowMs: number): Candidate | undefined {
  if (message.type === 'session') return withSession(before, message, nowMs)
  if (before === undefined) return undefined
  switch (message.type) {
    case 'logs': {
      const known = new Set(before.events.map(({ id }) => id))
      const fresh = message.data.filter(({ id }) => !known.has(id))
      if (fresh.length === 0) return before
      const events = [...before.events, ...fresh].slice(-EVENTS_MAX)
      return { ...before, events, findings: findingsOf(events) }
    }
    case 'thumbnail': {
      const picture = { atMs: nowMs, data: message.data }
      return { ...before, picture, pictures: keepPicture(before.pictures, picture) }
    }
    case 'presence': return withSession(before, { ...before.session, online: message.online }, nowMs)
    case 'call': return { ...before, calledAtMs: nowMs }
    case 'messages': return { ...before, thread: mergeThread(before.thread, message.data) }
    case 'hand':
      return { ...before, session: { ...before.session, handRaisedAt: message.raised ? message.at : null } }
    case 'acknowledgements': {
      const all = new Map(before.acknowledgements)
      for (const acknowledgement of message.data) all.set(acknowledgement.eventId, acknowledgement)
      return { ...before, acknowledgements: all }
    }
    case 'looking': {
      const viewers = new Map(before.viewers)
      if (message.looking) viewers.set(message.by.id, message.by.name)
      else viewers.delete(message.by.id)
      return { ...before, viewers }
    }
  }
}

function withSession (before: Candidate | undefined, session: SessionMessage, nowMs: number): Candidate {
  const { online } = session
  return {
    events: [],
    findings: [],
    acknowledgements: new Map(),
    thread: [],
    pictures: [],
    picture: undefined,
    calledAtMs: undefined,
    viewers: new Map(),
    ...before,
    session,
    offlineSinceMs: online ? undefined : (before?.offlineSinceMs ?? nowMs),
    wasOnline: online || before?.wasOnline === true
  }
}

/** A thread with new states of messages; a time that was set stays. */
export function mergeThread (
  thread: readonly ThreadMessage[],
  data: readonly ThreadMessage[]
): readonly ThreadMessage[] {
  const all = new Map(thread.map(message => [message.id, message]))
  for (const message of data) {
    const known = all.get(message.id)
    all.set(message.id, {
      ...message,
      deliveredAt: message.deliveredAt ?? known?.deliveredAt ?? null,
      seenAt: message.seenAt ?? known?.seenAt ?? null
    })
  }
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Where a candidate is now. `missing`: without a connection for longer than a page needs to come back. */
export type Place = 'present' | 'reconnecting' | 'missing' | 'paused' | 'ended'

export const RECONNECT_MS = 60_000

export function placeOf ({ session, offlineSinceMs, wasOnline }: Candidate, nowMs: number): Place {
  if (session.state === 'paused') return 'paused'
  if (session.state !== 'active') return 'ended'
  if (offlineSinceMs === undefined) return 'present'
  return wasOnline && nowMs - offlineSinceMs < RECONNECT_MS ? 'reconnecting' : 'missing'
}

export const unseenQuestions = ({ thread }: Pick<Candidate, 'thread'>): readonly ThreadMessage[] =>
  thread.filter(({ direction, kind, seenAt }) =>
    direction === 'from_candidate' && kind === 'question' && seenAt === null)

/** The attention that a candidate needs now; 0 after the end. */
export function candidateAttention (candidate: Candidate, nowMs: number): number {
  const { session, findings, acknowledgements, calledAtMs } = candidate
  const place = placeOf(candidate, nowMs)
  if (place === 'ended') return 0
  const acknowledged = new Map<string, Acknowledged>(
    [...acknowledgements].map(([id, { state, at }]) => [id, { state, atMs: Date.parse(at) }])
  )
  return attentionOf({
    findings,
    acknowledged,
    handRaised: session.handRaisedAt !== null,
    isAsking: session.breakAskedAt !== null || unseenQuestions(candidate).length > 0,
    isCalled: calledAtMs !== undefined,
    isLineLost: place === 'reconnecting' || place === 'missing'
  }, nowMs)
}

/** Findings that nobody has acknowledged and that are worth a look, the most urgent first. */
export function unseenFindings ({ findings, acknowledgements }: Candidate, nowMs: number): Finding[] {
  const order = { serious: 0, notable: 1, minor: 3, blind: 2, none: 4 }
  return findings
    .filter(finding => {
      const known = acknowledgements.get(finding.id)
      return gradeOf(finding) !== 'none' &&
        isUnseen(finding, known === undefined ? undefined : { state: known.state, atMs: Date.parse(known.at) }, nowMs)
    })
    .sort((a, b) =>
      Number(a.endMs !== undefined) - Number(b.endMs !== undefined) ||
      order[gradeOf(a)] - order[gradeOf(b)] ||
      b.startMs - a.startMs)
}

/** What a proctor has seen stays listed for so long after it was over. */
export const SEEN_LISTED_MS = 600_000

/** The newest finding that staff have seen or flagged and that needs no other look; undefined: none, or long ago. */
export function seenFinding (candidate: Candidate, nowMs: number): Finding | undefined {
  if (placeOf(candidate, nowMs) === 'ended') return undefined
  return candidate.findings.filter(finding => {
    const known = candidate.acknowledgements.get(finding.id)
    return known !== undefined && known.state !== 'not_relevant' && gradeOf(finding) !== 'none' &&
      (finding.endMs === undefined || nowMs - Date.parse(known.at) < SEEN_LISTED_MS)
  }).at(-1)
}
