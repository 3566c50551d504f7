export type NewAuditEntry = Omit<AuditEntry, 'id' | 'detail'> & { readonly detail?: Readonly<Record<string, unknown>> }

export interface AuditEntry {
  readonly id: string
  /** Null: the system did it. Stays when the user is deleted. */
  readonly actorId: string | null
  readonly action: string
  readonly targetType: string
  readonly targetId: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly atMs: number
}
