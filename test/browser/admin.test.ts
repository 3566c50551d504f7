import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'a long enough password'
const NEW = 'another long password'

async function logIn (page: Page, address: string, email: string, password: string): Promise<void> {
  await page.goto(`${address}/login`)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.waitForURL(url => !url.pathname.startsWith('/login'))
}

/** Looks for what axe finds on the page as it is now. */
async function axe (t: Test, page: Page, axeSource: string, name: string): Promise<void> {
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as {
      axe: { run(): Promise<{ violations: Array<{ id: string, nodes: Array<{ html: string }> }> }> }
    }).axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
  })
  t.same(found, [], `axe finds nothing: ${name}`)
}

t.test(
  'an admin finds people, resets a password, erases an account after reading what goes, and sees it in the audit log',
  { skip: skipWithoutChromium, timeout: 240_000 },
  async t => {
    const axeSource = await readFile('node_modules/axe-core/axe.min.js', 'utf8')
    const server = await startServer()
    t.teardown(server.stop)
    const browser = await launchChromium('/dev/null')
    t.teardown(() => browser.close())
    const problems: string[] = []
    const open = async (locale = 'en'): Promise<Page> => {
      const page = await (await browser.newContext({ locale })).newPage()
      page.on('pageerror', error => problems.push(error.message))
      return page
    }

    const page = await open()
    await page.goto(`${server.url}/admin/people`)
    await page.getByRole('link', { name: 'First steps' }).click()
    await page.getByRole('heading', { name: 'Invigil is running' }).waitFor()
    await axe(t, page, axeSource, 'first steps')
    for (const [role, name, email] of [
      ['admin', 'Asha Admin', 'asha@example.org'],
      ['student', 'Rahim Uddin', 'rahim@example.org']
    ] as const) {
      await server.invigil('user', 'add', '--role', role, '--name', name, '--password', PASSWORD, email)
    }

    await logIn(page, server.url, 'asha@example.org', PASSWORD)
    await page.goto(`${server.url}/admin`)
    await page.getByRole('heading', { name: 'Today' }).waitFor()
    await page.getByText('No one takes an exam right now').waitFor()
    await axe(t, page, axeSource, 'today')

    await page.getByRole('link', { name: 'People' }).click()
    await page.getByLabel('Name or email').fill('rahim')
    await page.waitForURL(/search=rahim/)
    await page.reload()
    t.equal(await page.getByLabel('Name or email').inputValue(), 'rahim', 'the search stands in the address')
    await page.getByRole('link', { name: 'Rahim Uddin' }).click()
    await page.getByRole('heading', { name: 'Rahim Uddin' }).waitFor()
    await axe(t, page, axeSource, 'a person')

    await page.getByRole('button', { name: 'New password' }).click()
    await page.getByRole('button', { name: 'Create the link' }).click()
    const link = await page.getByLabel('Link').inputValue()
    await axe(t, page, axeSource, 'the link')
    await page.getByRole('button', { name: 'Done' }).click()
    const person = await open()
    await person.goto(link)
    await person.locator('input[name=password]').fill(NEW)
    await person.getByRole('button', { name: 'Set the password' }).click()
    await person.getByText('The new password is set').waitFor()
    await logIn(person, server.url, 'rahim@example.org', NEW)

    await person.goto(`${server.url}/me`)
    await person.getByText('this one').waitFor()
    await axe(t, person, axeSource, 'my account')
    await person.getByLabel('Current password').fill(NEW)
    await person.getByLabel('New password').fill(PASSWORD)
    await person.getByRole('button', { name: 'Change the password' }).click()
    await person.getByText('The password is changed.').waitFor()
    await person.getByLabel('Name').fill('Rahim U.')
    await person.getByRole('button', { name: 'Save' }).click()
    await person.getByText('Saved.').waitFor()

    await page.reload()
    await page.getByRole('heading', { name: 'Rahim U.' }).waitFor()
    await page.getByRole('button', { name: 'Legal hold' }).click()
    await page.getByLabel('Reason').fill('The appeal goes to the court.')
    await page.getByRole('dialog').getByRole('button', { name: 'Legal hold' }).click()
    const holds = page.getByRole('region', { name: 'Legal holds' })
    await holds.getByText('The appeal goes to the court.').waitFor()
    await axe(t, page, axeSource, 'a person who is held')
    await holds.getByRole('button', { name: 'Release' }).click()
    await page.getByLabel('Reason').fill('The court has decided.')
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click()
    await holds.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Erase', exact: true }).click()
    await page.getByText('the account with its name').waitFor()
    await page.getByText('1 known devices').waitFor()
    const erase = page.getByRole('button', { name: 'Erase forever' })
    t.equal(await erase.isDisabled(), true, 'one click erases nobody')
    await axe(t, page, axeSource, 'erasing')
    await page.getByLabel('type the email address').fill('rahim@example.org')
    await erase.click()
    await page.waitForURL(/\/admin\/people$/)
    await page.getByRole('link', { name: 'Asha Admin' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'Rahim U.' }).count(), 0)

    for (const [name, heading] of [
      ['Sessions', 'Sessions'],
      ['Events', 'Events'],
      ['Statistics', 'Statistics'],
      ['Exports', 'Exports'],
      ['Retention', 'Retention'],
      ['Webhooks', 'Webhooks'],
      ['System', 'System'],
      ['Audit log', 'Audit log']
    ] as const) {
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
      await until(async () => await page.getByRole('status', { name: 'Loading' }).count() === 0)
      await axe(t, page, axeSource, name)
    }
    await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
    await page.getByRole('button', { name: 'Add an endpoint' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('https://lms.example.org/hooks')
    await dialog.getByRole('checkbox', { name: 'incident.opened' }).check()
    await axe(t, page, axeSource, 'adding an endpoint')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Audit log', exact: true }).click()
    await page.getByText('user.password_link').waitFor()
    await page.getByText('user.erase').waitFor()
    await page.getByRole('button', { name: 'বাংলা' }).click()
    await page.getByRole('heading', { name: 'কাজের লগ' }).waitFor()
    t.match(page.url(), /\/admin\/audit$/, 'the language changes in place')

    // The cookie would still open the account, so a logout without a line reaches the server when the line is back.
    const context = page.context()
    await page.getByRole('button', { name: /Asha Admin/ }).click()
    await context.setOffline(true)
    await page.getByRole('menuitem', { name: 'লগ আউট' }).click()
    await page.locator('input[type=password]').waitFor()
    const refreshed = async (): Promise<number> => await page.evaluate(`fetch('/api/v1/auth/refresh', {
      method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'x-invigil-session': 'cookie' }
    }).then(({ status }) => status)`)
    const [ended] = await Promise.all([page.waitForResponse(/auth\/logout$/), context.setOffline(false)])
    t.equal(ended.status(), 204)
    t.equal(await refreshed(), 401, 'the cookie opens nothing')
    t.same(problems, [])
  }
)
