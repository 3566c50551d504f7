import { MantineProvider } from '@mantine/core'
import { lazy, Suspense, useState, type ComponentType } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import '../shared/leaving.ts'
import { accountRoutes } from '../account/routes.ts'
import type { User } from '../api/login.ts'
import { useServerAway, useUser } from '../api/use-login.ts'
import { Waiting } from '../shared/waiting.tsx'
import { useLanguage } from '../text/index.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { PageFrame } from './page-frame.tsx'
import { ServerAway } from './server-away.tsx'
import { cssVariables, theme } from './theme.ts'

/** What only a person who is logged in needs loads after the first page, which must be quick on a slow line. */
const loadInside = () => import('./inside.tsx')
const LaterInside = lazy(loadInside)
type InsidePage = ComponentType<{ readonly user: User }>
let LoadedInside: InsidePage | undefined

/** The frame around every page: who is logged in and the address decide which page it is. */
export function App () {
  const user = useUser()
  const isAway = useServerAway()
  useLanguage()
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme='auto'>
      {user === undefined
        ? isAway ? <ServerAway /> : <Visitor />
        : <ErrorBoundary><Suspense fallback={<Waiting />}><Inside user={user} /></Suspense></ErrorBoundary>}
    </MantineProvider>
  )
}

/** What is loaded is shown at once. React would show that it loads, and that for 300 ms at least. */
function Inside ({ user }: { readonly user: User }) {
  const [Page] = useState<InsidePage>(() => LoadedInside ?? LaterInside)
  return <Page user={user} />
}

/** Nobody is logged in: the account's first pages, or the way to them and back to the address that was asked for. */
function Visitor () {
  const [path] = useLocation()
  const routes = accountRoutes.filter(({ roles }) => roles === 'visitor' || roles === 'all')
  return (
    <Switch>
      {routes.map(route => <Route key={route.path} path={route.path}><PageFrame route={route} /></Route>)}
      <Route><Redirect to={`/login?next=${encodeURIComponent(path + location.search)}`} replace /></Route>
    </Switch>
  )
}

/** Loads the rest while the first page is read, with the page that most people come to: a candidate's exams. */
export function preloadInside (): void {
  loadInside().then(({ default: page }) => { LoadedInside = page }, () => {})
}
