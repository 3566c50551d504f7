import type { Route } from '../shared/route.ts'

export const adminRoutes: readonly Route[] = []
