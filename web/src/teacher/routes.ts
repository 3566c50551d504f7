import { lazy } from 'react'
import type { Route } from '../shared/route.ts'

const roles = ['teacher', 'admin'] as const

export const teacherRoutes: readonly Route[] = [
  { path: '/exams', roles, page: lazy(() => import('./exams.tsx')), nav: 'nav.exams' },
  { path: '/exams/new', roles, page: lazy(() => import('./new-exam.tsx')) },
  { path: '/exams/:examId/questions', roles, page: lazy(() => import('./questions/page.tsx')) },
  { path: '/exams/:examId/preview', roles, page: lazy(() => import('./questions/preview.tsx')) },
  { path: '/exams/:examId/times', roles, page: lazy(() => import('./times.tsx')) },
  { path: '/exams/:examId/rules', roles, page: lazy(() => import('./rules/page.tsx')) },
  { path: '/exams/:examId/people', roles, page: lazy(() => import('./people/page.tsx')) },
  { path: '/exams/:examId/attempts', roles, page: lazy(() => import('./marks/attempts.tsx')) },
  { path: '/exams/:examId/grading', roles, page: lazy(() => import('./marks/grading.tsx')) },
  { path: '/exams/:examId/corrections', roles, page: lazy(() => import('./marks/corrections.tsx')) },
  { path: '/exams/:examId/results', roles, page: lazy(() => import('./marks/results.tsx')) }
]
