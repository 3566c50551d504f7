/** Rows and queries of statistics. */

export interface Candidate {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly createdAtMs: number
  readonly disabledAtMs: number | null
  readonly sessionCount: number
  /** Null without a session; the same for all below. */
  readonly lastStartedAtMs: number | null
  readonly riskScoreMax: number | null
  readonly riskScoreMean: number | null
  readonly trustScoreMean: number | null
  readonly complianceScoreMean: number | null
}

export interface HourCount {
  /** The beginning of the hour, UTC. */
  readonly atMs: number
  readonly sessions: number
  /** Incidents (starts and instants, not ends) by kind. */
  readonly events: Readonly<Record<string, number>>
}

export interface Statistics {
  /** Sessions by risk, optionally of one exam; both limits are the lowest score of the next level. */
  riskDistribution(
    limits: { readonly medium: number, readonly high: number },
    examId?: string
  ): Promise<{ low: number, medium: number, high: number }>
  /**
   * Sessions begun and incidents hour by hour; hours without any are left out. Hours that have passed are counted once
   * and remembered: the first look at a long range takes longer. At most 366 days.
   */
  hours (fromMs: number, toMs: number, nowMs: number): Promise<HourCount[]>
  /** Students, newest first, with what their sessions amount to; `limit` 1 to 100. */
  candidates(filter: {
    readonly search?: string
    readonly before?: string
    readonly limit: number
  }): Promise<Candidate[]>
  /** Attempts of one exam by state, and the mean share of points of those graded (null before any). */
  ofExam (examId: string): Promise<{ open: number, submitted: number, graded: number, meanShare: number | null }>
  /**
   * For each question with grades in submitted attempts: how many of its answers are graded, their mean share of the
   * points (null before any), and the correlation of its points with those for all other questions, over completely
   * graded attempts (null where it says nothing).
   */
  ofQuestions (examId: string): Promise<ReadonlyArray<{
    readonly questionId: string
    readonly graded: number
    readonly meanShare: number | null
    readonly discrimination: number | null
  }>>
  /** How many completely graded attempts have which tenth of their points, and the median share. */
  shares (examId: string): Promise<{
    readonly attempts: number
    readonly tenths: readonly number[]
    readonly median: number | null
  }>
}
