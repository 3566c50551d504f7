import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'

interface Found {
  readonly violations: ReadonlyArray<{ readonly id: string, readonly nodes: ReadonlyArray<{ readonly html: string }> }>
}

/** What axe finds on the page as it is now: rule and element, one text each. */
export async function axeFindings (page: Page): Promise<string[]> {
  // A script tag would be refused by the page's content security policy.
  await page.evaluate(await readFile('node_modules/axe-core/axe.min.js', 'utf8'))
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })") as Found
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
