import type { ObjectObservation } from '../types.ts'
import { boxIou } from '../image/box.ts'

/** Two classes in so nearly the same place are two readings of one thing: a face in hard light read as a phone, too. */
const SAME_BOX_IOU = 0.7
/** Of held things less is enough: the box of a laptop read as a phone leaves out its keys. */
const SAME_THING_IOU = 0.4

/** What holds, carries or bears a thing may have much the same box. */
const BEARERS: ReadonlySet<string> = new Set([
  'person', 'chair', 'couch', 'bed', 'bench', 'desk', 'table', 'dining table', 'handbag', 'backpack', 'suitcase'
])

/** Whether two objects are two readings of one thing, of which only the likelier one holds. */
export function areRivals (a: ObjectObservation, b: ObjectObservation): boolean {
  if (a.label === b.label) return false
  const isBorne = BEARERS.has(a.label) || BEARERS.has(b.label)
  return boxIou(a.box, b.box) > (isBorne ? SAME_BOX_IOU : SAME_THING_IOU)
}

/** Each thing under its likeliest name. Best first, as they come. */
export function withoutRivals (objects: readonly ObjectObservation[]): ObjectObservation[] {
  const kept: ObjectObservation[] = []
  for (const object of objects) {
    if (!kept.some(likelier => areRivals(likelier, object))) kept.push(object)
  }
  return kept
}
