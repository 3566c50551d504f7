import type { paths } from '../../api/schema.d.ts'

export type Review = paths['/api/v1/reviews/{sessionId}']['get']['responses'][200]['content']['application/json']

/**
 * What the parts of the page are given. `run` does something on the server and reads the review again; it throws the
 * refusal, which `runShown` shows at the top of the page.
 */
export interface Part {
  readonly file: Review
  /** The reader has the claim. */
  readonly isMine: boolean
  run (act: () => Promise<unknown>): Promise<void>
  runShown (act: () => Promise<unknown>): void
}
