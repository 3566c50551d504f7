/** Candidates of an exam, all of them connected. */
import type { Test } from 'tap'
import { startCandidate, type ChaosCandidate } from './candidate.ts'
import { logIn, type Account, type Exam } from './stage.ts'

export interface SeatOptions {
  readonly students: readonly Account[]
  readonly exam: Exam
  readonly url: string
}

/** Starts one candidate after the other. The test stops them at its end, even if it fails, so that its process ends. */
export async function seat (t: Test, { students, exam, url }: SeatOptions): Promise<ChaosCandidate[]> {
  const candidates: ChaosCandidate[] = []
  t.teardown(() => {
    for (const candidate of candidates) candidate.stop()
  })
  for (const student of students) {
    candidates.push(await startCandidate({ caller: await logIn(url, student), exam, url }))
  }
  return candidates
}
