/**
 * What of an open session's time was seen. A gap is a break between pictures that show something; the judge reports it
 * as `watch_gap`. All times here are those at which things reached the server: what a client says of its clock shortens
 * no gap.
 */
import { type Coverage, type Draft, type GapCause, close, open } from './judge-state.ts'
import { applyPolicy, type Policy } from './policy.ts'
import type { InputRule } from './rule.ts'

/** Pictures further apart leave a gap. The lowest rate that is asked for is one in two seconds. */
const COVER_MS = 3000
/** A gap ends when pictures have come for so long without another one: single pictures now and then are no watching. */
const RETURN_MS = 3000
/** Less than this is not reported when the watching ends before any picture came. */
const SHORTEST_MS = 1000

type Changes = { -readonly [Key in keyof Coverage]?: Coverage[Key] | undefined }

/**
 * Begins to keep the coverage, or goes on after a pause. `before`: what is known of a session that goes on after a
 * restart.
 */
export function beginCoverage (draft: Draft, atMs: number, before?: Pick<Coverage, 'line' | 'wasSeen'>): void {
  const { line, wasSeen } = before ?? draft.state.coverage ?? { line: 'never', wasSeen: false }
  draft.state.coverage = {
    fromMs: atMs,
    seenUntilMs: atMs,
    countedUntilMs: atMs,
    causes: {},
    line,
    wasSeen,
    hasPicture: false
  }
}

/** A picture that shows something reached the server at `atMs`. */
export function coverSeen (draft: Draft, atMs: number, policy: Policy): void {
  const coverage = advance(draft, atMs)
  if (coverage === undefined) return
  if (!isBroken(draft, coverage, atMs)) return seeUntil(draft, atMs)
  const run = { fromMs: coverage.run?.fromMs ?? atMs, lastMs: atMs }
  change(draft, { run, hasPicture: true })
  if (run.lastMs - run.fromMs < RETURN_MS) return openDue(draft, atMs, policy)
  endGap(draft, run.fromMs, policy)
  seeUntil(draft, atMs)
}

/** A picture that shows nothing, or could not be judged. `sinceMs`: from then on it was so, as found out now. */
export function coverHidden (draft: Draft, cause: GapCause, atMs: number, policy: Policy, sinceMs?: number): void {
  if (draft.state.coverage === undefined) return
  change(draft, { hidden: { cause, atMs }, run: undefined })
  const coverage = advance(draft, atMs)
  if (coverage === undefined) return
  const seenUntilMs = Math.max(coverage.fromMs, sinceMs ?? Infinity)
  if (sinceMs !== undefined && seenUntilMs < coverage.seenUntilMs) {
    change(draft, { seenUntilMs, causes: { [cause]: coverage.countedUntilMs - seenUntilMs } })
  }
  openDue(draft, atMs, policy)
}

/** Time passes. */
export function coverTick (draft: Draft, atMs: number, policy: Policy): void {
  if (advance(draft, atMs) !== undefined) openDue(draft, atMs, policy)
}

export function coverLine (draft: Draft, line: 'up' | 'down', atMs: number): void {
  const coverage = advance(draft, atMs)
  // A line that the restart cut is still the restart's until the candidate is back.
  if (coverage !== undefined && !(line === 'down' && coverage.line !== 'up')) change(draft, { line })
}

/** Ends the gap that there is, for a pause or the end of the session. */
export function coverPause (draft: Draft, atMs: number, policy: Policy): void {
  const coverage = advance(draft, atMs)
  if (coverage === undefined) return
  // A run that is too short ends no gap: it is part of it.
  count(draft, atMs)
  const unseenMs = atMs - coverage.seenUntilMs
  if (isBroken(draft, coverage, atMs) || (!coverage.hasPicture && unseenMs >= SHORTEST_MS)) endGap(draft, atMs, policy)
  change(draft, { isPaused: true, run: undefined })
}

/** For how long the candidate has not been seen; 0 while pictures come. */
export function unseenMs (coverage: Coverage | undefined, atMs: number): number {
  if (coverage === undefined || coverage.isPaused === true) return 0
  const ms = atMs - coverage.seenUntilMs
  return ms > COVER_MS ? ms : 0
}

/** Why the candidate is not seen now, whatever the gap began with; undefined while pictures come. */
export function unseenCause (state: Draft['state'], atMs: number): GapCause | undefined {
  const { coverage } = state
  if (coverage === undefined || unseenMs(coverage, atMs) === 0) return undefined
  const { run, causes } = coverage
  // Pictures come that have not ended the gap yet: it was due to what came before them.
  return run !== undefined && atMs - run.lastMs <= COVER_MS ? mainCause(causes) : causeAt({ state }, atMs)
}

function isBroken (draft: Draft, { seenUntilMs }: Coverage, atMs: number): boolean {
  return (
    draft.state.open.watch_gap !== undefined ||
    draft.state.open.never_watched !== undefined ||
    atMs - seenUntilMs > COVER_MS
  )
}

function seeUntil (draft: Draft, atMs: number): void {
  change(draft, {
    seenUntilMs: atMs,
    countedUntilMs: atMs,
    causes: {},
    run: undefined,
    wasSeen: true,
    hasPicture: true
  })
}

/** Reports gaps that have lasted long enough. */
function openDue (draft: Draft, atMs: number, policy: Policy): void {
  const coverage = draft.state.coverage!
  if (coverage.run !== undefined) return
  const gap = applyPolicy('watch_gap', policy) as InputRule
  if (gap.enabled && atMs - coverage.seenUntilMs >= gap.enterMs) openGap(draft, gap)
  const never = applyPolicy('never_watched', policy) as InputRule
  if (never.enabled && !coverage.wasSeen && atMs - coverage.fromMs >= never.enterMs) {
    open(draft, 'never_watched', never, coverage.fromMs, { enterMs: never.enterMs })
  }
}

function openGap (draft: Draft, rule: InputRule): void {
  const { seenUntilMs, causes } = draft.state.coverage!
  open(draft, 'watch_gap', rule, seenUntilMs, { cause: mainCause(causes), enterMs: rule.enterMs })
}

function endGap (draft: Draft, atMs: number, policy: Policy): void {
  const { causes } = draft.state.coverage!
  const gap = applyPolicy('watch_gap', policy) as InputRule
  if (gap.enabled) openGap(draft, gap)
  close(draft, 'watch_gap', gap, atMs, { cause: mainCause(causes), causesMs: causes })
  close(draft, 'never_watched', applyPolicy('never_watched', policy), atMs)
}

/**
 * Shares out the time until `atMs`; undefined where nothing is kept now. While a run may end the gap its time is left
 * open.
 */
function advance (draft: Draft, atMs: number): Coverage | undefined {
  const { coverage } = draft.state
  if (coverage === undefined || coverage.isPaused === true) return undefined
  const { run } = coverage
  if (run !== undefined && atMs - run.lastMs <= COVER_MS) return coverage
  if (run !== undefined) change(draft, { run: undefined })
  count(draft, atMs)
  return draft.state.coverage
}

function count (draft: Draft, atMs: number): void {
  const { countedUntilMs, causes } = draft.state.coverage!
  if (atMs <= countedUntilMs) return
  const cause = causeAt(draft, atMs)
  change(draft, { countedUntilMs: atMs, causes: { ...causes, [cause]: (causes[cause] ?? 0) + atMs - countedUntilMs } })
}

function causeAt ({ state }: Pick<Draft, 'state'>, atMs: number): GapCause {
  const { line, hidden } = state.coverage!
  if (line !== 'up') return LINE_CAUSES[line]
  if (hidden !== undefined && atMs - hidden.atMs <= COVER_MS) return hidden.cause
  return state.open.camera_off === undefined ? 'silent' : 'camera_off'
}

const LINE_CAUSES = { never: 'never_connected', down: 'line_lost', restart: 'restart' } as const satisfies Record<
  string,
  GapCause
>

function mainCause (causes: Coverage['causes']): GapCause {
  const [first] = Object.entries(causes).toSorted(([, a], [, b]) => b - a)
  return first === undefined ? 'silent' : first[0] as GapCause
}

function change (draft: Draft, changes: Changes): void {
  const changed = { ...draft.state.coverage!, ...changes }
  if (changed.run === undefined) delete changed.run
  draft.state.coverage = changed as Coverage
}
