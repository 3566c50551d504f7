/**
 * Makes docs/wall.png: the proctor's page in Chromium while the demo runs. `npm run picture`
 *
 * Only drawn people are in the picture.
 */
import { writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { launchChromium } from '../test/support/chromium.ts'
import { logIn, startDemo } from './demo-server.ts'

const FILE = 'docs/wall.png'
const WIDTH = 1280
const HEIGHT = 720
const BYTES_MAX = 300_000
/** By then the first mishap of every candidate is in the feed; the visitor and the phone are still in the picture. */
const STORY_MS = 20_500

const demo = await startDemo()
try {
  const beganMs = Date.now()
  // No page of this browser opens the camera.
  const browser = await launchChromium('/dev/null')
  try {
    const page = await (await browser.newContext({ locale: 'en', viewport: { width: WIDTH, height: HEIGHT } })).newPage()
    await logIn(page, demo.url, demo.logins.proctor)
    await page.goto(new URL('/live/none', demo.url).href)
    await page.locator('[data-session] img').nth(3).waitFor()
    await page.waitForTimeout(Math.max(0, STORY_MS - (Date.now() - beganMs)))
    const picture = await sharp(await page.screenshot()).png({ palette: true, quality: 90, effort: 10 }).toBuffer()
    if (picture.length > BYTES_MAX) throw new Error(`The picture has ${picture.length} bytes; at most ${BYTES_MAX} are wanted.`)
    await writeFile(FILE, picture)
    process.stdout.write(`${FILE}: ${picture.length} bytes\n`)
  } finally {
    await browser.close()
  }
} finally {
  await demo.stop()
}
