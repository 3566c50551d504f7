import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { asking, type Ask, type Json } from '../support/ask.ts'
import { axeFindings } from '../support/axe.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { startServer } from '../support/server.ts'
import { PASSWORD } from '../support/sign-up.ts'
import { until } from '../support/until.ts'

async function student (url: string, name: string, email: string): Promise<Ask> {
  const form = new FormData()
  for (const [field, value] of Object.entries({ name, email, password: PASSWORD })) form.set(field, value)
  const response = await fetch(`${url}/api/v1/auth/signup`, { method: 'POST', body: form })
  return asking(url, (await response.json() as Json)['accessToken'])
}

/** Adds a question of a kind by its form; `fill` writes what is the kind's own. */
async function addQuestion (
  page: Page, kind: string, text: string, points: number, fill: (form: Locator) => Promise<void>
) {
  await page.getByRole('button', { name: 'Add a question' }).click()
  await page.getByRole('menuitem', { name: kind }).click()
  const form = page.getByRole('region', { name: 'Question' })
  await form.getByLabel('Text', { exact: true }).fill(text)
  await form.getByRole('textbox', { name: 'Points' }).fill(String(points))
  await fill(form)
  await form.getByRole('button', { name: 'Add the question' }).click()
  await page.locator('ol a[aria-current]').getByText(text.replaceAll('$', '')).waitFor()
}

const choices = (...texts: string[]) => async (form: Locator) => {
  for (const [index, text] of texts.entries()) {
    if (index >= 2) await form.getByRole('button', { name: 'Add a choice' }).click()
    await form.getByRole('textbox', { name: `Choice ${index + 1}` }).fill(text)
  }
}

t.test(
  'a teacher writes an exam, assigns, publishes, grades by keyboard, corrects and releases',
  { skip: skipWithoutChromium, timeout: 400_000 },
  async t => {
    const server = await startServer()
    t.teardown(server.stop)
    await server.invigil(
      'user', 'add', '--role', 'teacher', '--name', 'Asha Teacher', '--password', PASSWORD, 'asha@example.org'
    )
    const login = await asking(server.url)('POST', '/auth/login/password', {
      email: 'asha@example.org',
      password: PASSWORD
    })
    const ask = asking(server.url, login['accessToken'])
    const rahim = await student(server.url, 'Rahim Uddin', 'rahim@example.org')
    const nusrat = await student(server.url, 'Nusrat Jahan', 'nusrat@example.org')

    const browser = await launchChromium('/dev/null')
    t.teardown(() => browser.close())
    const page = await (await browser.newContext({ locale: 'en', reducedMotion: 'reduce' })).newPage()
    page.setDefaultTimeout(20_000)
    const problems: string[] = []
    page.on('pageerror', error => problems.push(error.message))
    const check = async (where: string) => {
      // Colors are judged when nothing fades any more.
      await page.waitForTimeout(300)
      t.same(await axeFindings(page), [], `axe: ${where}`)
    }
    const tab = async (name: string) =>
      await page.getByRole('navigation', { name: 'Pages of this exam' }).getByRole('link', { name }).click()

    await page.goto(server.url)
    await page.getByLabel('Email').fill('asha@example.org')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('link', { name: 'Exams', exact: true }).click()
    await page.getByText('You have no exams yet.').waitFor()
    await check('no exams')
    await page.getByRole('link', { name: 'New exam' }).click()
    await page.getByLabel('Title').fill('Number theory')
    await page.getByRole('button', { name: 'Create the draft' }).click()
    await page.getByText('There are no questions yet.').waitFor()
    const examId = /exams\/([^/]+)/.exec(page.url())![1]!

    await t.test('questions of all kinds, ordered by keyboard', async t => {
      await addQuestion(page, 'One choice', 'What is $2 + 2$?', 2, async form => {
        await choices('3', '4')(form)
        await form.getByRole('radio', { name: 'Choice 2 is right' }).check()
      })
      await page.locator('.katex').first().waitFor()
      await addQuestion(page, 'Several choices', 'Which are primes?', 4, async form => {
        await choices('2', '3', '4')(form)
        await form.getByRole('checkbox', { name: 'Choice 2 is right' }).check()
      })
      await addQuestion(page, 'True or false', 'One is a prime.', 1, async form => {
        await form.getByRole('radio', { name: 'False' }).check()
      })
      await addQuestion(page, 'Number', 'Pi to two places', 2, async form => {
        await form.getByLabel('The right number').fill('3.14')
        await form.getByLabel('Tolerance').fill('0.005')
      })
      await addQuestion(page, 'Short answer', 'The capital of Bangladesh', 1, async form => {
        await form.getByLabel('Accepted answers').fill('Dhaka\nঢাকা')
      })
      await addQuestion(page, 'Long answer', 'Prove it.', 6, async form => {
        await form.getByLabel('Guidance for grading').fill('Three steps')
      })
      await addQuestion(page, 'Code', 'Print the primes.', 4, async form => {
        await form.locator('.cm-content').fill('# here')
      })
      await check('a question of code')

      const kinds = async () => (await ask('GET', `/exams/${examId}/questions`))['questions'].map((q: Json) => q['kind'])
      t.same(await kinds(), ['single', 'multiple', 'boolean', 'number', 'short', 'long', 'code'])
      await page.getByRole('button', { name: 'Move question 7' }).focus()
      await page.keyboard.press('Space')
      await page.getByText('Lifted. It is question 7 of 7.').waitFor({ state: 'attached' })
      await page.keyboard.press('ArrowUp')
      await page.getByText('Now question 6 of 7.').waitFor({ state: 'attached' })
      await page.keyboard.press('Space')
      await until(async () => (await kinds())[5] === 'code', 20_000)
      t.same(await kinds(), ['single', 'multiple', 'boolean', 'number', 'short', 'code', 'long'])
    })

    await t.test('what is typed and not saved is not lost without a question', async t => {
      const asked: string[] = []
      let mayLeave = false
      page.on('dialog', dialog => {
        asked.push(dialog.type())
        const answer = mayLeave ? dialog.accept() : dialog.dismiss()
        answer.catch(() => {})
      })
      await tab('Times')
      const title = page.getByLabel('Title')
      await title.focus()
      await page.keyboard.type('II ')
      const typed = await title.inputValue()
      const staysAfter = async (kind: string, leave: () => Promise<unknown>) => {
        await leave()
        await until(async () => asked.length > 0, 20_000)
        t.same(asked.splice(0), [kind])
        // The address changes back when the question is answered.
        await page.waitForURL(/\/times$/)
        t.equal(await title.inputValue(), typed)
      }
      await staysAfter('confirm', async () => await tab('Rules'))
      await staysAfter('confirm', async () => await page.evaluate('history.back()'))
      await staysAfter('beforeunload', async () => await page.close({ runBeforeUnload: true }))
      mayLeave = true
      await tab('Rules')
      await page.waitForURL(/\/rules$/)
      t.same(asked.splice(0), ['confirm'])
      await tab('Times')
      t.equal(await title.inputValue(), 'Number theory', 'what was thrown away is gone')
      page.removeAllListeners('dialog')
    })

    await t.test('rules, people and publishing', async t => {
      await tab('Rules')
      await page.getByRole('radio', { name: /high/i }).or(page.getByRole('radio').nth(2)).first().waitFor()
      await page.getByRole('radio').nth(1).click()
      await page.getByRole('switch', { name: 'Phone detected' }).uncheck({ force: true })
      await page.getByRole('button', { name: 'Save the rules' }).click()
      await page.getByText('The rules are saved.').waitFor()
      const { policy } = await ask('GET', `/exams/${examId}/policy`)
      t.match(policy, { preset: 'normal', rules: { phone: { enabled: false } }, breaks: { max: 1 } })
      await check('rules')

      await tab('People')
      await page.getByRole('button', { name: 'Add candidates' }).click()
      await page.getByRole('tab', { name: 'Paste a list or CSV' }).click()
      await page.getByLabel('Email addresses').fill('rahim@example.org, nusrat@example.org\nnobody@example.org')
      await page.getByRole('button', { name: 'Look up 3 addresses' }).click()
      await page.getByText('No student account has these addresses: 1').waitFor()
      await check('a pasted list')
      await page.getByRole('button', { name: 'Assign 2 students' }).click()
      await page.getByRole('button', { name: 'Actions for Nusrat Jahan' }).click()
      await page.getByRole('menuitem', { name: 'Accommodation' }).click()
      await page.getByLabel('Extra time').fill('50')
      await page.getByLabel('Reason').fill('Certificate seen')
      await check('an accommodation')
      await page.getByRole('button', { name: 'Grant' }).click()
      await page.getByText('50 % more time').waitFor()
      await check('people')

      await page.getByRole('button', { name: 'Publish' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Questions: 7. Points in total: 20.').waitFor()
      await check('publishing')
      await dialog.getByRole('button', { name: 'Publish' }).click()
      await dialog.waitFor({ state: 'hidden' })
      t.equal((await ask('GET', `/exams/${examId}`))['state'], 'published')
      await tab('Preview')
      await page.getByText('Print the primes.').waitFor()
      await check('preview')
    })

    const { questions } = await ask('GET', `/exams/${examId}/questions`) as { questions: Json[] }
    const take = async (who: Ask, values: Json): Promise<Json> => {
      const { attempt } = await who('POST', `/exams/${examId}/start`)
      for (const { id, kind } of questions) {
        if (!(kind in values)) continue
        await who('PUT', `/attempts/${attempt.id}/answers/${id}`, { value: values[kind], clientSeq: 1 })
      }
      const clock = (await who('GET', `/attempts/${attempt.id}`))['clock']
      await who('POST', `/attempts/${attempt.id}/submit`)
      return { id: attempt.id, minutes: Math.round(clock.remainingMs / 60_000) }
    }
    const first = await take(rahim, {
      single: 'b', multiple: ['a', 'b'], boolean: false, number: '3.14', short: 'dhaka', long: 'By Euclid.', code: 'x = 1'
    })
    const second = await take(nusrat, { single: 'a', boolean: false, number: '3.1', short: 'Dacca', long: 'So.', code: '1' })
    t.equal(first['minutes'], 60)
    t.equal(second['minutes'], 90, 'the extra time counts')

    await t.test('grading by keyboard', async t => {
      await tab('Attempts')
      await page.getByText('needs grading').first().waitFor()
      await check('attempts')
      await tab('Grading')
      // Newest first: Nusrat's code, Rahim's code, Nusrat's proof, Rahim's proof.
      for (const [name, points] of [['Nusrat', '1'], ['Rahim', '4'], ['Nusrat', '2'], ['Rahim', '5.5']] as const) {
        await page.getByRole('heading', { name: new RegExp(name) }).waitFor()
        for (const key of points) await page.keyboard.press(key)
        if (points === '1') await check('grading')
        const place = await page.getByText(/^Answer \d of 4$/).innerText()
        const saved = page.waitForResponse(response => response.url().includes('/grades/'))
        await page.keyboard.press('Enter')
        t.equal((await saved).status(), 200)
        if (place !== 'Answer 4 of 4') await page.getByText(place, { exact: true }).waitFor({ state: 'detached' })
      }
      await page.getByText('Not graded in this list: 0').waitFor()
      await page.keyboard.press('k')
      await page.getByText('Answer 3 of 4', { exact: true }).waitFor()
      const { attempts } = await ask('GET', `/exams/${examId}/attempts`) as { attempts: Json[] }
      // 2 + 4 + 1 + 2 + 1 by rule and 9.5 by hand; 1 by rule and 3 by hand.
      t.same(attempts.map(({ id, points }) => [id, points]), [[second['id'], 4], [first['id'], 19.5]])
    })

    await t.test('a corrected key grades all again, and the release shows it', async t => {
      await tab('Corrections')
      await page.getByRole('combobox', { name: 'Question to correct' }).click()
      await page.getByRole('option', { name: /capital/ }).click()
      await page.getByLabel('Accepted answers').fill('Dhaka\nDacca')
      await page.getByLabel('Reason').fill('The older spelling is right, too')
      await check('a correction')
      await page.getByRole('button', { name: 'Correct the question' }).click()
      await page.getByRole('button', { name: 'Correct and grade again' }).click()
      await page.getByText('Graded again: 2. Changed: 1.').waitFor()
      await tab('Results')
      // 19.5 and 5 of 20.
      await page.getByText('61.3 %', { exact: true }).waitFor()
      await page.getByRole('img', { name: /number of attempts by share/ }).waitFor()
      await page.getByText('The same as a table').click()
      await check('results')
      await page.getByRole('button', { name: 'Release the results' }).click()
      await check('releasing')
      await page.getByRole('dialog').getByRole('button', { name: 'Release the results' }).click()
      await page.getByText(/Candidates see their results since/).waitFor()
      const result = await nusrat('GET', `/attempts/${second['id']}/result`)
      t.equal(result['attempt'].points, 5)
      t.match(result['questions'].find((q: Json) => q['kind'] === 'short'), {
        points: 1,
        correction: { reason: 'The older spelling is right, too', pointsBefore: 0 }
      })
      await tab('Questions')
      await page.getByText('Candidates have begun this exam').waitFor()
      await check('questions that candidates have seen')
    })
    t.same(problems, [])
  }
)
