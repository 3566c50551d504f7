/**
 * Which page stands at which address, for whom. Each role's folder has its own table; the pages themselves load when
 * they are opened.
 */
import type { Role } from '../api/login.ts'
import { accountRoutes } from '../account/routes.ts'
import { adminRoutes } from '../admin/routes.ts'
import { candidateRoutes } from '../candidate/routes.ts'
import { proctorRoutes } from '../proctor/routes.ts'
import { teacherRoutes } from '../teacher/routes.ts'
import type { Route } from '../shared/route.ts'

export const ROUTES: readonly Route[] = [
  ...accountRoutes, ...candidateRoutes, ...proctorRoutes, ...teacherRoutes, ...adminRoutes
]

/** The routes of a role; undefined: of a visitor who is not logged in. */
export const routesOf = (role: Role | undefined): readonly Route[] =>
  ROUTES.filter(({ roles }) => {
    if (roles === 'all') return true
    return roles === 'visitor' ? role === undefined : role !== undefined && roles.includes(role)
  })
