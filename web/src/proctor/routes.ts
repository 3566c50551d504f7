import { lazy } from 'react'
import type { Route } from '../shared/route.ts'

const roles = ['teacher', 'admin'] as const

export const proctorRoutes: readonly Route[] = [
  { path: '/live', roles, page: lazy(() => import('./live-exams.tsx')), nav: 'nav.live', isWide: true },
  { path: '/review', roles, page: lazy(() => import('./review/inbox.tsx')), nav: 'nav.review' },
  { path: '/review/rules', roles, page: lazy(() => import('./rules/page.tsx')) },
  { path: '/review/dismiss', roles, page: lazy(() => import('./rules/dismiss.tsx')) },
  { path: '/review/:sessionId', roles, page: lazy(() => import('./review/session.tsx')) },
  { path: '/recordings', roles, page: lazy(() => import('./recordings/list.tsx')), nav: 'nav.recordings' },
  { path: '/recordings/:recordingId', roles, page: lazy(() => import('./recordings/player.tsx')) },
  { path: '/live/:exam/:session?', roles, page: lazy(() => import('./console.tsx')), isWide: true }
]
