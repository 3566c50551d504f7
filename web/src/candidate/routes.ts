import { lazy } from 'react'
import type { Route } from '../shared/route.ts'

export const candidateRoutes: readonly Route[] = [
  { path: '/exams', roles: ['student'], page: lazy(() => import('./practice.tsx')), nav: 'nav.exams' },
  { path: '/practice', roles: ['student'], page: lazy(() => import('./practice.tsx')), nav: 'nav.practice' }
]
