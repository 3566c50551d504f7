/** The teacher's part of the flow: writes, assigns and publishes an exam; grades it and releases the results. */
import type { Locator } from 'playwright-core'
import type { Test } from 'tap'
import { addQuestion, choices, type QuestionKind } from '../../support/question-form.ts'
import { pattern } from '../../support/page-words.ts'
import type { Person, Stage } from './stage.ts'

export async function writeExam (t: Test, stage: Stage, { page }: Person): Promise<string> {
  const { words, texts } = stage
  const { teacher, questions, common } = words
  await page.getByRole('link', { name: common('nav.exams'), exact: true }).click()
  await page.getByRole('link', { name: teacher('newExam') }).click()
  await page.getByLabel(teacher('examTitle')).fill(texts.exam)
  await page.getByRole('button', { name: teacher('create') }).click()
  await page.getByText(questions('noQuestions')).waitFor()
  const add = async (kind: QuestionKind, points: number, fill: (form: Locator) => Promise<void>) =>
    await addQuestion(page, words, kind, texts.questions[kind], points, fill)
  await add('single', 2, choices(words, ['3', '4'], [2]))
  await add('multiple', 4, choices(words, ['2', '3', '4'], [1, 2]))
  await add('boolean', 1, async form => {
    await form.getByRole('radio', { name: questions('false'), exact: true }).check()
  })
  await add('number', 2, async form => {
    await form.getByLabel(questions('rightNumber')).fill('3.14')
    await form.getByLabel(questions('tolerance')).fill('0.005')
  })
  await add('short', 1, async form => { await form.getByLabel(questions('accepted')).fill(texts.capital) })
  await add('long', 6, async form => { await form.getByLabel(questions('guidance')).fill(texts.guidance) })
  await add('code', 4, async form => { await form.locator('.cm-content').fill('# 1') })
  await stage.check(t, page, 'seven questions')
  return /exams\/([^/]+)/.exec(page.url())![1]!
}

/** Two attempts each, two candidates from a pasted list, and the publication. */
export async function assignAndPublish (
  t: Test, stage: Stage, { page }: Person, candidates: readonly Person[]
): Promise<void> {
  const { teacher, people } = stage.words
  await openTab(stage, page, 'times')
  await page.getByRole('switch', { name: teacher('shuffle') }).uncheck({ force: true })
  await page.getByLabel(teacher('attemptsMax')).fill('2')
  await page.getByRole('button', { name: teacher('save'), exact: true }).click()
  await page.getByText(teacher('saved'), { exact: true }).first().waitFor()
  await stage.check(t, page, 'times')

  await openTab(stage, page, 'people')
  await page.getByRole('button', { name: people('add') }).click()
  await page.getByRole('tab', { name: people('tabPaste') }).click()
  await page.getByLabel(people('list')).fill(candidates.map(({ email }) => email).join('\n'))
  await page.getByRole('button', { name: people('lookUp', { count: 2 }) }).click()
  await page.getByRole('button', { name: people('assignAll', { count: 2 }) }).click()
  for (const { name } of candidates) await page.getByRole('button', { name: people('actionsFor', { name }) }).waitFor()
  await stage.check(t, page, 'people')

  await page.getByRole('button', { name: teacher('publish'), exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(teacher('publishQuestions', { count: 7, points: 20 })).waitFor()
  await stage.check(t, page, 'publishing')
  await dialog.getByRole('button', { name: teacher('publish'), exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

/** Gives points to the four answers that a person grades: the same to both answers of a candidate. */
export async function grade (
  t: Test, stage: Stage, { page }: Person, points: ReadonlyMap<string, string>
): Promise<void> {
  const { marks } = stage.words
  await openTab(stage, page, 'grading')
  for (let place = 1; place <= 4; place++) {
    await page.getByText(marks('placeOf', { place, count: 4 }), { exact: true }).waitFor()
    const name = await page.getByRole('heading', { level: 2 }).innerText()
    if (place === 1) {
      await page.getByLabel(marks('comment')).fill(stage.texts.comment)
      await page.getByRole('heading', { level: 2 }).focus()
      await stage.check(t, page, 'grading')
    }
    for (const key of points.get(name)!) await page.keyboard.press(key)
    const saved = page.waitForResponse(response => response.url().includes('/grades/'))
    await page.keyboard.press('Enter')
    t.equal((await saved).status(), 200)
  }
  await page.getByText(marks('left', { count: 0 })).waitFor()
}

export async function release (t: Test, stage: Stage, { page }: Person): Promise<void> {
  const { marks } = stage.words
  await openTab(stage, page, 'results')
  await page.getByRole('button', { name: marks('release'), exact: true }).click()
  await stage.check(t, page, 'releasing')
  await page.getByRole('dialog').getByRole('button', { name: marks('release'), exact: true }).click()
  await page.getByText(pattern(marks('releasedAt'))).waitFor()
  await stage.check(t, page, 'results')
}

type Tab = 'times' | 'people' | 'grading' | 'results'

async function openTab ({ words: { teacher } }: Stage, page: Person['page'], tab: Tab): Promise<void> {
  const tabs = page.getByRole('navigation', { name: teacher('examPages') })
  await tabs.getByRole('link', { name: teacher(`tab.${tab}`), exact: true }).click()
}
