import type { JudgeState, SignalState } from '../../../detection/events/judge-state.ts'
import { NEAR_HEIGHT_SHARE } from '../../../detection/events/others.ts'
import { applyPolicy, DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { FRAME_KINDS, SOUND_KINDS } from '../../../detection/events/rules.ts'
import type { ReadRule } from '../../../detection/events/signal-tracker.ts'
import type { EventKind } from '../../../detection/types.ts'
import type { Doubt } from './object-doubts.ts'

/** Objects have explanations of their own (`object-doubts.ts`). */
const OBJECT_KINDS: readonly EventKind[] = ['phone', 'forbidden_object']

const KINDS = [...FRAME_KINDS, ...SOUND_KINDS].filter(
  kind => !OBJECT_KINDS.includes(kind) && applyPolicy(kind, DEFAULT_POLICY).class === 'integrity'
)

/**
 * Follows a session's judge, and gives what rules saw and did not report because it was too short. Called with the
 * states before and after each input.
 */
export function createRuleDoubts (): (before: JudgeState, after: JudgeState, atMs: number) => Doubt[] {
  /** Kinds that were explained since their evidence began. */
  const explained = new Set<EventKind>()
  return (before, after, atMs) => KINDS.flatMap(kind => {
    const [was, is] = [before.signals[kind], after.signals[kind]]
    if (was?.evidence === undefined || was.incident !== undefined || is?.incident !== undefined) return []
    const isOver = is?.evidence === undefined
    const hasFallen = was.machine.phase === 'rising' && is?.machine.phase !== 'rising'
    const isDue = (isOver || hasFallen) && !explained.has(kind)
    if (isOver) explained.delete(kind)
    else if (isDue) explained.add(kind)
    const why = inWords(was, applyPolicy(kind, DEFAULT_POLICY) as ReadRule)
    return isDue ? [{ kind, event: 'Not reported' as const, atMs, why }] : []
  })
}

function inWords ({ machine, evidence }: SignalState, { enterMs, enterCount, source }: ReadRule): string {
  const { frames = 0, peakScore = 0, measured = {} } = evidence ?? {}
  const values = Object.entries(measured).flatMap(([name, value]) =>
    typeof value === 'number' || typeof value === 'string' ? [`${name} ${shortly(value)}`] : [])
  const seen = (count: number): string =>
    `${count} ${source === 'sound' ? 'piece' : 'frame'}${count === 1 ? '' : 's'}${source === 'sound' ? ' of sound' : ''}`
  return [
    `${seen(frames)} reached the limit, at most ${shortly(peakScore)} times.`,
    machine.phase === 'rising'
      ? `It lasted ${(machine.lastMs - machine.sinceMs - machine.heldMs) / 1000} s; ${enterMs / 1000} s and ${seen(enterCount)} are needed.`
      : 'The median of the last ones stayed below it.',
    ...(values.length > 0 ? [`Strongest: ${values.join(', ')}.`] : [])
  ].join(' ')
}

/** Small faces that were there from the beginning and taken for pictures on the wall until the end. */
export function picturesIn ({ others = [], candidate }: JudgeState, atMs: number): Doubt[] {
  const heightMax = NEAR_HEIGHT_SHARE * (candidate?.usualHeight ?? 0)
  return others.filter(({ box, hasMoved, cameLater }) => !hasMoved && !cameLater && box.height < heightMax)
    .map(({ box: { x, y, height } }) => ({
      kind: 'multiple_faces' as const,
      event: 'Not reported' as const,
      atMs,
      why: `A face of ${Math.round(height)} pixels at ${Math.round(x)}, ${Math.round(y)} is taken for a picture: ` +
        'it was there from the beginning and has not moved by itself.'
    }))
}

function shortly (value: number | string): string {
  return typeof value === 'string' ? value : String(Math.round(value * 100) / 100)
}
