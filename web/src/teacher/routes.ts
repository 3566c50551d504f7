import type { Route } from '../shared/route.ts'

export const teacherRoutes: readonly Route[] = []
