/** A candidate's part of the flow: consent, check, answers, a lost line, handing in, the result. */
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { pattern } from '../../support/page-words.ts'
import type { Person, Stage } from './stage.ts'

/** From the list of exams through consent and check to the button that starts. */
export async function checkComputer (t: Test, stage: Stage, { page }: Person): Promise<void> {
  const { candidate, list } = stage.words
  const step = async (name: 'browser' | 'camera' | 'light' | 'microphone' | 'line' | 'face' | 'ready') => {
    await page.getByRole('heading', { name: candidate(`step.${name}`), level: 1, exact: true }).waitFor()
    await stage.check(t, page, `check: ${name}`)
  }
  const next = page.getByRole('link', { name: candidate('next'), exact: true })
  const without = page.getByRole('link', { name: candidate('goOnWithout') })
  await page.getByRole('link', { name: `${list('start')}: ${stage.texts.exam}` }).click()
  await stage.check(t, page, 'the lobby')
  await page.getByRole('button', { name: candidate('consentYes') }).click()
  await step('browser')
  await next.click()
  await step('camera')
  // The browser allows it already, so that it opens by itself.
  await page.getByText(candidate('cameraGood')).waitFor()
  await next.click()
  await step('light')
  await page.getByRole('button', { name: candidate('checkPicture') }).click()
  // A machine with other work refuses the picture in words.
  await page.getByText(candidate('pictureGood')).or(page.getByRole('alert')).first().waitFor()
  await next.or(without).click()
  await step('microphone')
  await page.getByRole('button', { name: candidate('microphoneTurnOn') }).click()
  await page.getByText(candidate('heard')).waitFor()
  await next.click()
  await step('line')
  await page.getByRole('button', { name: candidate('measure'), exact: true }).click()
  await page.getByRole('button', { name: candidate('measureAgain') }).or(page.getByRole('alert')).first().waitFor()
  // A machine with other work may carry too little for a pass.
  await next.or(without).click()
  await step('face')
  await next.or(without).click()
  await step('ready')
}

export async function startExam ({ words: { candidate } }: Stage, { page }: Person): Promise<void> {
  await page.getByRole('button', { name: candidate('startExam') }).click()
  await page.getByRole('heading', { name: candidate('questionOf', { number: 1, total: 7 }) }).waitFor()
  await page.getByText(candidate('status.well'), { exact: true }).waitFor()
}

export async function openQuestion ({ words: { candidate } }: Stage, page: Page, number: number): Promise<void> {
  await page.getByRole('navigation', { name: candidate('questions') })
    .getByRole('link', { name: `${candidate('questionNumber', { number })},` }).click()
  await page.getByRole('heading', { name: candidate('questionOf', { number, total: 7 }) }).waitFor()
}

export const saved = async ({ words: { candidate } }: Stage, page: Page): Promise<void> =>
  await page.getByText(pattern(candidate('saved'))).waitFor()

/** The first four questions. */
export async function answerFirst (t: Test, stage: Stage, { page }: Person): Promise<void> {
  const { candidate } = stage.words
  await page.getByRole('radio', { name: '4', exact: true }).check()
  await openQuestion(stage, page, 2)
  for (const name of ['2', '3']) await page.getByRole('checkbox', { name, exact: true }).check()
  await stage.check(t, page, 'several choices')
  await openQuestion(stage, page, 3)
  await page.getByRole('radio', { name: candidate('false'), exact: true }).check()
  await openQuestion(stage, page, 4)
  await page.getByLabel(candidate('yourNumber')).fill(stage.texts.number)
  await page.getByText(candidate('understoodAs', { number: '3.142' })).waitFor()
  await saved(stage, page)
}

/** The capital is written without a line; the page is loaded again without one, and once more with it. */
export async function loseTheLine (t: Test, stage: Stage, { page, context }: Person): Promise<void> {
  const { candidate } = stage.words
  const answer = page.getByLabel(candidate('yourAnswer'))
  await context.setOffline(true)
  await openQuestion(stage, page, 5)
  await answer.fill(stage.texts.capital)
  await page.getByText(candidate('keptHere'), { exact: true }).waitFor()
  await page.getByText(candidate('status.lineLost')).waitFor()
  await stage.check(t, page, 'a lost line')
  await page.reload()
  await page.getByRole('heading', { name: candidate('questionOf', { number: 5, total: 7 }) }).waitFor()
  t.equal(await answer.inputValue(), stage.texts.capital, 'the device has kept the answer')
  await context.setOffline(false)
  await page.getByText(candidate('status.well'), { exact: true }).waitFor()
  await saved(stage, page)
  await page.reload()
  await page.getByText(candidate('status.well'), { exact: true }).waitFor()
  t.equal(await answer.inputValue(), stage.texts.capital, 'the server has it')
}

export async function answerLast (stage: Stage, { page }: Person, capital: boolean): Promise<void> {
  const { candidate } = stage.words
  if (capital) {
    await openQuestion(stage, page, 5)
    await page.getByLabel(candidate('yourAnswer')).fill(stage.texts.capital)
  }
  await openQuestion(stage, page, 6)
  await page.getByLabel(candidate('yourAnswer')).fill(stage.texts.because)
  await openQuestion(stage, page, 7)
  await page.locator('.cm-content').click()
  await page.keyboard.type('\nprint(1)')
  await saved(stage, page)
}

/** Reads the proctor's warning, answers in the thread, and asks for a break. */
export async function answerWarning (t: Test, stage: Stage, { page }: Person, warning: string): Promise<void> {
  const { candidate, common } = stage.words
  await page.getByText(warning).waitFor()
  await stage.check(t, page, 'a warning')
  await page.getByRole('button', { name: candidate('understood'), exact: true }).click()
  await page.getByRole('button', { name: candidate('askProctor') }).click()
  const thread = page.getByRole('dialog', { name: candidate('thread') })
  await thread.getByText(warning).waitFor()
  await thread.getByLabel(candidate('yourMessage')).fill(stage.texts.warningAnswer)
  await thread.getByRole('button', { name: candidate('sendMessage'), exact: true }).click()
  await thread.getByRole('log').getByText(stage.texts.warningAnswer).waitFor()
  await thread.getByLabel(candidate('yourMessage')).fill(stage.texts.breakReason)
  await thread.getByRole('button', { name: candidate('askBreak'), exact: true }).click()
  await thread.getByText(candidate('breakAsked')).waitFor()
  await stage.check(t, page, 'a break is asked for')
  await page.getByRole('button', { name: common('close'), exact: true }).click()
  await thread.waitFor({ state: 'hidden' })
}

export async function handIn (t: Test, stage: Stage, { page }: Person): Promise<void> {
  const { candidate } = stage.words
  await page.getByRole('navigation', { name: candidate('questions') })
    .getByRole('link', { name: candidate('toHandIn') }).click()
  await page.getByText(candidate('handInAll', { total: 7 })).waitFor()
  await stage.check(t, page, 'handing in')
  await page.getByRole('button', { name: candidate('handInNext'), exact: true }).click()
  await page.getByRole('button', { name: candidate('handInYes') }).click()
  await page.getByText(/^[0-9a-f]{64}$/).waitFor()
  await page.getByText(candidate('resultLater')).waitFor()
  await stage.check(t, page, 'the receipt')
}

export async function readResult (t: Test, stage: Stage, { page }: Person, points: number): Promise<void> {
  const { list, candidate } = stage.words
  await page.getByRole('link', { name: candidate('backToExams') }).click()
  await page.getByRole('link', { name: stage.texts.exam, exact: true }).click()
  await page.getByText(list('pointsOf', { points, max: 20 }), { exact: true }).waitFor()
  await stage.check(t, page, 'the result')
}
