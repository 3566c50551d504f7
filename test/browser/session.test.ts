import t from 'tap'
import { fakeCamera } from '../support/fake-camera.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { startServer } from '../support/server.ts'

t.test('a candidate streams a camera and a proctor watches, warns and ends the session', { skip: skipWithoutChromium, timeout: 180_000 }, async t => {
  const camera = await fakeCamera('../shared/testdata/video/asl_eat.mkv')
  t.teardown(camera.remove)
  const server = await startServer()
  t.teardown(server.stop)
  const password = 'a long enough password'
  await server.invigil('user', 'add', '--role', 'admin', '--name', 'Asha Proctor', '--password', password, 'asha@example.org')
  const browser = await launchChromium(camera.file)
  t.teardown(() => browser.close())

  const candidate = await (await browser.newContext({ locale: 'en', permissions: ['camera'] })).newPage()
  const problems: string[] = []
  candidate.on('pageerror', error => problems.push(error.message))
  await candidate.goto(server.url)
  await candidate.getByRole('button', { name: 'I am new here' }).click()
  await candidate.getByLabel('Name').fill('Rahim Uddin')
  await candidate.getByLabel('E-mail').fill('rahim@example.org')
  await candidate.getByLabel('Password').fill(password)
  await candidate.getByRole('button', { name: 'Sign up' }).click()
  await candidate.getByRole('button', { name: 'Turn the camera on' }).click()
  await candidate.getByRole('button', { name: 'Start' }).click()
  await candidate.getByText('connected', { exact: true }).waitFor()
  await candidate.locator('.stage rect').first().waitFor()
  t.match(await candidate.locator('.facts li').first().innerText(), /Faces\s*1/, 'the page shows what the server sees')

  const proctor = await (await browser.newContext({ locale: 'en' })).newPage()
  proctor.on('pageerror', error => problems.push(error.message))
  proctor.on('dialog', dialog => { dialog.accept().catch(() => {}) })
  await proctor.goto(server.url)
  await proctor.getByLabel('E-mail').fill('asha@example.org')
  await proctor.getByLabel('Password').fill(password)
  await proctor.getByRole('button', { name: 'Log in' }).click()
  const tile = proctor.getByRole('button', { name: /Rahim Uddin/ })
  await tile.waitFor()
  await tile.locator('img').waitFor()

  await candidate.evaluate("document.dispatchEvent(new ClipboardEvent('paste'))")
  await proctor.locator('.log').getByText('Rahim Uddin').first().waitFor()

  await tile.click()
  await proctor.getByLabel('Your words to the candidate').fill('Please stay in the picture.')
  await proctor.getByRole('button', { name: 'Send as warning' }).click()
  await candidate.getByText('Please stay in the picture.').waitFor()
  await proctor.getByLabel('Your words to the candidate').fill('Ended for the test.')
  await proctor.getByRole('button', { name: 'End the session' }).click()
  await candidate.getByText('ended by a proctor').waitFor()
  t.same(problems, [], 'neither page threw')
})
