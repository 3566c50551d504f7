import { lazy } from 'react'
import type { Route } from '../shared/route.ts'
import { LoginPage } from './login.tsx'

export const accountRoutes: readonly Route[] = [
  { path: '/', roles: 'visitor', page: LoginPage },
  { path: '/login', roles: 'visitor', page: LoginPage },
  { path: '/login/face', roles: 'visitor', page: lazy(() => import('./face-login.tsx')) },
  { path: '/signup', roles: 'visitor', page: lazy(() => import('./signup.tsx')) },
  { path: '/first-run', roles: 'visitor', page: lazy(() => import('./first-run.tsx')) },
  { path: '/reset', roles: 'all', page: lazy(() => import('./reset.tsx')) },
  { path: '/privacy', roles: 'all', page: lazy(() => import('./privacy.tsx')) },
  { path: '/verify', roles: 'all', page: lazy(() => import('./verify/verify.tsx')) },
  { path: '/me', roles: ['student', 'teacher', 'admin'], page: lazy(() => import('./me.tsx')) }
]
