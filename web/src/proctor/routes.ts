import { lazy } from 'react'
import type { Route } from '../shared/route.ts'

export const proctorRoutes: readonly Route[] = [
  { path: '/live', roles: ['teacher', 'admin'], page: lazy(() => import('./wall.tsx')), nav: 'nav.live', isWide: true }
]
