/** Counts of stored rows for the quotas, and the removal of rows beyond the number kept. */
export interface Quotas {
  sessionsSince (userId: string, sinceMs: number): Promise<number>
  pausesBy (sessionId: string, userId: string): Promise<number>
  exams (ownerId: string): Promise<number>
  /**
   * Removes the oldest submissions of a question beyond `submissionsMax`, then the oldest of the attempt beyond
   * `lengthMax` in all. The newest submission of each question stays. Gives the number removed.
   */
  trimCode (attemptId: string, limits: { readonly submissionsMax: number, readonly lengthMax: number }): Promise<number>
  /** Keeps the newest rows of the account's logins, and removes the rest. */
  trimRefreshTokens (userId: string, keep: number): Promise<number>
  trimPreflights (examId: string, userId: string, keep: number): Promise<number>
}
