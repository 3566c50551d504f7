import { MantineProvider } from '@mantine/core'
import { DatesProvider } from '@mantine/dates'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { Suspense, useEffect } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { useUser } from '../api/use-login.ts'
import { useLanguage } from '../text/index.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { NotFound } from './not-found.tsx'
import { queryClient } from './query-client.ts'
import { HOME } from '../shared/home.ts'
import { routesOf } from './routes.ts'
import { Shell } from './shell.tsx'
import { cssVariables, theme } from './theme.ts'
import { Waiting } from '../shared/waiting.tsx'

/** The frame around every page: who is logged in and the address decide which page it is. */
export function App () {
  const user = useUser()
  const language = useLanguage()
  // What the server wrote in the other language is asked for again.
  useEffect(() => { queryClient.invalidateQueries().catch(() => {}) }, [language])
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme='auto'>
      <DatesProvider settings={{ locale: language, firstDayOfWeek: 0 }}>
        <QueryClientProvider client={queryClient}>
          <Notifications position='top-right' />
          <Switch>
            {routesOf(user?.role).map(({ path, page: Page, isWide = false, isBare = false }) => (
              <Route key={path} path={path}>
                <Shell user={user} isWide={isWide} isBare={isBare}>
                  <ErrorBoundary key={path}>
                    <Suspense fallback={<Waiting />}><Page /></Suspense>
                  </ErrorBoundary>
                </Shell>
              </Route>
            ))}
            {user !== undefined && ['/', '/login', '/signup'].map(path => (
              <Route key={path} path={path}><Redirect to={HOME[user.role]} replace /></Route>
            ))}
            <Route><Shell user={user}><NotFound user={user} /></Shell></Route>
          </Switch>
        </QueryClientProvider>
      </DatesProvider>
    </MantineProvider>
  )
}
