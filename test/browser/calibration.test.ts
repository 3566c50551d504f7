import t from 'tap'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { startServer } from '../support/server.ts'
import { signUp } from '../support/sign-up.ts'

/** What the evaluated lines below see of a page. */
const DOT = `(() => {
  const { x, y, width, height } = document.querySelector('[data-corner]').getBoundingClientRect()
  return { side: x < innerWidth / 2 ? 'left' : 'right', height: y < innerHeight / 2 ? 'top' : 'bottom', inside: x >= 0 && y >= 0 && x + width <= innerWidth && y + height <= innerHeight }
})()`
const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

t.test(
  'a candidate is asked to look at the corners of a small screen, is told why it did not count, and the exam goes on',
  { skip: skipWithoutChromium, timeout: 180_000 },
  async t => {
    // Somebody who looks ahead and nowhere else.
    const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
    t.teardown(camera.remove)
    const server = await startServer()
    t.teardown(server.stop)
    const browser = await launchChromium(camera.file)
    t.teardown(() => browser.close())
    const page = await (
      await browser.newContext({ locale: 'en', viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' })
    ).newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(error.message))
    await signUp(page, server.url)
    await page.getByRole('button', { name: 'Start' }).click()

    await page.getByRole('button', { name: 'Look at the corners', exact: true }).press('Enter')
    for (const [height, side] of [
      ['top', 'left'],
      ['top', 'right'],
      ['bottom', 'right'],
      ['bottom', 'left']
    ] as const) {
      await page.getByText(`Look at the dot at the ${height} ${side}`).waitFor()
      t.same(await page.evaluate(DOT), { side, height, inside: true })
      t.equal(await page.evaluate(OVERHANG), 0, 'nothing juts out')
    }
    // A machine with other work may analyze too few pictures for the first verdict; then the second is true.
    await page.getByText('Your eyes did not follow the dots')
      .or(page.getByText('Your face was not visible for every corner')).waitFor()
    await page.getByText('Your exam continues either way.').waitFor()

    await page.getByRole('button', { name: 'Try again' }).press('Enter')
    await page.locator('[data-corner=top-left]').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Look at the corners again' }).waitFor()
    t.match(await page.getByRole('log').innerText(), /Gaze calibration at the corners of the screen/)
    await page.getByText('connected', { exact: true }).waitFor()
    t.same(problems, [])
  })
