import { newId, type EventRow } from '../../db/index.ts'
import { applyPolicy, weightOf, type Policy } from '../../detection/events/policy.ts'
import { RULES } from '../../detection/events/rules.ts'
import { EVENT_KINDS, type EventKind, type ProctorEvent, type Severity } from '../../detection/types.ts'
import { createHash } from 'node:crypto'

/** What somebody else than the session's own detectors saw: a member of staff, another system, a single analysis. */
export interface Report {
  /** A kind of the table, or an integrator's own: `x_…`. */
  readonly kind: string
  readonly atMs: number
  /** A lasting one gets a start and an end. */
  readonly durationMs?: number
  /** Absent: as in the table, `low` for an own kind. */
  readonly severity?: Severity
  readonly detail: Readonly<Record<string, unknown>>
  /** Of the row that comes of it, made where the report arrives: however often it is carried out, it is stored once. */
  readonly id?: string
}

/** What own kinds of events begin with, so that a kind we name later cannot be one of them. */
export const OWN_KIND_PREFIX = 'x_'

/** Kinds as tables and filters know them. */
export const KIND_PATTERN = `^(${EVENT_KINDS.join('|')}|${OWN_KIND_PREFIX}[a-z0-9_]{1,60})$`

const CUSTOMARY: ReadonlyMap<string, EventKind> = new Map(
  EVENT_KINDS.flatMap(kind => RULES[kind].alsoKnownAs.map(name => [name.toLowerCase(), kind] as const))
)

/**
 * The kind that a name stands for: ours in any case (`TAB_SWITCH`), a customary one (`NO_FACE`), else an own kind
 * (`Chat opened` is `x_chat_opened`). Undefined: nothing of the name is left.
 */
export function kindOf (name: string): string | undefined {
  const plain = name.trim().toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  const known = CUSTOMARY.get(plain) ?? EVENT_KINDS.find(kind => kind === plain)
  if (known !== undefined) return known
  const own = plain.startsWith(OWN_KIND_PREFIX) ? plain.slice(OWN_KIND_PREFIX.length) : plain
  return own === '' ? undefined : `${OWN_KIND_PREFIX}${own.slice(0, 60)}`
}

export function isKnown (kind: string): kind is EventKind {
  return Object.hasOwn(RULES, kind)
}

/** The rows of a report, in the order of phases; none where the policy does not judge its kind. */
export function rowsOf (
  report: Report,
  about: Pick<EventRow, 'sessionId' | 'userId' | 'incident'>,
  policy: Policy,
  nowMs: number
): EventRow[] {
  const { kind, atMs, durationMs, detail } = report
  const rule = isKnown(kind) ? applyPolicy(kind, policy) : { enabled: true, class: 'integrity', severity: 'low' }
  if (!rule.enabled) return []
  const id = report.id ?? newId()
  const row = {
    ...about,
    kind,
    atMs,
    class: rule.class,
    severity: report.severity ?? rule.severity,
    detail,
    createdAtMs: nowMs
  }
  const weight = weightOf(kind, policy)
  if (durationMs === undefined || durationMs <= 0) return [{ ...row, id, phase: 'instant', durationMs: null, weight }]
  return [
    { ...row, id, phase: 'start', durationMs: null, weight },
    { ...row, id: idAfter(id), phase: 'end', atMs: atMs + durationMs, durationMs, weight: 0 }
  ]
}

/**
 * The next id in the order of ids: with it a report's end follows its start, whichever machine's clock made that id.
 */
export function idAfter (id: string): string {
  const head = id.slice(0, -TAIL_DIGITS)
  const tail = (BigInt(`0x${id.slice(-TAIL_DIGITS)}`) + 1n) % 16n ** BigInt(TAIL_DIGITS)
  return head + tail.toString(16).padStart(TAIL_DIGITS, '0')
}

/** The last group of a UUID's digits. */
const TAIL_DIGITS = 12

/** The row of an event that the judge raised. */
export function rowOf (event: ProctorEvent, about: Pick<EventRow, 'sessionId' | 'userId'>, nowMs: number): EventRow {
  const { kind, phase, incident, atMs, durationMs = null, class: class_, severity, weight, detail } = event
  return {
    id: newId(),
    ...about,
    kind,
    phase,
    incident,
    atMs,
    durationMs,
    class: class_,
    severity,
    weight,
    detail,
    createdAtMs: nowMs
  }
}

/** One id for each session and kind, of the session's time: a report that is repeated is stored once. */
export function idFor (sessionId: string, kind: string): string {
  const digits = createHash('sha256').update(`${sessionId} ${kind}`).digest('hex')
  return `${sessionId.slice(0, 13)}-7${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6, 18)}`
}
