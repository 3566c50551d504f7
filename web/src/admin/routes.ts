import { lazy } from 'react'
import type { Route } from '../shared/route.ts'

const roles = ['admin'] as const

export const adminRoutes: readonly Route[] = [
  { path: '/admin', roles, page: lazy(() => import('./today.tsx')), nav: 'nav.admin' },
  { path: '/admin/people', roles, page: lazy(() => import('./people.tsx')) },
  { path: '/admin/people/:userId', roles, page: lazy(() => import('./person.tsx')) },
  { path: '/admin/sessions', roles, page: lazy(() => import('./sessions.tsx')) },
  { path: '/admin/events', roles, page: lazy(() => import('./events.tsx')) },
  { path: '/admin/stats', roles, page: lazy(() => import('./statistics.tsx')) },
  { path: '/admin/audit', roles, page: lazy(() => import('./audit.tsx')) },
  { path: '/admin/exports', roles, page: lazy(() => import('./exports.tsx')) },
  { path: '/admin/retention', roles, page: lazy(() => import('./retention/page.tsx')) },
  { path: '/admin/webhooks', roles, page: lazy(() => import('./webhooks/page.tsx')) },
  { path: '/admin/system', roles, page: lazy(() => import('./system.tsx')) }
]
