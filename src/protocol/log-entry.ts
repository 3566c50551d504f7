import { defined } from '../../lib/defined.ts'
import type { EventRow } from '../../db/index.ts'
import type { EventClass, EventKind, Phase, Severity } from '../../detection/types.ts'
import { translateEvent, type Language } from '../i18n/translate.ts'
import type { LogEntry } from './messages.ts'

/** Makes a log line of a stored event. Only staff see its weight and detail: candidates must not learn thresholds. */
export function logEntry (row: EventRow, language: Language, reader: 'candidate' | 'staff'): LogEntry {
  return {
    event: translateEvent(language, row.kind as EventKind, row.phase as Phase),
    time: new Date(row.atMs).toISOString(),
    id: row.id,
    sessionId: row.sessionId,
    kind: row.kind,
    phase: row.phase as Phase,
    incident: row.incident,
    class: row.class as EventClass,
    severity: row.severity as Severity,
    ...defined({ durationMs: row.durationMs ?? undefined }),
    ...(reader === 'staff' && { userId: row.userId, weight: row.weight, detail: row.detail })
  }
}
