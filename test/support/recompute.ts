/**
 * Computes a session's scores from its stored rows, by the formulas of docs/events.md alone. Shares no code with the
 * gateway, so that a fault there cannot hide itself here.
 */
import type { EventRow, Session, SessionPause, SessionScores } from '../../db/index.ts'

export interface Stored {
  readonly session: Pick<Session, 'id' | 'startedAtMs' | 'endedAtMs'>
  readonly pauses: ReadonlyArray<Pick<SessionPause, 'startedAtMs' | 'endedAtMs'>>
  readonly events: readonly EventRow[]
  /** Until when an open session is scored, in milliseconds since the epoch. */
  readonly untilMs?: number
  /** Percent of the open time that must be seen for trust and compliance to be given. */
  readonly seenPercentMin?: number
}

export interface Recomputed extends SessionScores {
  /** What the rows should not hold; empty where all is well. */
  readonly problems: readonly string[]
}

/** Kinds while which there is no picture: their time is left out of the compliance score. */
const UNSEEN = new Set([
  'watch_gap',
  'camera_blocked',
  'camera_upside_down',
  'frame_frozen',
  'too_dark',
  'no_frames',
  'connection_lost'
])

/** Sources that may add to a session which is over: staff report at any time, and a file may be analyzed later. */
const LATE_SOURCES = new Set<unknown>(['staff', 'analysis'])

/** The scores that the session's row should hold, and everything that is wrong with its events. */
export function recompute ({ session, pauses, events, untilMs, seenPercentMin = 80 }: Stored): Recomputed {
  const endMs = session.endedAtMs ?? untilMs ?? Date.now()
  const riskScore =
    Math.round(
      events.reduce(
        (sum, { class: kind, phase, weight }) => (kind === 'integrity' && phase !== 'end' ? sum + weight : sum),
        0
      ) * 1000
    ) / 1000
  const openMs = share(session.startedAtMs, endMs, pauses, [])
  const seenMs = share(
    session.startedAtMs,
    endMs,
    pauses,
    spansOf(
      events.filter(({ kind }) => kind === 'watch_gap'),
      endMs
    )
  )
  const seenPercent = openMs === 0 ? null : Math.round((seenMs / openMs) * 1000) / 10
  const isEnough = seenPercent === null || (seenPercent > 0 && seenPercent >= seenPercentMin)
  return {
    riskScore,
    trustScore: isEnough ? Math.round(100 / (1 + riskScore / 10)) : null,
    complianceScore: isEnough ? compliance(session.startedAtMs, endMs, pauses, events) : null,
    seenPercent,
    eventCount: events.filter(({ phase }) => phase !== 'end').length,
    problems: problemsOf(session, events)
  }
}

/** One line for each score that the row holds and that does not follow from its events. */
export function wrongScores (stored: SessionScores, right: SessionScores): string[] {
  const names = ['riskScore', 'trustScore', 'complianceScore', 'eventCount', 'seenPercent'] as const
  return names
    .filter(name => stored[name] !== right[name])
    .map(name => `${name} is ${stored[name]}, should be ${right[name]}`)
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Milliseconds of the session's time in no pause and in none of the spans. */
function share (startMs: number, endMs: number, pauses: Stored['pauses'], spans: readonly Span[]): number {
  const holes = [...pauses.map(pause => ({ fromMs: pause.startedAtMs, toMs: pause.endedAtMs ?? endMs })), ...spans]
  const cuts = [...new Set([startMs, endMs, ...holes.flatMap(({ fromMs, toMs }) => [fromMs, toMs])])]
    .filter(cut => cut >= startMs && cut <= endMs)
    .sort((a, b) => a - b)
  return cuts
    .slice(0, -1)
    .reduce(
      (sum, fromMs, index) =>
        holes.some(hole => hole.fromMs <= fromMs && hole.toMs >= cuts[index + 1]!)
          ? sum
          : sum + cuts[index + 1]! - fromMs,
      0
    )
}

/** Cuts the session's time at every moment at which something begins or ends, and sums up the pieces. */
function compliance (startMs: number, endMs: number, pauses: Stored['pauses'], events: readonly EventRow[]): number {
  const paused = pauses.map(pause => ({ fromMs: pause.startedAtMs, toMs: pause.endedAtMs ?? endMs }))
  const unseen = spansOf(
    events.filter(({ kind }) => UNSEEN.has(kind)),
    endMs
  )
  const integritySpans = spansOf(
    events.filter(event => event.class === 'integrity'),
    endMs
  )
  const cuts = [
    ...new Set([
      startMs, endMs, ...[...paused, ...unseen, ...integritySpans].flatMap(({ fromMs, toMs }) => [fromMs, toMs])
    ])
  ]
    .filter(cut => cut >= startMs && cut <= endMs)
    .sort((a, b) => a - b)
  let seenMs = 0
  let cleanMs = 0
  for (const [index, fromMs] of cuts.slice(0, -1).entries()) {
    const toMs = cuts[index + 1]!
    const isIn = (spans: readonly Span[]): boolean => spans.some(span => span.fromMs <= fromMs && span.toMs >= toMs)
    if (isIn(paused) || isIn(unseen)) continue
    seenMs += toMs - fromMs
    if (!isIn(integritySpans)) cleanMs += toMs - fromMs
  }
  return seenMs === 0 ? 100 : Math.round(cleanMs / seenMs * 1000) / 10
}

/** When each lasting incident was open; one without an end lasts as long as the session. */
function spansOf (events: readonly EventRow[], endMs: number): Span[] {
  return events.filter(({ phase }) => phase === 'start').map(start => ({
    fromMs: start.atMs,
    toMs: events.find(({ phase, incident }) => phase === 'end' && incident === start.incident)?.atMs ?? endMs
  })).filter(({ fromMs, toMs }) => toMs > fromMs)
}

function problemsOf ({ endedAtMs }: Stored['session'], events: readonly EventRow[]): string[] {
  const problems: string[] = []
  const incidents = new Map<number, EventRow[]>()
  for (const event of events) incidents.set(event.incident, [...incidents.get(event.incident) ?? [], event])
  for (const [incident, rows] of incidents) {
    const of = (phase: string): EventRow[] => rows.filter(row => row.phase === phase)
    const [starts, ends, instants] = [of('start'), of('end'), of('instant')]
    const addProblem = (what: string): void => {
      problems.push(`incident ${incident} (${rows.map(({ kind, phase }) => `${kind} ${phase}`).join(', ')}): ${what}`)
    }
    if (new Set(rows.map(({ kind }) => kind)).size > 1) addProblem('used by several kinds')
    if (starts.length > 1) addProblem(`${starts.length} starts`)
    if (ends.length > 1) addProblem(`${ends.length} ends`)
    if (instants.length > 1) addProblem(`${instants.length} instants`)
    if (instants.length > 0 && starts.length + ends.length > 0) addProblem('both instant and lasting')
    if (ends.length > 0 && starts.length === 0) addProblem('an end without a start')
    if (starts.length > 0 && ends.length === 0 && endedAtMs !== null) addProblem('no end in an ended session')
    if (starts.length > 0 && ends.length > 0) {
      const [start, end] = [starts[0]!, ends[0]!]
      if (end.atMs < start.atMs) addProblem('ends before it starts')
      if (end.id < start.id) addProblem('its end sorts before its start')
    }
  }
  if (endedAtMs !== null) {
    for (const { id, kind, phase, createdAtMs, detail } of events) {
      if (createdAtMs > endedAtMs && !LATE_SOURCES.has(detail['source'])) {
        problems.push(`${kind} ${phase} ${id}: made ${createdAtMs - endedAtMs} ms after the end`)
      }
    }
  }
  return problems
}
