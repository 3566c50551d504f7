import { createContext, use, useSyncExternalStore } from 'react'
import type { StreamView } from '../../live/session-stream.ts'
import { useStream } from '../../live/use-stream.ts'
import type { BufferView } from './answer-buffer.ts'
import type { ExamRoom, RoomView } from './exam-room.ts'

/** The exam that runs in this window. */
export const RoomContext = createContext<ExamRoom | undefined>(undefined)

export function useRoom (): ExamRoom {
  const room = use(RoomContext)
  if (room === undefined) throw new Error('outside of an exam room')
  return room
}

/** A part of the room's view; it must be a stored value, not one made by `select`. */
export function useRoomView<Part> (select: (view: RoomView) => Part): Part {
  const { subscribe, view } = useRoom()
  return useSyncExternalStore(subscribe, () => select(view()))
}

export function useAnswers (): BufferView {
  const { subscribeAnswers, buffer } = useRoom()
  return useSyncExternalStore(subscribeAnswers, buffer.view)
}

export const useRoomStream = <Part,>(select: (view: StreamView) => Part): Part => useStream(useRoom().stream, select)
