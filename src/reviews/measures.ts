import type { RuleMeasure } from '../../db/index.ts'
import { wilson } from '../../lib/wilson.ts'

const rounded = (share: number): number => Math.round(share * 1000) / 1000

/** What people said of the incidents of a rule, with the share that they confirmed and its 95 % interval. */
export function measured ({ confirmed, dismissed, undecided }: Omit<RuleMeasure, 'kind'>) {
  const judged = confirmed + dismissed
  const { low, high } = wilson(confirmed, judged)
  return {
    confirmed,
    dismissed,
    undecided,
    confirmedShare: judged === 0
      ? null
      : { share: rounded(confirmed / judged), low: rounded(low), high: rounded(high) }
  }
}
