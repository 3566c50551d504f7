import { defined } from '../../lib/defined.ts'
import { measured } from '../reviews/measures.ts'
import { withDatabase } from './database.ts'
import { writeLine } from './output.ts'

/** Prints one line a rule: what reviewers said of its incidents, with the share of confirmed ones and its interval. */
export async function printRules ({ exam: examId }: { readonly exam?: string }): Promise<void> {
  await withDatabase(async db => {
    for (const { kind, ...counts } of await db.reviews.rules(defined({ examId }))) {
      await writeLine({ rule: kind, ...measured(counts) })
    }
  })
}
