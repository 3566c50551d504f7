import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Candidate } from './logic/room.ts'
import type { ConsoleStore } from './store.ts'

export const StoreContext = createContext<ConsoleStore | undefined>(undefined)

export function useStore (): ConsoleStore {
  const store = useContext(StoreContext)
  if (store === undefined) throw new Error('The console has no store')
  return store
}

/** One candidate; the component renders again when it changes. */
export function useCandidate (sessionId: string): Candidate | undefined {
  const store = useStore()
  return useSyncExternalStore(
    listener => store.subscribe(sessionId, listener),
    () => store.candidate(sessionId)
  )
}

/** What changes of the whole room: who is there, the queue, the connection, ... and the time, every second. */
type RoomKey = 'room' | 'queue' | 'link' | 'facts' | 'ends' | 'states' | 'tick'

/** A value of the whole room, read again when `key` changes. */
export function useRoom<T> (key: RoomKey, read: (store: ConsoleStore) => T): T {
  const store = useStore()
  return useSyncExternalStore(listener => store.subscribe(key, listener), () => read(store))
}
