import { useSyncExternalStore } from 'react'
import { currentUser, isServerAway, onLoginChange, type User } from './login.ts'

/** The account that is logged in; the component renders again when that changes. */
export const useUser = (): User | undefined => useSyncExternalStore(onLoginChange, currentUser)

/** Whether a login waits for the server to be reachable. */
export const useServerAway = (): boolean => useSyncExternalStore(onLoginChange, isServerAway)
