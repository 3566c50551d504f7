import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/errors.ts'
import { onLoginChange, currentUser } from '../api/login.ts'

const RETRIES_MAX = 2

/** What the server refused stays refused; what did not reach it is tried again. */
const mayRetry = (failures: number, error: Error): boolean =>
  failures < RETRIES_MAX && (!(error instanceof ApiError) || error.status >= 502)

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: mayRetry, staleTime: 5000 }, mutations: { retry: false } }
})

// Another account must not see what the one before has read.
let userId = currentUser()?.id
onLoginChange(() => {
  const next = currentUser()?.id
  if (next !== userId) queryClient.clear()
  userId = next
})
