/** Figures of an exam's results, from the grades of its attempts. */
import type { Result } from '../types.ts'

/** How many shares (0..1) lie in each of so many equal parts; a full share belongs to the last one. */
export function histogram (shares: readonly number[], parts = 10): number[] {
  const counts = Array.from({ length: parts }, () => 0)
  // A share of 0.3 is 3 tenths, although 0.3 * 10 may be a little less.
  for (const share of shares) counts[Math.min(parts - 1, Math.floor(share * parts + 1e-9))]!++
  return counts
}

export function median (values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The share of the points of each attempt that is completely graded. */
export const sharesOf = (results: readonly Result[]): number[] => results.filter(isGraded).flatMap(({ questions }) => {
  const max = sum(questions.map(({ pointsMax }) => pointsMax))
  return max === 0 ? [] : [sum(questions.map(({ points }) => points ?? 0)) / max]
})

const isGraded = ({ questions }: Result): boolean => questions.every(({ points }) => points !== null)
const sum = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

export interface QuestionFigures {
  readonly questionId: string
  readonly text: string
  readonly pointsMax: number
  /** Graded answers. */
  readonly count: number
  /** Mean share of the points: 1 is easy, 0 is hard. Null without a graded answer. */
  readonly meanShare: number | null
  /**
   * Correlation of the points for this question with those for all others, over completely graded attempts: near 1
   * those who are good at the others are good at this one, below 0 the other way round. Null where it says nothing.
   */
  readonly discrimination: number | null
}

/** Fewer attempts make a correlation an accident. */
const DISCRIMINATION_MIN = 3

export function figuresOf (results: readonly Result[]): QuestionFigures[] {
  const graded = results.filter(isGraded)
  return (results[0]?.questions ?? []).map(({ questionId, text, pointsMax }) => {
    const shares = results.flatMap(({ questions }) => {
      const answer = questions.find(answer => answer.questionId === questionId)
      return answer === undefined || answer.points === null || answer.pointsMax === 0
        ? []
        : [answer.points / answer.pointsMax]
    })
    const own = graded.map(({ questions }) => questions.find(answer => answer.questionId === questionId)?.points ?? 0)
    const rest = graded.map(({ questions }, index) => sum(questions.map(({ points }) => points ?? 0)) - own[index]!)
    return {
      questionId,
      text,
      pointsMax,
      count: shares.length,
      meanShare: shares.length === 0 ? null : sum(shares) / shares.length,
      discrimination: own.length < DISCRIMINATION_MIN ? null : correlation(own, rest)
    }
  })
}

/** Pearson's; null where one of both does not vary. */
export function correlation (a: readonly number[], b: readonly number[]): number | null {
  const meanA = sum(a) / a.length
  const meanB = sum(b) / b.length
  const together = sum(a.map((value, index) => (value - meanA) * (b[index]! - meanB)))
  const spread = Math.sqrt(sum(a.map(value => (value - meanA) ** 2)) * sum(b.map(value => (value - meanB) ** 2)))
  return spread < 1e-9 ? null : together / spread
}

export type Remark = 'easy' | 'hard' | 'checkKey'

/** Fewer answers say nothing about a question. */
const REMARK_MIN = 5

/** What the figures of a question suggest; a person decides. */
export function remarkOf ({ count, meanShare, discrimination }: QuestionFigures): Remark | undefined {
  if (count < REMARK_MIN) return undefined
  if (discrimination !== null && discrimination < 0) return 'checkKey'
  if (meanShare === null) return undefined
  if (meanShare >= 0.9) return 'easy'
  return meanShare <= 0.2 ? 'hard' : undefined
}
