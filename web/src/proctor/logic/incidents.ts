/** Events of one session, gathered into incidents: what overlaps, or follows within five seconds, is one card. */

export type Severity = 'info' | 'low' | 'medium' | 'high'
export type EventClass = 'integrity' | 'information' | 'technical' | 'coverage'

export interface ProctorEvent {
  readonly id: string
  /** The event in the reader's language. */
  readonly event: string
  /** ISO 8601. */
  readonly time: string
  readonly kind: string
  readonly phase: 'start' | 'end' | 'instant'
  /** Links an end to its start. */
  readonly incident: number
  readonly class: EventClass
  readonly severity: Severity
  readonly durationMs?: number
  readonly weight?: number
  readonly detail?: Readonly<Record<string, unknown>>
}

/** One rule that was broken, from its start to its end. */
export interface Finding {
  /** The id of the event that starts it; acknowledgements name it. */
  readonly id: string
  readonly kind: string
  readonly text: string
  readonly class: EventClass
  readonly severity: Severity
  readonly startMs: number
  /** Undefined while it lasts. */
  readonly endMs: number | undefined
  readonly weight: number
  readonly detail: Readonly<Record<string, unknown>>
}

/** Findings that overlap or follow each other closely, as one card. */
export interface Incident {
  /** The id of its first finding. */
  readonly id: string
  readonly findings: readonly Finding[]
  readonly startMs: number
  readonly endMs: number | undefined
}

/** Findings so close after each other belong together. */
export const GATHER_MS = 5_000

/** Makes findings of events in any order; an event that is known by its id counts once. Sorted by their start. */
export function findingsOf (events: readonly ProctorEvent[]): Finding[] {
  const found = new Map<string, Finding>()
  const byIncident = new Map<string, string>()
  const ordered = [...new Map(events.map(event => [event.id, event])).values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const event of ordered) {
    const key = `${event.incident} ${event.kind}`
    const atMs = Date.parse(event.time)
    if (event.phase === 'end') {
      const startId = byIncident.get(key)
      const start = startId === undefined ? undefined : found.get(startId)
      if (start === undefined) continue
      found.set(start.id, { ...start, endMs: atMs, detail: { ...start.detail, ...event.detail } })
      continue
    }
    if (event.phase === 'start') byIncident.set(key, event.id)
    found.set(event.id, {
      id: event.id,
      kind: event.kind,
      text: event.event,
      class: event.class,
      severity: event.severity,
      startMs: atMs,
      endMs: event.phase === 'instant' ? atMs : undefined,
      weight: event.weight ?? 0,
      detail: event.detail ?? {}
    })
  }
  return [...found.values()].sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1))
}

/** Gathers findings, sorted by their start, into incidents; the newest incident is last. */
export function incidentsOf (findings: readonly Finding[], gatherMs = GATHER_MS): Incident[] {
  const incidents: Array<{ findings: Finding[], startMs: number, endMs: number | undefined }> = []
  for (const finding of findings) {
    const last = incidents.at(-1)
    if (last !== undefined && (last.endMs === undefined || finding.startMs <= last.endMs + gatherMs)) {
      last.findings.push(finding)
      last.endMs =
        last.endMs === undefined || finding.endMs === undefined ? undefined : Math.max(last.endMs, finding.endMs)
    } else {
      incidents.push({ findings: [finding], startMs: finding.startMs, endMs: finding.endMs })
    }
  }
  return incidents.map(incident => ({ id: incident.findings[0]!.id, ...incident }))
}

const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high']

/** The finding that gives the card its words: the most severe one, and of equals the first. */
export function mainFinding ({ findings }: Pick<Incident, 'findings'>): Finding {
  return findings.reduce((worst, finding) =>
    SEVERITIES.indexOf(finding.severity) > SEVERITIES.indexOf(worst.severity) ? finding : worst)
}

/** A measured value of a finding beside the limit of its rule, for "why". */
export interface Measure {
  readonly name: string
  readonly value: string
}

/** Names in `detail` that explain nothing to a proctor. */
const HIDDEN: ReadonlySet<string> = new Set([
  'models', 'policyVersion', 'version', 'phase', 'source', 'demo', 'by', 'calibrated', 'reason', 'enterScore', 'leaveScore', 'box'
])
/** Lengths of texts and lists that are shown whole. */
const VALUE_CHARS_MAX = 200

/** How a reader's language writes the names and values of measures. */
export interface MeasureWords {
  nameOf (name: string): string
  /** The words of a text that a detector gives, such as `left`; undefined leaves the text out. */
  textOf (text: string, name: string): string | undefined
  numberOf (value: number, digits: number): string
  secondsOf (seconds: string): string
}

const PLAIN_WORDS: MeasureWords = {
  nameOf: name => name,
  textOf: text => text,
  numberOf: (value, digits) => String(Number(value.toFixed(digits))),
  secondsOf: seconds => `${seconds} s`
}

/** The measured values behind a finding, as names and short values. */
export function measuresOf ({ detail }: Pick<Finding, 'detail'>, words: MeasureWords = PLAIN_WORDS): Measure[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    const text = HIDDEN.has(name) ? undefined : short(name, value, words)
    return text === undefined ? [] : [{ name: words.nameOf(name), value: text }]
  })
}

function short (name: string, value: unknown, words: MeasureWords): string | undefined {
  if (typeof value === 'boolean') return words.textOf(String(value), name)
  if (typeof value === 'number') {
    if (name.endsWith('Ms')) return words.secondsOf(words.numberOf(value / 1000, 1))
    if (name.endsWith('Degrees')) return `${words.numberOf(value, 0)}°`
    return words.numberOf(value, value >= 10 ? 0 : 2)
  }
  if (typeof value === 'string') {
    const text = words.textOf(value, name)
    return text === undefined || text === '' ? undefined : cut(text)
  }
  if (Array.isArray(value)) {
    const parts = value.flatMap(part => short(name, part, words) ?? [])
    return parts.length === 0 ? undefined : cut(parts.join(', '))
  }
  if (typeof value !== 'object' || value === null) return undefined
  const parts = Object.entries(value).flatMap(([key, part]) => {
    const text = HIDDEN.has(key) ? undefined : short(name.endsWith('Ms') ? name : key, part, words)
    return text === undefined ? [] : [`${words.nameOf(key)}: ${text}`]
  })
  return parts.length === 0 ? undefined : parts.join('; ')
}

const cut = (text: string): string => text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)} …` : text
