/**
 * Makes docs/wall.png: the proctor's page in Chromium while the demo runs. `npm run picture`
 *
 * Only drawn people are in the picture.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { launchChromium } from '../test/support/chromium.ts'

const FILE = 'docs/wall.png'
const WIDTH = 1280
const HEIGHT = 860
const BYTES_MAX = 300_000
/** After this time the feed shows an event of every candidate, and the visitor and the phone are still visible. */
const STORY_MS = 20_500

const models = process.env['MODELS_DIR'] ?? (existsSync('../shared/models') ? '../shared/models' : 'models')
const demo = spawn(process.execPath, ['dist/src/cli/main.js', 'demo', '--port', '0'], {
  env: { ...process.env, MODELS_DIR: models },
  stdio: ['ignore', 'pipe', 'inherit']
})
const ended = once(demo, 'close')
try {
  const { url, email, password } = await login()
  const beganMs = Date.now()
  // No page of this browser opens the camera.
  const browser = await launchChromium('/dev/null')
  try {
    const page = await (await browser.newContext({ locale: 'en', viewport: { width: WIDTH, height: HEIGHT } })).newPage()
    await page.goto(url)
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.locator('.wall img').nth(3).waitFor()
    await page.waitForTimeout(Math.max(0, STORY_MS - (Date.now() - beganMs)))
    const picture = await sharp(await page.screenshot()).png({ palette: true, quality: 90, effort: 10 }).toBuffer()
    if (picture.length > BYTES_MAX) throw new Error(`The picture has ${picture.length} bytes; at most ${BYTES_MAX} are wanted.`)
    await writeFile(FILE, picture)
    process.stdout.write(`${FILE}: ${picture.length} bytes\n`)
  } finally {
    await browser.close()
  }
} finally {
  demo.kill('SIGINT')
  await ended
}

/** Waits until the demo prints its logins, and returns the proctor's. */
async function login (): Promise<{ readonly url: string, readonly email: string, readonly password: string }> {
  let output = ''
  for await (const text of demo.stdout.setEncoding('utf8')) {
    output += String(text)
    const [, url] = /(http:\/\/localhost:\d+)/.exec(output) ?? []
    const [, email, password] = /proctor +(\S+) +(\S+)/.exec(output) ?? []
    if (url !== undefined && email !== undefined && password !== undefined) return { url, email, password }
  }
  throw new Error('The demo ended before it printed its logins.')
}
