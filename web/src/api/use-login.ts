import { useSyncExternalStore } from 'react'
import { currentUser, onLoginChange, type User } from './login.ts'

/** The account that is logged in; the component renders again when that changes. */
export const useUser = (): User | undefined => useSyncExternalStore(onLoginChange, currentUser)
