/** A whole exam and the console's main work, by keys alone. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { askingAs } from '../support/ask.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { QUESTIONS } from '../support/exams.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { hasFocus, isFocused, pressOn, tabTo } from '../support/keyboard.ts'
import { pageWords, pattern } from '../support/page-words.ts'
import { startServer } from '../support/server.ts'
import { PASSWORD, signUpBy } from '../support/sign-up.ts'

const CANDIDATE = 'Rahim Uddin'
const words = pageWords('en')

async function logInByKeys (page: Page, address: string, email: string): Promise<void> {
  await page.goto(address)
  await tabTo(page, page.getByLabel(words.common('email')))
  await page.keyboard.type(email)
  await page.keyboard.press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
}

t.test('an exam and the console by keys alone', { skip: skipWithoutChromium, timeout: 400_000 }, async t => {
  const [camera, server] = await Promise.all([
    fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4), startServer({}, { hasModels: false })
  ])
  t.teardown(camera.remove)
  t.teardown(server.stop)
  await server.invigil('user', 'add', '--role', 'admin', '--name', 'Asha Roy', '--password', PASSWORD, 'asha@example.org')
  await signUpBy(server.url, CANDIDATE, 'rahim@example.org')
  const ask = await askingAs(server.url, 'asha@example.org')
  const { id: examId } = await ask('POST', '/exams', { title: 'Algebra', isOpenToAll: true, durationMs: 3_600_000 })
  for (const question of QUESTIONS) await ask('POST', `/exams/${examId}/questions`, question)
  await ask('POST', `/exams/${examId}/publish`)
  const browser = await launchChromium(camera.file)
  t.teardown(() => browser.close())
  const problems: string[] = []
  const open = async (): Promise<Page> => {
    const page = await (await browser.newContext({
      locale: 'en', permissions: ['camera', 'microphone'], reducedMotion: 'reduce', viewport: { width: 1440, height: 900 }
    })).newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', error => problems.push(error.message))
    return page
  }
  const { candidate, list, proctor, common } = words
  const page = await open()
  const keys = page.keyboard
  const heading = async (name: string) => {
    await page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
    await hasFocus(t, page, name)
  }

  await t.test('a candidate takes the exam', async t => {
    await logInByKeys(page, server.url, 'rahim@example.org')
    await heading(list('exams'))
    await pressOn(page, page.getByRole('link', { name: `${list('start')}: Algebra` }))
    await heading('Algebra')
    await pressOn(page, page.getByRole('button', { name: candidate('consentYes') }))
    for (const step of ['browser', 'camera', 'light', 'microphone', 'line', 'face'] as const) {
      await heading(candidate(`step.${step}`))
      await pressOn(page, page.getByRole('link', { name: candidate('next'), exact: true })
        .or(page.getByRole('link', { name: candidate('goOnWithout') })))
    }
    await heading(candidate('step.ready'))
    await pressOn(page, page.getByRole('button', { name: candidate('startExam') }))

    const next = page.getByRole('button', { name: candidate('next'), exact: true })
    const question = async (number: number) => await heading(candidate('questionOf', { number, total: 7 }))
    await question(1)
    await tabTo(page, page.getByRole('radio').first())
    await keys.press('Space')
    await keys.press('ArrowDown')
    t.ok(await page.getByRole('radio', { name: '4', exact: true }).isChecked())
    await pressOn(page, next)
    await question(2)
    await pressOn(page, page.getByRole('checkbox', { name: '2', exact: true }), 'Space')
    await keys.press('Tab')
    await keys.press('Space')
    await pressOn(page, page.getByRole('button', { name: candidate('flag'), exact: true }))
    await hasFocus(t, page, 'flagging')
    await pressOn(page, next)
    await question(3)
    await tabTo(page, page.getByRole('radio').first())
    await keys.press('Space')
    await keys.press('ArrowDown')
    await pressOn(page, next)
    await question(4)
    await tabTo(page, page.getByLabel(candidate('yourNumber')))
    await keys.type('3.14')
    await pressOn(page, next)
    await question(5)
    await tabTo(page, page.getByLabel(candidate('yourAnswer')))
    await keys.type('Dhaka')
    await pressOn(page, next)
    await question(6)
    await tabTo(page, page.getByLabel(candidate('yourAnswer')))
    await keys.type('Because.')
    await pressOn(page, next)
    await question(7)
    await tabTo(page, page.locator('.cm-content'))
    await keys.press('Control+End')
    await keys.type('\nprint(1)')
    await keys.press('Tab')
    t.notOk(await isFocused(page.locator('.cm-content')), 'Tab leaves')
    await page.getByText(pattern(candidate('saved'))).waitFor()

    await pressOn(page, page.getByRole('button', { name: candidate('askProctor') }))
    const thread = page.getByRole('dialog', { name: candidate('thread') })
    await tabTo(page, thread.getByLabel(candidate('yourMessage')))
    await keys.type('May I use a ruler?')
    await pressOn(page, thread.getByRole('button', { name: candidate('sendMessage'), exact: true }))
    await thread.getByRole('log').getByText('May I use a ruler?').waitFor()
    await hasFocus(t, page, 'a message is sent')
    await keys.press('Escape')
    await thread.waitFor({ state: 'hidden' })
    await hasFocus(t, page, 'the thread is closed', page.getByRole('button', { name: candidate('askProctor') }))
    await pressOn(page, page.getByRole('button', { name: candidate('raiseHand') }))
    await page.getByRole('button', { name: candidate('lowerHand') }).waitFor()
    await hasFocus(t, page, 'the hand is raised')
  })

  await t.test('a proctor works the console', async t => {
    const console = await open()
    const keys = console.keyboard
    await logInByKeys(console, server.url, 'asha@example.org')
    await pressOn(console, console.getByRole('link', { name: common('nav.live'), exact: true }))
    await pressOn(console, console.getByRole('link', { name: `${proctor('watch')}: Algebra` }))
    const queue = console.getByRole('region', { name: proctor('queue') })
    await queue.getByText(CANDIDATE).first().waitFor()
    await hasFocus(t, console, 'the console')
    await keys.press('j')
    const panel = console.getByRole('complementary', { name: CANDIDATE })
    await panel.getByText('May I use a ruler?').waitFor()
    await hasFocus(t, console, 'the panel')
    await keys.press('w')
    await panel.getByRole('list', { name: proctor('canned') }).waitFor()
    await keys.press('1')
    await panel.getByRole('log').getByRole('listitem').nth(1).waitFor()
    await hasFocus(t, console, 'a warning is sent')
    await keys.press('m')
    await keys.type('Yes.')
    await pressOn(console, panel.getByRole('button', { name: proctor('send'), exact: true }))
    await panel.getByRole('log').getByText('Yes.', { exact: true }).waitFor()
    await hasFocus(t, console, 'a message is sent')
    await pressOn(console, panel.getByRole('button', { name: proctor('lower') }))
    await page.getByRole('button', { name: candidate('raiseHand') }).waitFor()
    await panel.getByRole('button', { name: proctor('lower') }).waitFor({ state: 'detached' })
    await hasFocus(t, console, 'the hand is lowered')

    await pressOn(console, panel.getByRole('button', { name: proctor('pause'), exact: true }))
    const dialog = console.getByRole('dialog')
    await tabTo(console, dialog.getByLabel(proctor('reason')))
    await keys.type('A fire drill')
    await pressOn(console, dialog.getByRole('button', { name: proctor('pause'), exact: true }))
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText(candidate('pausedReason', { reason: 'A fire drill' })).waitFor()
    await hasFocus(t, page, 'the candidate is paused')
    await hasFocus(t, console, 'the pause is made')
    await pressOn(console, panel.getByRole('button', { name: proctor('resume'), exact: true }))
    await page.getByRole('heading', { name: candidate('questionOf', { number: 7, total: 7 }) }).waitFor()
    await panel.getByRole('button', { name: proctor('pause'), exact: true }).waitFor()
    await hasFocus(t, page, 'the candidate goes on')
    await hasFocus(t, console, 'the pause is over')
    await keys.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    await hasFocus(t, console, 'the panel is closed')
    await keys.press('v')
    await console.getByRole('table').waitFor()
    await hasFocus(t, console, 'the table')
    await keys.press('?')
    await dialog.getByLabel(proctor('helpOn')).waitFor()
    await keys.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await keys.press('g')
    await keys.press('l')
    await console.getByRole('heading', { name: proctor('live'), level: 1 }).waitFor()
    await hasFocus(t, console, 'the running exams')
  })

  await t.test('the candidate reads the messages and hands in', async t => {
    for (let unread = 2; unread > 0; unread--) {
      await pressOn(page, page.getByRole('button', { name: candidate('understood'), exact: true }))
      await hasFocus(t, page, 'a message is read')
    }
    await page.getByRole('button', { name: candidate('understood'), exact: true }).waitFor({ state: 'detached' })
    await hasFocus(t, page, 'all messages are read')
    const handIn = page.getByRole('article').getByRole('button', { name: candidate('toHandIn') })
    await pressOn(page, handIn)
    await heading(candidate('handIn'))
    await pressOn(page, page.getByRole('button', { name: candidate('handInNext'), exact: true }))
    await page.getByText(candidate('handInSure')).waitFor()
    await hasFocus(t, page, 'handing in is asked for')
    await pressOn(page, page.getByRole('button', { name: candidate('handInYes') }))
    await page.getByText(/^[0-9a-f]{64}$/).waitFor()
    await hasFocus(t, page, 'the receipt')
  })
  t.same(problems, [], 'no page threw')
})
