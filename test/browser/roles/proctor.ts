/** The proctor's part of the flow, on the console: warns, reads the answer, grants a break and ends it. */
import type { Test } from 'tap'
import type { Person, Stage } from './stage.ts'

/** From the running exams to the console, with both candidates on the wall. */
export async function openConsole (
  t: Test, stage: Stage, { page }: Person, candidates: readonly Person[]
): Promise<void> {
  const { proctor, common } = stage.words
  await page.getByRole('link', { name: common('nav.live'), exact: true }).click()
  await page.getByRole('link', { name: `${proctor('watch')}: ${stage.texts.exam}` }).click()
  const wall = page.getByRole('group', { name: proctor('wall') })
  for (const { name } of candidates) await wall.getByRole('button', { name: new RegExp(name) }).locator('img').waitFor()
  await stage.check(t, page, 'the wall')
}

/** Opens the candidate and sends the first ready-made warning by keys; gives its words. */
export async function warn (t: Test, stage: Stage, { page }: Person, candidate: Person): Promise<string> {
  const { proctor } = stage.words
  await page.getByRole('group', { name: proctor('wall') }).getByRole('button', { name: new RegExp(candidate.name) }).click()
  await page.getByRole('heading', { name: candidate.name, level: 2 }).waitFor()
  await page.keyboard.press('w')
  const sentence = page.getByRole('list', { name: proctor('canned') }).getByRole('button').first()
  const warning = (await sentence.innerText()).replace(/^1\s+/, '')
  await stage.check(t, page, 'the panel')
  await page.keyboard.press('1')
  await page.getByRole('log', { name: proctor('thread') }).getByText(warning).waitFor()
  return warning
}

export async function readAnswer (t: Test, stage: Stage, { page }: Person): Promise<void> {
  const { proctor } = stage.words
  const thread = page.getByRole('log', { name: proctor('thread') })
  await thread.getByText(stage.texts.warningAnswer).waitFor()
  await thread.getByText(proctor('stateSeen'), { exact: true }).waitFor()
  t.pass('the answer is there, and the candidate has seen the warning')
}

export async function grantBreak (t: Test, stage: Stage, { page }: Person, candidate: Person): Promise<void> {
  const { proctor, candidate: words } = stage.words
  const panel = page.getByRole('complementary', { name: candidate.name })
  await panel.getByRole('alert').getByText(stage.texts.breakReason).waitFor()
  await panel.getByLabel(proctor('declineWords')).fill(stage.texts.breakWords)
  await stage.check(t, page, 'a break is asked for, on the console')
  await panel.getByRole('button', { name: proctor('grant') }).click()
  await candidate.page.getByRole('heading', { name: words('paused.staff') }).waitFor()
  await candidate.page.getByText(`${words('breakGranted')} ${stage.texts.breakWords}`).waitFor()
  await stage.check(t, candidate.page, 'a granted break')
  await candidate.page.getByRole('button', { name: words('understood'), exact: true }).click()
  await panel.getByRole('button', { name: proctor('resume'), exact: true }).click()
  await candidate.page.getByText(words('status.well'), { exact: true }).waitFor()
  await candidate.page.getByRole('heading', { name: words('paused.staff') }).waitFor({ state: 'detached' })
}
