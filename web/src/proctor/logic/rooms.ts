import type { SessionMessage } from './room.ts'

/** How many candidates of an exam are there; `examId` is null for sessions without an exam. */
export interface Room {
  readonly examId: string | null
  readonly present: number
  readonly missing: number
  readonly paused: number
}

/** The exams of these open sessions, those with missing candidates first, then the larger ones. */
export function countRooms (sessions: readonly SessionMessage[]): Room[] {
  const rooms = new Map<string | null, { examId: string | null, present: number, missing: number, paused: number }>()
  for (const { examId, state, online } of sessions) {
    if (state !== 'active' && state !== 'paused') continue
    const room = rooms.get(examId) ?? { examId, present: 0, missing: 0, paused: 0 }
    rooms.set(examId, room)
    if (state === 'paused') room.paused++
    else if (online) room.present++
    else room.missing++
  }
  const size = ({ present, missing, paused }: Room) => present + missing + paused
  return [...rooms.values()].sort((a, b) =>
    Number(a.examId === null) - Number(b.examId === null) || b.missing - a.missing || size(b) - size(a))
}
