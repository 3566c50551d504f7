/** The administrator's part of the flow: finds in the audit log what the others have done. */
import type { Test } from 'tap'
import type { Person, Stage } from './stage.ts'

/** What the log must hold, by what it is about, with the number of entries. */
const EXPECTED = {
  exam: { 'exam.assign': 1, 'exam.publish': 1, 'exam.release': 1 },
  session: { 'session.warn': 1, 'session.break': 1, 'session.resume': 1 },
  attempt: { 'attempt.grade': 4 }
} as const

export async function readAudit (t: Test, stage: Stage, { page }: Person): Promise<void> {
  const { admin, common } = stage.words
  await page.getByRole('link', { name: common('nav.admin'), exact: true }).click()
  await page.getByRole('navigation', { name: common('nav.admin') })
    .getByRole('link', { name: admin('page.audit'), exact: true }).click()
  await page.getByRole('heading', { name: admin('page.audit'), level: 1 }).waitFor()
  for (const about of ['exam', 'session', 'attempt'] as const) {
    await page.getByRole('combobox', { name: admin('targetType') }).click()
    await page.getByRole('option', { name: admin(`target.${about}`), exact: true }).click()
    await page.waitForURL(url => url.searchParams.get('targetType') === about)
    await page.getByRole('status', { name: common('loading') }).waitFor({ state: 'detached' })
    await page.locator('tbody tr').first().waitFor()
    await stage.check(t, page, `audit: ${about}`)
    const actions = await page.locator('tbody tr td:nth-child(2)').allInnerTexts()
    for (const [action, count] of Object.entries(EXPECTED[about])) {
      t.equal(actions.filter(found => found === action).length, count, `${action}: ${count}`)
    }
  }
}
