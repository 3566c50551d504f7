import { lazy } from 'react'
import type { Route } from '../shared/route.ts'

const roles = ['teacher', 'admin'] as const

export const teacherRoutes: readonly Route[] = [
  { path: '/exams', roles, page: lazy(() => import('./exams.tsx')), nav: 'nav.exams' },
  { path: '/exams/new', roles, page: lazy(() => import('./new-exam.tsx')) },
  { path: '/exams/:examId/questions', roles, page: lazy(() => import('./questions/page.tsx')) },
  { path: '/exams/:examId/preview', roles, page: lazy(() => import('./questions/preview.tsx')) },
  { path: '/exams/:examId/times', roles, page: lazy(() => import('./times.tsx')) }
]
