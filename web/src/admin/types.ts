/** What the API says, by name. */
import type { paths } from '../api/schema.d.ts'

type Body<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer T } } } } ? T : never

export type System = Body<paths['/api/v1/admin/system']['get']>
export type Person = Body<paths['/api/v1/users']['get']>['users'][number]
export type Candidate = Body<paths['/api/v1/admin/candidates/{userId}']['get']>
export type Session = Body<paths['/api/v1/sessions']['get']>['sessions'][number]
export type LogEntry = Body<paths['/api/v1/events']['get']>['events'][number]
export type Statistics = Body<paths['/api/v1/admin/stats']['get']>
export type AuditEntry = Body<paths['/api/v1/admin/audit']['get']>['entries'][number]
export type Invitation = Body<paths['/api/v1/invitations']['get']>['invitations'][number]
export type Erasure = Body<paths['/api/v1/users/{userId}/erasure']['get']>
