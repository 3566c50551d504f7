import { lazy } from 'react'
import type { Route } from '../shared/route.ts'
import ExamsPage from './exams.tsx'

export const candidateRoutes: readonly Route[] = [
  { path: '/exams', roles: ['student'], page: ExamsPage, nav: 'nav.exams' },
  { path: '/exams/:examId', roles: ['student'], page: lazy(() => import('./lobby.tsx')) },
  { path: '/exams/:examId/check/:step?', roles: ['student'], page: lazy(() => import('./check.tsx')) },
  { path: '/attempts/:attemptId', roles: ['student'], page: lazy(() => import('./attempt.tsx')) },
  { path: '/attempts/:attemptId/report', roles: ['student'], page: lazy(() => import('./report/report.tsx')) },
  { path: '/attempts/:attemptId/:part/:n?', roles: ['student'], page: lazy(() => import('./attempt-room.tsx')), isBare: true },
  { path: '/practice', roles: ['student'], page: lazy(() => import('./practice.tsx')), nav: 'nav.practice' }
]
