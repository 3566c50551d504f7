import { newId, type EventRow } from '../../db/index.ts'
import { applyPolicy, weightOf, type Policy } from '../../detection/events/policy.ts'
import { RULES } from '../../detection/events/rules.ts'
import { EVENT_KINDS, type EventKind, type ProctorEvent, type Severity } from '../../detection/types.ts'
import { createHash } from 'node:crypto'

/** An event that the session's detectors did not raise: from staff, another system, or a single analysis. */
export interface Report {
  /** A kind of the table, or an integrator's own: `x_…`. */
  readonly kind: string
  readonly atMs: number
  /** With a duration the event gets a start and an end row. */
  readonly durationMs?: number
  /** Absent: the rule's severity, `low` for an own kind. */
  readonly severity?: Severity
  readonly detail: Readonly<Record<string, unknown>>
  /** Id of its row, made where the report arrives, so that a repeated command stores it once. */
  readonly id?: string
}

/** Prefix of own kinds of event, so that they never collide with kinds that we add later. */
const OWN_KIND_PREFIX = 'x_'

/** All valid kinds, as a pattern for schemas. */
export const KIND_PATTERN = `^(${EVENT_KINDS.join('|')}|${OWN_KIND_PREFIX}[a-z0-9_]{1,60})$`

const CUSTOMARY: ReadonlyMap<string, EventKind> = new Map(
  EVENT_KINDS.flatMap(kind => RULES[kind].alsoKnownAs.map(name => [name.toLowerCase(), kind] as const))
)

/**
 * Maps a name to a kind: ours in any case (`TAB_SWITCH`), a customary one (`NO_FACE`), else an own kind (`Chat opened`
 * becomes `x_chat_opened`). Undefined if the name has no usable character.
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

/** Makes the rows of a report, in the order of phases; none if the policy disables its kind. */
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

/** The next id in the order of ids: a report's end then follows its start, whichever clock made the start's id. */
export function idAfter (id: string): string {
  const head = id.slice(0, -TAIL_DIGITS)
  const tail = (BigInt(`0x${id.slice(-TAIL_DIGITS)}`) + 1n) % 16n ** BigInt(TAIL_DIGITS)
  return head + tail.toString(16).padStart(TAIL_DIGITS, '0')
}

/** The last group of a UUID's digits. */
const TAIL_DIGITS = 12

/** Makes the row of an event that the judge raised. */
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

/** A fixed id per session and kind, with the session's time, so that a repeated report is stored once. */
export function idFor (sessionId: string, kind: string): string {
  const digits = createHash('sha256').update(`${sessionId} ${kind}`).digest('hex')
  return `${sessionId.slice(0, 13)}-7${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6, 18)}`
}
