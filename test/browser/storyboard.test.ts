/** The storyboard in the review of a recorded session, with drawn pictures. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import t from 'tap'
import { newId, openDatabase } from '../../db/index.ts'
import { loadFaceGeometry } from '../../detection/models/face-geometry.ts'
import { loadConfig } from '../../src/config.ts'
import { drawReels } from '../../src/demo/drawing/reels.ts'
import { STORIES } from '../../src/demo/drawing/stories.ts'
import { createRecorder } from '../../src/recording/recorder.ts'
import { TILE_WIDTH } from '../../src/recording/storyboard.ts'
import { openMedia } from '../../src/storage/media-services.ts'
import { askingAs, type Json } from '../support/ask.ts'
import { axeFindings } from '../support/axe.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { startServer } from '../support/server.ts'
import { PASSWORD } from '../support/sign-up.ts'
import { until } from '../support/until.ts'

/** A folder for pictures of the pages, for people who look at them. */
const SHOTS = process.env['SHOTS']
const TEACHER = 'asha@example.org'
const STUDENT = 'rahim@example.org'
const MINUTE = 60_000
const silent = { info () {}, warn () {}, error () {} }

t.test('staff scroll through a session by its pictures', { skip: skipWithoutChromium, timeout: 400_000 }, async t => {
  const server = await startServer({}, { hasModels: false })
  t.teardown(server.stop)
  const add = async (role: string, name: string, email: string) =>
    await server.invigil('user', 'add', '--role', role, '--name', name, '--password', PASSWORD, email)
  await add('teacher', 'Asha Teacher', TEACHER)
  await add('student', 'Rahim Uddin', STUDENT)
  let sessionId = ''
  await server.restart(async () => { sessionId = await plant(server.env) })
  const student = await askingAs(server.url, STUDENT)
  /** What the candidate reads that people looked at. */
  const views = async () =>
    ((await student('GET', `/sessions/${sessionId}/report`))['views'] as Json[]).map(({ what }) => what).sort()

  const browser = await launchChromium('/dev/null')
  t.teardown(() => browser.close())
  const page = await login(await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' }), server.url)
  await page.goto(`${server.url}/review/${sessionId}`)
  const strip = page.getByRole('group', { name: 'Storyboard' })
  const tiles = strip.getByRole('button')
  const focused = async () => await page.evaluate<string>('document.activeElement.getAttribute("aria-label")')

  await t.test('it is opened on purpose, and that is logged', async t => {
    await page.getByText('Opening it is logged').waitFor()
    t.same(await settled(page), [])
    t.same(await views(), [])
    await page.getByRole('button', { name: 'Show the storyboard' }).click()
    await strip.locator('[style*=blob]').first().waitFor()
    t.equal(await tiles.count(), 169)
    t.same(await views(), ['storyboard'])
    t.equal(await strip.getByText('nothing for 5:').count(), 1, 'between the two parts')
    t.same(await settled(page), [])
    await shoot(page, 'storyboard')
  })

  await t.test('the keys move through it, and to the incidents', async t => {
    await tiles.first().focus()
    await page.keyboard.press('ArrowRight')
    t.equal(await focused(), await tiles.nth(1).getAttribute('aria-label'))
    await page.keyboard.press(']')
    t.match(await focused(), /Phone/)
    await page.keyboard.press('PageDown')
    await page.keyboard.press('[')
    t.match(await focused(), /Phone/)
    await page.keyboard.press('End')
    t.equal(await focused(), await tiles.last().getAttribute('aria-label'))
    await tiles.last().locator('[style*=blob]').waitFor()
    t.equal(await strip.locator('button[tabindex="0"]').count(), 1, 'one stop of the Tab key')
    t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  })

  await t.test('a picture plays the recording from its moment, and selects its incident', async t => {
    const seconds = async () => await page.evaluate<number>('document.querySelector("video")?.currentTime ?? 0')
    await page.keyboard.press('Home')
    await page.keyboard.press(']')
    await page.keyboard.press('Enter')
    await until(async () => await seconds() > 0)
    t.ok(Math.abs(await seconds() - 300) < 15, `${await seconds()} s`)
    t.match(page.url(), /incident=/)
    await tiles.last().click()
    await until(async () => await seconds() > 500)
    t.ok(Math.abs(await seconds() - 600) < 15, `of the second part: ${await seconds()} s`)
    t.same(await views(), ['recording', 'recording', 'storyboard'], 'the sheets are one viewing')
    await shoot(page, 'storyboard-playing')
    t.same(await settled(page), [])
  })

  await t.test('an incident that is selected below is scrolled to', async t => {
    await page.getByRole('article', { name: /not detected/ }).click()
    const current = strip.locator('button[tabindex="0"]')
    await until(async () => /not detected/.test(await current.getAttribute('aria-label') ?? ''))
    const [outer, inner] = [await strip.boundingBox(), await current.boundingBox()]
    t.ok(inner!.x > outer!.x && inner!.x + inner!.width < outer!.x + outer!.width)
  })

  await t.test('the playhead goes to any moment by keys and by mouse, and the recording follows', async t => {
    await page.goto(`${server.url}/review/${sessionId}`)
    const slider = page.getByRole('slider', { name: 'Timeline' })
    const value = async () => Number(await slider.getAttribute('aria-valuenow'))
    await slider.focus()
    await page.keyboard.press('Home')
    const begunMs = await value()
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowLeft')
    t.equal(await value() - begunMs, 29_000)
    t.equal(await page.evaluate('document.activeElement?.getAttribute("role")'), 'slider', 'the keys stay with it')
    const seconds = async () => await page.evaluate<number>('document.querySelector("video")?.currentTime ?? 0')
    await page.getByRole('button', { name: /^Play the recording from/ }).click()
    await until(async () => await seconds() >= 29)
    await slider.focus()
    await page.keyboard.press(']')
    await until(async () => /incident=/.test(page.url()))
    t.match(await slider.getAttribute('aria-valuetext'), /\d.*, .*Phone/i)
    await until(async () => await seconds() >= 295)
    const box = (await slider.boundingBox())!
    await page.mouse.move(box.x + 2, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.1, box.y + box.height / 2, { steps: 5 })
    await page.mouse.up()
    const movedMs = await value() - begunMs
    t.ok(movedMs > 60_000 && movedMs < 400_000, `dragged to ${movedMs} ms`)
    await until(async () => Math.abs(await seconds() - movedMs / 1000) < 20)
    t.same(await settled(page), [])
    await shoot(page, 'timeline')
  })

  await t.test('on a phone, dark and in Bangla', async t => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    t.same(await settled(page), [])
    await shoot(page, 'storyboard-phone')
    t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    const context = await browser.newContext({
      locale: 'bn-BD', reducedMotion: 'reduce', viewport: { width: 390, height: 844 }
    })
    const bangla = await login(context, server.url)
    await bangla.goto(`${server.url}/review/${sessionId}`)
    await bangla.getByRole('button', { name: 'ছবির সারি দেখান' }).click()
    await bangla.locator('[data-sheet] [style*=blob]').first().waitFor()
    t.same(await settled(bangla), [])
    await shoot(bangla, 'storyboard-bn')
    const slider = bangla.getByRole('slider')
    await slider.focus()
    await bangla.keyboard.press('Home')
    t.match(await slider.getAttribute('aria-valuetext'), /[০-৯]/)
    await bangla.getByRole('button', { name: /থেকে রেকর্ডিং চালান/ }).waitFor()
  })
})

/** A session of 33 minutes with two recorded parts and three incidents; the server is not running. */
async function plant (env: NodeJS.ProcessEnv): Promise<string> {
  const config = loadConfig(env)
  const db = await openDatabase({ url: config.databaseUrl })
  const folder = join(config.dataDir, 'planted')
  const media = await openMedia({ config, db })
  const recorder = createRecorder({ db, vault: media.vault, folder, log: silent })
  const user = await db.users.byEmail(STUDENT)
  const startMs = Date.now() - 40 * MINUTE
  const { session } = await db.sessions.open({ userId: user!.id, atMs: startMs })
  const reels = await drawReels(STORIES.slice(0, 1), await loadFaceGeometry())
  const frames = reels[0]!.frames
  const tiles = await Promise.all(frames.map(async frame =>
    Uint8Array.from(await sharp(frame).resize({ width: TILE_WIDTH }).jpeg({ quality: 60 }).toBuffer())))
  const recording = recorder.open(
    { id: session.id, userId: user!.id, examId: null, mode: 'full', storyboard: { kept: 0, skipped: 0 } },
    code => { throw new Error(code) }
  )
  let frame = 0
  for (const [fromMs, untilMs] of [[0, 18 * MINUTE], [23 * MINUTE, 33 * MINUTE + 5000]] as const) {
    for (let ms = fromMs; ms < untilMs; ms += 5000) {
      const atMs = startMs + ms
      frame++
      recording.picture(fromMs, frames[frame % frames.length]!, atMs)
      if (recording.wantsTile(atMs)) recording.addTile(tiles[frame % tiles.length]!, atMs)
      // The thread takes what was sent meanwhile.
      if (frame % 50 === 0) await new Promise(resolve => setTimeout(resolve, 100))
    }
    recording.disconnected()
  }
  await recorder.idle()
  const incidents = [['phone', 'high', 5], ['face_missing', 'medium', 12], ['phone', 'high', 25]] as const
  await db.events.append(incidents.map(([kind, severity, minute], index) => ({
    id: newId(),
    sessionId: session.id,
    userId: user!.id,
    kind,
    phase: 'instant' as const,
    incident: index + 1,
    atMs: startMs + minute * MINUTE,
    durationMs: null,
    class: 'integrity' as const,
    severity,
    weight: 1,
    detail: {},
    createdAtMs: startMs + minute * MINUTE
  })))
  await db.sessions.transition(session.id, ['active'], 'stopped', startMs + 34 * MINUTE, 'system')
  await recorder.close()
  await db.close()
  await rm(folder, { recursive: true, force: true })
  return session.id
}

async function login (context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  await page.goto(url)
  await page.locator('input[type=email]').fill(TEACHER)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
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
}
