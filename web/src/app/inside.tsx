import { Button } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { Fragment, lazy, Suspense, useEffect, useState } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import type { User } from '../api/login.ts'
import { HOME } from '../shared/home.ts'
import { keepFocus } from '../shared/keep-focus.ts'
import { language } from '../text/index.ts'
import { Navigation } from './navigation.tsx'
import { NotFound } from './not-found.tsx'
import { PageFrame } from './page-frame.tsx'
import { queryClient } from './query-client.ts'
import { routesOf } from './routes.ts'
import { Shell } from './shell.tsx'
import classes from './shell.module.css'

// Menus are not needed to read a page, and their popovers are a sixth of its script.
const AccountMenu = lazy(() => import('./account-menu.tsx'))
const StaffFrame = lazy(() => import('./staff-frame.tsx'))

/** On a slow line the page and its data come first. */
const MENUS_AFTER_MS = 1000

function useDue (ms: number): boolean {
  const [isDue, setIsDue] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsDue(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return isDue
}

/** Every page of a person who is logged in. */
export default function Inside ({ user }: { readonly user: User }) {
  const locale = language()
  // What the server wrote in the other language is asked for again.
  useEffect(() => { queryClient.invalidateQueries().catch(() => {}) }, [locale])
  const routes = routesOf(user.role)
  useEffect(keepFocus, [])
  const areMenusDue = useDue(MENUS_AFTER_MS)
  const navigation = <Navigation routes={routes} hasMenu={areMenusDue} />
  const shortName = <span className={classes['name']}>{user.name || user.email}</span>
  // Until the menu is there, its name keeps the place: nothing moves when it comes.
  const name = <Button variant='subtle' size='xs' maw={180} tabIndex={-1} aria-hidden>{shortName}</Button>
  const account = areMenusDue ? <Suspense fallback={name}><AccountMenu user={user} /></Suspense> : name
  const Frame = user.role === 'student' ? Fragment : StaffFrame
  return (
    <QueryClientProvider client={queryClient}>
      <Frame>
        <Switch>
          {routes.map(route => (
            <Route key={route.path} path={route.path}>
              <PageFrame route={route} navigation={navigation} account={account} />
            </Route>
          ))}
          {['/', '/login', '/login/face', '/signup'].map(path => (
            <Route key={path} path={path}><Redirect to={HOME[user.role]} replace /></Route>
          ))}
          <Route>
            <Shell navigation={navigation} account={account}><NotFound role={user.role} /></Shell>
          </Route>
        </Switch>
      </Frame>
    </QueryClientProvider>
  )
}
