import type { Browser, Page } from 'playwright-core'
import { readFile } from 'node:fs/promises'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import t from 'tap'
import { asking, type Ask, type Json } from '../support/ask.ts'
import { axeFindings } from '../support/axe.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { startServer } from '../support/server.ts'
import { PASSWORD } from '../support/sign-up.ts'

const REASON = 'A second screen is open on the desk.'
/** A folder for pictures of the pages, for people who look at them. */
const SHOTS = process.env['SHOTS']

t.test(
  'a reviewer confirms with a reason, the candidate reads it and appeals, another reviewer overturns',
  { skip: skipWithoutChromium, timeout: 400_000 },
  async t => {
    const server = await startServer()
    t.teardown(server.stop)
    const ask = async (token: string | undefined, ...request: Parameters<Ask>): Promise<Json> =>
      await asking(server.url, token)(...request)
    const account = async (role: string, name: string, email: string): Promise<string> => {
      await server.invigil('user', 'add', '--role', role, '--name', name, '--password', PASSWORD, email)
      return (await ask(undefined, 'POST', '/auth/login/password', { email, password: PASSWORD }))['accessToken']
    }
    const teacher = await account('teacher', 'Asha Teacher', 'asha@example.org')
    await account('admin', 'Omar Admin', 'omar@example.org')
    const student = await account('student', 'Rahim Uddin', 'rahim@example.org')
    const exam = await ask(teacher, 'POST', '/exams', { title: 'Algebra', isOpenToAll: true, durationMs: 3_600_000 })
    await ask(teacher, 'POST', `/exams/${exam['id']}/questions`, {
      kind: 'short', text: 'a', points: 1, body: { accepted: ['x'] }
    })
    await ask(teacher, 'POST', `/exams/${exam['id']}/publish`)
    const { attempt, session } = await ask(student, 'POST', `/exams/${exam['id']}/start`)
    for (const description of ['Second screen', 'Looks aside']) {
      await ask(teacher, 'POST', '/events', { sessionId: session.id, kind: 'suspicious_activity', description })
    }
    await ask(student, 'POST', `/attempts/${attempt.id}/submit`)

    const browser = await launchChromium('/dev/null')
    t.teardown(() => browser.close())
    const reviewer = await login(browser, server.url, 'asha@example.org')
    await t.test('the reviewer opens, confirms, dismisses by keyboard, and decides', async t => {
      await reviewer.goto(`${server.url}/review`)
      await reviewer.getByRole('link', { name: 'Rahim Uddin' }).waitFor()
      t.same(await settled(reviewer), [])
      await shoot(reviewer, 'inbox')
      await reviewer.getByRole('link', { name: 'Rahim Uddin' }).click()
      await reviewer.getByRole('button', { name: 'Take this review' }).click()
      await reviewer.getByText('You have this review until').waitFor()
      const [first, second] = [reviewer.getByRole('article').nth(0), reviewer.getByRole('article').nth(1)]
      t.equal(await first.getByRole('button', { name: 'Confirm' }).isDisabled(), true, 'before it was opened')
      await first.getByRole('button', { name: 'Open: why was it noted?' }).click()
      await first.getByText('Second screen').waitFor()
      await first.getByRole('button', { name: 'Confirm' }).click()
      const dialog = reviewer.getByRole('dialog')
      await dialog.getByLabel('Reason').fill('short')
      t.equal(await dialog.getByRole('button', { name: 'Confirm' }).isDisabled(), true)
      await dialog.getByLabel('Reason').fill(REASON)
      t.same(await settled(reviewer), [])
      await dialog.getByRole('button', { name: 'Confirm' }).click()
      await first.getByText('Confirmed without evidence.').waitFor()
      await dialog.waitFor({ state: 'hidden' })
      await reviewer.getByRole('heading', { level: 1 }).focus()
      for (const key of ['j', 'j', 'd']) await reviewer.keyboard.press(key)
      await dialog.getByRole('button', { name: 'Dismiss' }).click()
      await second.getByText('Dismissed', { exact: true }).waitFor()
      await dialog.waitFor({ state: 'hidden' })
      await shoot(reviewer, 'session')
      await reviewer.getByRole('radio', { name: 'Concern' }).check()
      await reviewer.getByRole('button', { name: 'Go on' }).click()
      await dialog.getByLabel('Reason').fill(REASON)
      await dialog.getByRole('button', { name: 'Decision' }).click()
      await reviewer.getByText('First decision: Concern').waitFor()
      await dialog.waitFor({ state: 'hidden' })
      t.same(await settled(reviewer), [])
    })

    await t.test('the page of rules says what was judged', async t => {
      await reviewer.goto(`${server.url}/review`)
      await reviewer.getByRole('link', { name: 'Rules', exact: true }).click()
      const row = reviewer.getByRole('row').filter({ hasText: 'Suspicious activity' })
      await row.getByText('50 %').waitFor()
      t.same(await row.getByRole('cell').allInnerTexts(), ['1', '1', '0', '50 % (10 to 91 %)'])
      await reviewer.getByLabel('Exam').selectOption({ label: 'Algebra' })
      await reviewer.waitForURL(/exam=/)
      await row.getByText('50 %').waitFor()
      t.same(await settled(reviewer), [])
      await shoot(reviewer, 'rules')
    })

    await t.test('many incidents are dismissed after the sample was opened, with one reason', async t => {
      const noisy = await ask(teacher, 'POST', '/exams', { title: 'Noisy', isOpenToAll: true, durationMs: 3_600_000 })
      await ask(teacher, 'POST', `/exams/${noisy['id']}/questions`, {
        kind: 'short', text: 'a', points: 1, body: { accepted: ['x'] }
      })
      await ask(teacher, 'POST', `/exams/${noisy['id']}/publish`)
      const begun = await ask(student, 'POST', `/exams/${noisy['id']}/start`)
      for (let at = 0; at < 2; at++) {
        const report = { kind: 'suspicious_activity', description: 'Noise' }
        await ask(teacher, 'POST', '/events', { sessionId: begun['session'].id, ...report })
      }
      await ask(student, 'POST', `/attempts/${begun['attempt'].id}/submit`)
      await reviewer.getByRole('link', { name: 'Dismiss many' }).click()
      await reviewer.getByLabel('Exam').selectOption({ label: 'Noisy' })
      await reviewer.getByLabel('Rule').selectOption({ label: 'Suspicious activity reported' })
      t.same(await settled(reviewer), [])
      await shoot(reviewer, 'dismiss-select')
      await reviewer.getByRole('button', { name: 'Select and draw the sample' }).click()
      await reviewer.getByText('Opened 0 of 2 in the sample').waitFor()
      const all = reviewer.getByRole('button', { name: 'Dismiss 2 incidents' })
      t.equal(await all.isDisabled(), true)
      await reviewer.reload()
      for (let at = 0; at < 2; at++) {
        await reviewer.getByRole('article').nth(at).getByRole('button', { name: 'Open' }).click()
        await reviewer.getByText(`Opened ${at + 1} of 2 in the sample`).waitFor()
      }
      t.same(await settled(reviewer), [])
      await shoot(reviewer, 'dismiss-sample')
      await all.click()
      const dialog = reviewer.getByRole('dialog')
      await dialog.getByLabel('Reason').fill('Building work beside the hall.')
      await dialog.getByRole('button', { name: 'Dismiss 2 incidents' }).click()
      await reviewer.getByText('2 incidents were dismissed.').waitFor()
      await dialog.waitFor({ state: 'hidden' })
      t.same(await settled(reviewer), [])
      await reviewer.goto(`${server.url}/review/${session.id}`)
    })

    const candidate = await login(browser, server.url, 'rahim@example.org')
    await t.test('the candidate reads the report, explains, and appeals', async t => {
      await candidate.goto(`${server.url}/attempts/${attempt.id}`)
      await candidate.getByRole('link', { name: 'What was noted, who looked at it, and how to appeal' }).click()
      await candidate.getByText('There is something to talk about').waitFor()
      const entry = candidate.getByRole('article').first()
      t.equal(await entry.getByText(`Reason: ${REASON}`).count(), 1)
      t.equal(await candidate.getByText('A teacher: measured values of an incident').count(), 1)
      await entry.getByLabel('Explain it in your words').fill('It is my calculator.')
      await entry.getByRole('button', { name: 'Send' }).click()
      await entry.getByText('You wrote: It is my calculator.').waitFor()
      await candidate.getByLabel('What should be looked at again, and why?').fill('The exam allows a calculator.')
      await candidate.getByRole('button', { name: 'Send the appeal' }).click()
      await candidate.getByText('It waits for an answer.').waitFor()
      t.same(await settled(candidate), [])
      t.equal(await candidate.getByText(/cheat/i).count(), 0)
      await shoot(candidate, 'report')
    })

    await t.test('the candidate saves the signed report and checks it in the browser, without a network', async t => {
      const save = candidate.getByRole('button', { name: 'Download the signed report' })
      const [saved] = await Promise.all([candidate.waitForEvent('download'), save.click()])
      const file = await saved.path()
      t.match(saved.suggestedFilename(), /^report-.*\.zip$/)
      await candidate.getByRole('link', { name: 'How to check it' }).click()
      const choose = candidate.getByRole('button', { name: 'Choose report.zip' })
      await choose.waitFor()
      await candidate.waitForLoadState('networkidle')
      const requested: string[] = []
      candidate.on('request', request => { if (!request.url().startsWith('blob:')) requested.push(request.url()) })
      await candidate.context().setOffline(true)
      const input = candidate.locator('input[type=file]')
      await input.setInputFiles(file)
      await candidate.getByText('The report is genuine').waitFor()
      t.equal(await candidate.getByText('Rahim Uddin').count() > 0, true)
      t.same(await settled(candidate), [])
      await shoot(candidate, 'verify')
      const files = unzipSync(await readFile(file))
      const log = strFromU8(files['events.jsonl']!).replace('"n":2', '"n":3')
      const buffer = Buffer.from(zipSync({ ...files, 'events.jsonl': strToU8(log) }))
      await input.setInputFiles({ name: 'report.zip', mimeType: 'application/zip', buffer })
      await candidate.getByText('events.jsonl, entry 2').waitFor()
      t.same(await settled(candidate), [])
      await shoot(candidate, 'verify-changed')
      t.same(requested, [])
      await candidate.context().setOffline(false)
      await candidate.goto(`${server.url}/attempts/${attempt.id}/report`)
    })

    await t.test('another reviewer answers and overturns', async t => {
      await reviewer.reload()
      await reviewer.getByText('Another person answers this appeal.').waitFor()
      const other = await login(browser, server.url, 'omar@example.org')
      await other.goto(`${server.url}/review?show=appeals`)
      await other.getByRole('link', { name: 'Rahim Uddin' }).click()
      await other.getByLabel('Answer to the candidate').fill('We looked again.')
      await other.getByRole('button', { name: 'Send the answer' }).click()
      await other.getByRole('button', { name: 'Overturn the decision' }).click()
      await other.getByRole('dialog').getByLabel('Reason').fill('It is a calculator, which is allowed.')
      await other.getByRole('dialog').getByRole('button', { name: 'Overturn the decision' }).click()
      await other.getByText('After the appeal: Clear').waitFor()
      t.same(await settled(other), [])

      await other.getByRole('button', { name: 'Hold this session' }).click()
      const dialog = other.getByRole('dialog')
      const place = dialog.getByRole('button', { name: 'Hold this session' })
      t.equal(await place.isDisabled(), true, 'without a reason')
      await dialog.getByLabel('Reason').fill('A lawsuit about the exam of March')
      t.same(await settled(other), [])
      await shoot(other, 'hold-dialog')
      await place.click()
      await other.getByText('A legal hold on this session').waitFor()
      await dialog.waitFor({ state: 'hidden' })
      t.equal(await other.getByRole('button', { name: 'Hold this session' }).count(), 0)
      await other.getByRole('button', { name: 'Hold this attempt' }).waitFor()
      t.same(await settled(other), [])
      await shoot(other, 'held')
      await other.getByRole('button', { name: 'Release the hold' }).click()
      await dialog.getByLabel('Reason').fill('The lawsuit is settled')
      await dialog.getByRole('button', { name: 'Release the hold' }).click()
      await other.getByRole('button', { name: 'Hold this session' }).waitFor()
      t.equal(await reviewer.getByRole('button', { name: 'Hold this session' }).count(), 0, 'teachers place none')

      await candidate.reload()
      await candidate.getByText('You were right: the decision was overturned.').waitFor()
      t.equal(await candidate.getByText('Nothing stands against you').count(), 1)
    })
  }
)

async function login (browser: Browser, url: string, email: string): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' })).newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(url)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForURL(address => !address.pathname.startsWith('/login') && address.pathname !== '/')
  return page
}

/** What axe finds when nothing fades any more. */
async function settled (page: Page): Promise<string[]> {
  await page.waitForTimeout(300)
  return await axeFindings(page)
}

async function shoot (page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: `${SHOTS}/${name}-phone.png`, fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 720 })
}
