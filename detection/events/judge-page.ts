import type { EventKind } from '../types.ts'
import { close, emit, nextIncident, open, type Cooldown, type Draft } from './judge-state.ts'
import { applyPolicy, type Policy } from './policy.ts'
import type { ClientRule, InputRule } from './rule.ts'

/**
 * Judges an event that the page reports. Kinds whose rule has another source than `client` are ignored: a candidate
 * cannot report what the server judges.
 */
export function judgePageEvent (
  draft: Draft,
  kind: EventKind,
  atMs: number,
  detail: Readonly<Record<string, unknown>>,
  policy: Policy
): void {
  const rule = applyPolicy(kind, policy)
  if (rule.source !== 'client' || !rule.enabled) return
  const { phase, ...rest } = detail
  if (!rule.isLasting || (phase !== 'start' && phase !== 'end')) {
    return reportOnce(draft, kind, atMs, { ...rest, source: 'page' }, policy)
  }
  const cooldown = draft.state.quiet[kind]
  if (phase === 'end') {
    if (cooldown?.pendingSinceMs !== undefined) {
      draft.state.quiet[kind] = { atMs: cooldown.atMs, suppressed: cooldown.suppressed + 1 }
    }
    // Raised from digital silence, so only sound ends it, not the page.
    if (kind === 'microphone_off' && draft.state.isMuted === true) return
    return close(draft, kind, rule, atMs, { ...rest, source: 'page' })
  }
  if (draft.state.open[kind] !== undefined || cooldown?.pendingSinceMs !== undefined) return
  if (cooldown !== undefined && atMs - cooldown.atMs < rule.cooldownMs) {
    draft.state.quiet[kind] = { ...cooldown, pendingSinceMs: atMs }
    return
  }
  open(draft, kind, rule, atMs, { ...rest, source: 'page', ...suppressedOf(cooldown) })
  draft.state.quiet[kind] = { atMs, suppressed: 0 }
}

/** Reports an event without duration, at most one in a cooldown; the next one says how many were suppressed. */
export function reportOnce (
  draft: Draft,
  kind: EventKind,
  atMs: number,
  detail: Readonly<Record<string, unknown>>,
  policy: Policy
): void {
  const rule = applyPolicy(kind, policy) as ClientRule | InputRule
  if (!rule.enabled || draft.state.open[kind] !== undefined) return
  const cooldown = draft.state.quiet[kind]
  if (cooldown !== undefined && atMs - cooldown.atMs < rule.cooldownMs) {
    draft.state.quiet[kind] = { ...cooldown, suppressed: cooldown.suppressed + 1 }
    return
  }
  emit(
    draft,
    kind,
    rule,
    { phase: 'instant', atMs, incident: nextIncident(draft) },
    { ...detail, ...suppressedOf(cooldown) }
  )
  draft.state.quiet[kind] = { atMs, suppressed: 0 }
}

/**
 * Reports lasting client events that began within a cooldown and outlast it, so that short events before a long one do
 * not hide it.
 */
export function reportPending (draft: Draft, atMs: number, policy: Policy): void {
  for (const [kind, cooldown] of Object.entries(draft.state.quiet) as Array<[EventKind, Cooldown]>) {
    const rule = applyPolicy(kind, policy)
    if (cooldown.pendingSinceMs === undefined || rule.source !== 'client' || atMs - cooldown.atMs < rule.cooldownMs) {
      continue
    }
    open(draft, kind, rule, cooldown.pendingSinceMs, { source: 'page', ...suppressedOf(cooldown) })
    draft.state.quiet[kind] = { atMs: cooldown.pendingSinceMs, suppressed: 0 }
  }
}

function suppressedOf (cooldown: { readonly suppressed: number } | undefined): { readonly suppressed?: number } {
  return cooldown !== undefined && cooldown.suppressed > 0 ? { suppressed: cooldown.suppressed } : {}
}
