import type { Role } from '../api/login.ts'

/** Where a role begins. */
export const HOME: Readonly<Record<Role, string>> = { student: '/exams', teacher: '/live', admin: '/live' }
