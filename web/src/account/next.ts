import { useLocation, useSearchParams } from 'wouter'
import { currentUser } from '../api/login.ts'
import { HOME } from '../shared/home.ts'

/** Goes to the page that asked for the login (`?next=`), or to where the role begins. */
export function useNext (): () => void {
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  return () => {
    const next = search.get('next')
    // Only a path of our own: `//elsewhere.example` is another site.
    const isOurs = next !== null && new URL(next, location.origin).origin === location.origin && next.startsWith('/')
    navigate(isOurs ? next : HOME[currentUser()!.role], { replace: true })
  }
}
