import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { startServer } from '../support/server.ts'
import { signUp } from '../support/sign-up.ts'

interface Ack { readonly type: string, readonly seen?: { readonly faces: readonly unknown[] } }

/** What went over the page's socket: kinds of binary messages with their flags, and the texts that came. */
interface Heard {
  readonly sent: ReadonlyArray<{ readonly kind: number, readonly flags: number, readonly bytes: number }>
  readonly acks: readonly Ack[]
  readonly errors: readonly string[]
}

/** Signs up as a candidate, turns the camera on and starts; `search` ends the page's address. */
async function attend (page: Page, url: string, search: string, name: string): Promise<Heard> {
  const heard = { sent: [] as Array<Heard['sent'][number]>, acks: [] as Ack[], errors: [] as string[] }
  page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string') heard.sent.push({ kind: payload[3]!, flags: payload[4]!, bytes: payload.length })
    })
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(String(payload)) as Ack
      if (message.type === 'ack') heard.acks.push(message)
      if (message.type === 'error') heard.errors.push(String(payload))
    })
  })
  await signUp(page, url, name, `${name.toLowerCase().replace(' ', '.')}@example.org`)
  await page.evaluate(`history.replaceState(null, '', location.pathname + '${search}')`)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.locator('svg[viewBox="0 0 1 1"] rect').first().waitFor()
  return heard
}

async function candidate (browser: Browser): Promise<Page> {
  return await (await browser.newContext({ locale: 'en', permissions: ['camera'] })).newPage()
}

/** Waits until the page's socket has carried so much. */
async function until (page: Page, done: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!done()) {
    if (Date.now() > deadline) throw new Error('it did not come to that within 60 s')
    await page.waitForTimeout(100)
  }
}

const VIDEO = 2
const PICTURE = 1
const KEY = 2

t.test(
  'the page sends video, or pictures where it cannot',
  { skip: skipWithoutChromium, timeout: 400_000 },
  async t => {
    const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4')
    t.teardown(camera.remove)
    const server = await startServer()
    t.teardown(server.stop)
    const browser = await launchChromium(camera.file)
    t.teardown(() => browser.close())

    await t.test(
      'with an encoder every frame is a chunk, one in some a key frame, and the server sees the face in them',
      async t => {
        const page = await candidate(browser)
        const { sent, acks, errors } = await attend(page, server.url, '', 'Video Candidate')
        // A key frame comes each two seconds.
        await until(page, () => acks.length >= 5 && sent.filter(({ kind }) => kind === VIDEO).length >= 8)
        const frames = sent.filter(({ kind }) => kind === VIDEO || kind === PICTURE)
        t.same([...new Set(frames.map(({ kind }) => kind))], [VIDEO])
        t.equal(frames[0]?.flags, KEY, 'it begins with a key frame')
        const keys = frames.filter(({ flags }) => flags === KEY).length
        t.ok(keys >= 2 && keys < frames.length, `${keys} of ${frames.length} are key frames`)
        t.ok(
          acks.every(({ seen }) => seen?.faces.length === 1),
          'one face in each that was looked at'
        )
        t.same(errors, [])
        await page.close()
      }
    )

    await t.test('without an encoder the frames are pictures', async t => {
      const page = await candidate(browser)
      await page.addInitScript('delete window.VideoEncoder')
      const { sent, acks } = await attend(page, server.url, '', 'Picture Candidate')
      await until(page, () => acks.length >= 3)
      t.same([...new Set(sent.filter(({ kind }) => kind !== 3).map(({ kind }) => kind))], [PICTURE])
      await page.close()
    })

    await t.test('an encoder that fails gives way to pictures, and so does one that is not wanted', async t => {
      const failing = await candidate(browser)
      await failing.addInitScript('VideoEncoder.prototype.encode = () => { throw new Error("broken") }')
      const broken = await attend(failing, server.url, '', 'Broken Candidate')
      await until(failing, () => broken.acks.length >= 2)
      t.ok(broken.sent.every(({ kind }) => kind !== VIDEO))
      await failing.close()
      const page = await candidate(browser)
      const off = await attend(page, server.url, '?video=off', 'Off Candidate')
      await until(page, () => off.acks.length >= 2)
      t.ok(off.sent.every(({ kind }) => kind !== VIDEO))
      await page.close()
    })
  })
