/** Tiles on which nothing happens are drawn seldom, so that fifty of them cost a proctor's machine little. */
import type { Candidate } from './room.ts'

/** How often the picture of a tile without trouble changes. */
export const CALM_MS = 10_000

/** Whether a tile that shows `before` may wait with `after`: only a newer picture and figures have come. */
export function mayWait (before: Candidate, after: Candidate): boolean {
  const [old, now] = [before.session, after.session]
  return before.picture !== undefined && after.picture !== undefined &&
    after.picture.atMs - before.picture.atMs < CALM_MS &&
    before.findings === after.findings &&
    before.acknowledgements === after.acknowledgements &&
    before.thread === after.thread &&
    before.viewers === after.viewers &&
    before.calledAtMs === after.calledAtMs &&
    before.offlineSinceMs === after.offlineSinceMs &&
    old.name === now.name &&
    old.state === now.state &&
    old.handRaisedAt === now.handRaisedAt &&
    old.breakAskedAt === now.breakAskedAt
}
