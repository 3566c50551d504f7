import type { Page } from 'playwright-core'
import t from 'tap'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/until.ts'

interface Shown {
  /** The device draws a box for every Bengali letter. */
  readonly hasBoxes: boolean
  /** When a heading in Bangla first came to the page. */
  readonly isFontLoaded: boolean
}

/** Runs in the page before its own scripts. */
const WATCH = `
  const context = document.createElement('canvas').getContext('2d')
  context.font = '16px system-ui'
  const draw = letter => {
    context.clearRect(0, 0, 30, 30)
    context.fillText(letter, 0, 20)
    return context.getImageData(0, 0, 30, 30).data.join()
  }
  const hasBoxes = draw('ক') === draw('জ')
  new MutationObserver(() => {
    if (!/[\u0980-\u09ff]/.test(document.querySelector('h1')?.textContent ?? '') || 'shown' in window) return
    window.shown = { hasBoxes, isFontLoaded: document.fonts.check('16px "Noto Sans Bengali Variable"', 'ক') }
  }).observe(document, { subtree: true, childList: true, characterData: true })
`

t.test(
  'Bangla text waits for its font on a device without Bengali letters, and nowhere else',
  { skip: skipWithoutChromium, timeout: 120_000 },
  async t => {
    const server = await startServer({}, { hasModels: false })
    t.teardown(server.stop)
    const browser = await launchChromium('/dev/null')
    t.teardown(() => browser.close())
    const open = async (locale: string): Promise<Page> => {
      const page = await (await browser.newContext({ locale })).newPage()
      await page.addInitScript(WATCH)
      await page.goto(`${server.url}/login`)
      await page.locator('h1').waitFor()
      return page
    }
    const shown = async (page: Page): Promise<Shown> => {
      await until(async () => await page.evaluate<boolean>('"shown" in window'))
      return await page.evaluate<Shown>('window.shown')
    }

    const first = await shown(await open('bn'))
    t.equal(first.isFontLoaded || !first.hasBoxes, true, 'the first page')
    const page = await open('en')
    t.equal(await page.evaluate('document.fonts.check(\'16px "Noto Sans Bengali Variable"\', "ক")'), false, 'not in English')
    await page.getByRole('button', { name: 'বাংলা' }).click()
    const next = await shown(page)
    t.equal(next.isFontLoaded || !next.hasBoxes, true, 'after the language was changed')
    if (!first.hasBoxes) t.comment('This device has Bengali letters: the test could not fail for its boxes.')
  }
)
