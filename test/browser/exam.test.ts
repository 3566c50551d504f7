/** A whole exam in a real browser against a real server, over a reload, a lost line, a pause and another window. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { QUESTIONS } from '../support/exams.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { startServer, type StartedServer } from '../support/server.ts'
import { PASSWORD } from '../support/sign-up.ts'
import { until } from '../support/until.ts'

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
const STEPS = ['Your browser', 'Your camera', 'Light and place', 'Your microphone', 'Your connection', 'Your face']
const POLICY = { watching: 'wanted', breaks: { max: 1, lengthMs: 60_000, apartMs: 0 } }

type Ask = <Answer = Record<string, string>>(method: string, path: string, body?: object) => Promise<Answer>

/** A teacher who asks the API, and a candidate; the password of both is `PASSWORD`. */
async function people (server: StartedServer): Promise<Ask> {
  const add = async (role: string, name: string, email: string) =>
    await server.invigil('user', 'add', '--role', role, '--name', name, '--password', PASSWORD, email)
  await add('teacher', 'Nadia Rahman', 'nadia@example.org')
  await add('student', 'Rahim Uddin', 'rahim@example.org')
  const headers = new Headers({ 'content-type': 'application/json' })
  const ask = async <Answer = Record<string, string>>(method: string, path: string, body: object = {}) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers,
      ...(method !== 'GET' && { body: JSON.stringify(body) })
    })
    return await response.json() as Answer
  }
  const { accessToken } = await ask('POST', '/auth/login/password', { email: 'nadia@example.org', password: PASSWORD })
  headers.set('authorization', `Bearer ${accessToken}`)
  return ask
}

async function makeExam (ask: Ask, title: string, questions: readonly object[] = QUESTIONS): Promise<string> {
  const exam = await ask('POST', '/exams', { title, isOpenToAll: true, durationMs: 3_600_000 })
  for (const question of questions) await ask('POST', `/exams/${exam['id']}/questions`, question)
  await ask('PUT', `/exams/${exam['id']}/policy`, POLICY)
  await ask('POST', `/exams/${exam['id']}/publish`)
  return exam['id']!
}

interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string }>
}

/** Nothing for axe to complain of. */
async function accessible (t: Test, page: Page, state: string): Promise<void> {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate('axe.run()') as { readonly violations: readonly Violation[] }
  t.same(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `axe: ${state}`)
}

/** Logs in at the address and waits for the list of exams. */
async function enter (page: Page, url: string, heading: string): Promise<void> {
  await page.goto(url)
  await page.locator('input[type=email]').fill('rahim@example.org')
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
}

t.test(
  'a candidate takes an exam: every kind of question, a reload, a lost line, a pause, another window, and the result',
  { skip: skipWithoutChromium, timeout: 400_000 },
  async t => {
    const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
    t.teardown(camera.remove)
    const server = await startServer()
    t.teardown(server.stop)
    const ask = await people(server)
    const examId = await makeExam(ask, 'Algebra')
    const browser = await launchChromium(camera.file)
    t.teardown(() => browser.close())
    const context = await browser.newContext({
      locale: 'en', permissions: ['camera', 'microphone'], reducedMotion: 'reduce'
    })
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(error.message))

    await enter(page, server.url, 'Your exams')
    await accessible(t, page, 'the exams')
    await page.getByRole('link', { name: 'Get ready: Algebra' }).click()
    await page.getByText('You may take one break of up to 1 minute.').waitFor()
    await page.getByText('Emotions, character and attention are not estimated.').waitFor()
    await page.getByRole('button', { name: 'I do not agree' }).click()
    await page.getByText('Call your teacher or the exam office').waitFor()
    await accessible(t, page, 'the lobby')
    const agree = page.getByRole('button', { name: 'I agree' })
    await page.route('**/consent', route => route.request().method() === 'PUT' ? route.abort() : route.continue())
    await agree.click()
    await page.getByRole('alert', { name: 'That did not work' }).waitFor()
    t.match(page.url(), /\/exams\/[^/]+$/, 'a consent that was not stored leads nowhere')
    await page.unroute('**/consent')
    await agree.click()

    for (const step of STEPS) {
      await page.getByRole('heading', { name: step, level: 1 }).waitFor()
      await accessible(t, page, step)
      await page.getByRole('link', { name: 'Next' }).or(page.getByRole('link', { name: 'Continue without this' })).click()
    }
    await page.getByRole('button', { name: 'Start the exam' }).click()

    const question = async (number: number) => {
      await page.getByRole('navigation', { name: 'Questions' }).getByRole('link', { name: `Question ${number},` }).click()
      await page.getByRole('heading', { name: `Question ${number} of 7` }).waitFor()
    }
    const saved = () => page.getByText(/^Saved \d/).waitFor()
    await page.getByRole('heading', { name: 'Question 1 of 7' }).waitFor()
    await page.getByText('All well', { exact: true }).waitFor()
    await page.getByRole('radio', { name: '4', exact: true }).check()
    await saved()
    await question(2)
    await page.getByRole('checkbox', { name: '2' }).check()
    await page.getByRole('checkbox', { name: '3' }).check()
    await page.getByRole('button', { name: 'Flag' }).click()
    await question(3)
    await page.getByRole('radio', { name: 'False' }).check()
    await question(4)
    await page.getByLabel('Your number').fill('3,142')
    await page.getByText('Write 3142 or 3.142.').waitFor()
    await page.getByText('An answer is not saved').waitFor()
    await page.getByLabel('Your number').fill('3.142')
    await page.getByText('The exam reads this as 3.142').waitFor()
    await saved()
    await accessible(t, page, 'a question')

    await page.reload()
    await page.getByRole('heading', { name: 'Question 4 of 7' }).waitFor()
    t.equal(await page.getByLabel('Your number').inputValue(), '3.142', 'a reload costs no answer')
    await page.getByRole('link', { name: 'Question 2, answered, flagged' }).waitFor()

    await context.setOffline(true)
    await question(5)
    await page.getByLabel('Your answer').fill('Dhaka')
    await page.getByText('Kept on this device').waitFor()
    await page.getByText('Connection lost. Your answers are kept here').waitFor()
    await accessible(t, page, 'a lost line')
    await page.reload()
    await page.getByRole('heading', { name: 'Question 5 of 7' }).waitFor()
    t.equal(await page.getByLabel('Your answer').inputValue(), 'Dhaka', 'the page opens without a line, with the answer')
    await context.setOffline(false)
    await page.getByText('All well', { exact: true }).waitFor()
    await saved()

    await question(6)
    await page.getByLabel('Your answer').fill('Because.')
    await question(7)
    await page.locator('.cm-content').click()
    await page.keyboard.type('\nprint(1)')
    await saved()

    const { attempts: [attempt] } = await ask<{ attempts: ReadonlyArray<{ id: string, userId: string }> }>(
      'GET', `/exams/${examId}/attempts`)
    const { userId, id: attemptId } = attempt!
    const { sessions: [session] } = await ask<{ sessions: ReadonlyArray<{ id: string }> }>(
      'GET', `/attempts/${attemptId}`)
    await ask('POST', `/sessions/${session!.id}/messages`, { text: 'Please look ahead.', kind: 'warning' })
    await ask('POST', `/sessions/${session!.id}/messages`, { text: 'Thank you.' })
    await page.getByText('Please look ahead.').waitFor()
    await page.getByText('more messages: 1').waitFor()
    await page.getByRole('button', { name: 'Got it' }).click()
    await page.getByText('Thank you.').waitFor()
    await page.getByRole('button', { name: 'Got it' }).click()
    await page.getByRole('button', { name: 'Raise my hand' }).click()
    await page.getByRole('button', { name: 'Lower my hand' }).waitFor()
    await page.getByRole('button', { name: 'Ask the proctor' }).click()
    const thread = page.getByRole('dialog', { name: 'Messages with the proctor' })
    await thread.getByText('Please look ahead.').waitFor()
    await thread.getByLabel('Your message').fill('May I use a ruler?')
    await thread.getByRole('button', { name: 'Send' }).click()
    await thread.getByText(/You · .* · sent/).waitFor()
    await accessible(t, page, 'the thread')
    await page.keyboard.press('Escape')

    await ask('POST', `/exam/pause/${userId}`, { reason: 'Fire alarm' })
    await page.getByRole('heading', { name: 'A proctor has paused your exam' }).waitFor()
    await page.getByText('Reason: Fire alarm').waitFor()
    t.equal(await page.getByRole('button', { name: 'End my break' }).count(), 0, 'only staff end their pause')
    await accessible(t, page, 'a pause')
    await ask('POST', `/exam/resume/${userId}`)
    await page.getByRole('heading', { name: 'Question 7 of 7' }).waitFor()

    const other = await context.newPage()
    await other.goto(server.url)
    await other.getByRole('heading', { name: 'Your exams', level: 1 }).waitFor()
    t.pass('all tabs share one login')
    await other.getByRole('link', { name: 'Continue: Algebra' }).click()
    await other.getByRole('heading', { name: 'Question 1 of 7' }).waitFor()
    t.ok(await other.getByRole('radio', { name: '4', exact: true }).isChecked(), 'another window has the answers')
    await page.getByRole('heading', { name: 'Your exam is open in another window' }).waitFor()
    await other.close()
    await page.getByRole('button', { name: 'Use this one' }).click()
    await page.getByRole('heading', { name: 'Question 7 of 7' }).waitFor()

    await question(1)
    await page.getByRole('button', { name: 'Clear my answer' }).click()
    await page.getByRole('navigation', { name: 'Questions' }).getByRole('link', { name: 'Hand in' }).press('Enter')
    await page.getByText('1 of 7 questions are not answered.').waitFor()
    await accessible(t, page, 'handing in')
    await page.getByRole('button', { name: 'Hand in now' }).press('Enter')
    await page.getByText('Hand in your exam?').waitFor()
    await page.getByRole('button', { name: 'Yes, hand in' }).press('Enter')
    await page.getByText(/^[0-9a-f]{64}$/).waitFor()
    await page.getByText('The result is not released yet.').waitFor()
    await accessible(t, page, 'the receipt')
    t.match(await ask('GET', `/attempts/${attemptId}`), { state: 'submitted', submittedBy: 'candidate' })

    await ask('POST', `/exams/${examId}/release`)
    await page.reload()
    await page.getByText('8 of 20 points').waitFor()
    await page.getByText('Some answers are not graded yet').waitFor()
    await accessible(t, page, 'the result')
    t.same(problems, [], 'the page did not throw')
  }
)

t.test(
  'in Bangla a candidate answers, and reads who ended the exam, why, and what can be done',
  { skip: skipWithoutChromium, timeout: 300_000 },
  async t => {
    const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
    t.teardown(camera.remove)
    const server = await startServer()
    t.teardown(server.stop)
    const ask = await people(server)
    const examId = await makeExam(ask, 'গণিত', QUESTIONS.slice(0, 1))
    const browser = await launchChromium(camera.file)
    t.teardown(() => browser.close())
    const page = await (await browser.newContext({
      locale: 'bn', permissions: ['camera', 'microphone'], reducedMotion: 'reduce', viewport: { width: 390, height: 844 }
    })).newPage()

    await enter(page, server.url, 'আপনার পরীক্ষা')
    await page.getByRole('link', { name: 'প্রস্তুত হোন: গণিত' }).click()
    await page.getByRole('button', { name: 'আমি রাজি।' }).click()
    await page.getByRole('heading', { name: 'আপনার ব্রাউজার' }).waitFor()
    await page.goto(`${server.url}/exams/${examId}/check/ready`)
    await page.getByRole('button', { name: 'পরীক্ষা শুরু করুন' }).click()
    await page.getByRole('heading', { name: 'প্রশ্ন ১, মোট ১' }).waitFor()
    await page.getByRole('radio', { name: '4', exact: true }).check()
    await page.getByText(/^সংরক্ষিত/).waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0)
    await accessible(t, page, 'a question in Bangla')

    const { attempts: [attempt] } = await ask<{ attempts: ReadonlyArray<{ id: string }> }>(
      'GET', `/exams/${examId}/attempts`)
    const { sessions: [session] } = await ask<{ sessions: ReadonlyArray<{ id: string }> }>(
      'GET', `/attempts/${attempt!.id}`)
    const { accessToken } = await ask('POST', '/auth/login/password', { email: 'nadia@example.org', password: PASSWORD })
    const proctor = new WebSocket(`${server.url.replace('http', 'ws')}/ws/monitor?token=${accessToken}`)
    await once(proctor, 'open')
    proctor.send(JSON.stringify({ type: 'terminate', sessionId: session!.id, text: 'অন্য কেউ ঘরে আছেন' }))
    await page.getByText('পরিদর্শক আপনার পরীক্ষা শেষ করেছেন').waitFor()
    await page.getByText('কারণ: অন্য কেউ ঘরে আছেন').waitFor()
    await page.getByText(/^[0-9a-f]{64}$/).waitFor()
    await accessible(t, page, 'an ended exam')
    proctor.close()
    await until(async () => (await page.locator('video').count()) === 0)
  }
)
