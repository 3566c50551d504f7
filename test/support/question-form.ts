/** Writes questions by the teacher's form. */
import type { Locator, Page } from 'playwright-core'
import type { PageWords } from './page-words.ts'

export type QuestionKind = 'single' | 'multiple' | 'boolean' | 'number' | 'short' | 'long' | 'code'

/** Adds a question of a kind; `fill` writes what is the kind's own. */
export async function addQuestion (
  page: Page,
  { questions }: PageWords,
  kind: QuestionKind,
  text: string,
  points: number,
  fill: (form: Locator) => Promise<void>
): Promise<void> {
  await page.getByRole('button', { name: questions('add') }).click()
  await page.getByRole('menuitem', { name: questions(`kind.${kind}`) }).click()
  const form = page.getByRole('region', { name: questions('editor'), exact: true })
  await form.getByLabel(questions('questionText'), { exact: true }).fill(text)
  await form.getByRole('textbox', { name: questions('points'), exact: true }).fill(String(points))
  await fill(form)
  await form.getByRole('button', { name: questions('addQuestion') }).click()
  await page.locator('ol a[aria-current]').getByText(text.replaceAll('$', '')).waitFor()
}

/** Writes the texts of the choices and marks the right ones, which are counted from 1. */
export const choices = ({ questions }: PageWords, texts: readonly string[], right: readonly number[] = []) =>
  async (form: Locator): Promise<void> => {
    for (const [index, text] of texts.entries()) {
      if (index >= 2) await form.getByRole('button', { name: questions('addChoice') }).click()
      await form.getByRole('textbox', { name: questions('choice', { number: index + 1 }), exact: true }).fill(text)
    }
    for (const number of right) await form.getByLabel(questions('isCorrect', { number }), { exact: true }).check()
  }
