/** The words exchanged with staff, in their order. */
import type { OwnMessage } from '../../live/protocol.ts'
import type { ReceivedNotice } from '../../live/session-stream.ts'
import type { ThreadMessage } from '../types.ts'

export interface ThreadLine {
  readonly key: string
  readonly isMine: boolean
  readonly from: string
  readonly kind: string
  readonly canned?: string
  readonly text: string
  readonly atMs: number
  /** Of own messages: staff have seen it. */
  readonly isSeen: boolean
}

/** Stored messages as the page keeps them: those of staff, and the candidate's own. */
export function splitThread (messages: readonly ThreadMessage[]): {
  readonly notices: readonly ReceivedNotice[]
  readonly own: readonly OwnMessage[]
} {
  return {
    notices: messages.filter(({ direction }) => direction === 'to_candidate')
      .map(({ id, kind, canned, text, by, createdAt, seenAt }) => ({
        key: id,
        id,
        kind,
        text,
        ...(canned !== undefined && { canned }),
        from: by.name ?? '',
        level: kind === 'warning' ? 'warning' : 'info',
        at: createdAt,
        atMs: Date.parse(createdAt),
        isSeen: seenAt !== null
      })),
    own: messages.filter(({ direction }) => direction === 'from_candidate')
  }
}

export function threadLines (notices: readonly ReceivedNotice[], own: readonly OwnMessage[]): readonly ThreadLine[] {
  return [
    ...notices.map(({ key, from, kind = 'message', canned, text, atMs }) =>
      ({ key, isMine: false, from, kind, text, atMs, isSeen: true, ...(canned !== undefined && { canned }) })),
    ...own.map(({ id, kind, text, createdAt, seenAt }) =>
      ({ key: id, isMine: true, from: '', kind, text, atMs: Date.parse(createdAt), isSeen: seenAt !== null }))
  ].sort((one, other) => one.atMs - other.atMs)
}
