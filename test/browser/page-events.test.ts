import t from 'tap'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { startServer } from '../support/server.ts'
import { signUp } from '../support/sign-up.ts'
import { until } from '../support/until.ts'

/** What the evaluated lines below do to a page. */
const hide = (hidden: boolean) =>
  `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`
const ENTER = 'document.documentElement.requestFullscreen()'
const LEAVE = 'document.exitFullscreen()'
/** Keeps the tracks of camera and microphone at hand. */
const KEEP_TRACKS = `(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  window.tracks = []
  navigator.mediaDevices.getUserMedia = async wanted => {
    const stream = await open(wanted)
    window.tracks.push(...stream.getTracks())
    return stream
  }
})()`
const unplug = (kind: 'video' | 'audio') =>
  `window.tracks.filter(({ kind }) => kind === '${kind}').forEach(track => { track.stop(); track.dispatchEvent(new Event('ended')) })`

interface Entry {
  readonly id: string
  readonly kind: string
  readonly phase: string
}

t.test(
  'what lasts on the page has a start and an end, over pauses and lost connections',
  { skip: skipWithoutChromium, timeout: 180_000 },
  async t => {
    const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
    t.teardown(camera.remove)
    const server = await startServer()
    t.teardown(server.stop)
    const browser = await launchChromium(camera.file)
    t.teardown(() => browser.close())
    const context = await browser.newContext({ locale: 'en', permissions: ['camera', 'microphone'] })
    await context.addInitScript(KEEP_TRACKS)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(error.message))

    const entries = new Map<string, string>()
    let isLost = false
    let drop = async () => {}
    await page.routeWebSocket(/\/ws\//, async route => {
      if (isLost) return await route.close({ code: 1001 })
      const line = route.connectToServer()
      drop = async () => {
        await line.close()
        await route.close({ code: 1001 })
      }
      line.onMessage(message => {
        if (typeof message === 'string') {
          const { type, data } = JSON.parse(message) as { type: string, data: readonly Entry[] }
          if (type === 'logs') for (const { id, kind, phase } of data) entries.set(id, `${kind} ${phase}`)
        }
        route.send(message)
      })
    })
    /** Waits until the log has so many lines of this kind; gives their phases. */
    const phases = async (kind: string, count: number): Promise<string> => {
      const found = () =>
        [...entries.values()].filter(entry => entry.startsWith(`${kind} `)).map(entry => entry.split(' ')[1])
      await until(() => found().length >= count)
      return found().join()
    }

    await signUp(page, server.url)
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByText('connected', { exact: true }).waitFor()

    await page.evaluate(hide(true))
    t.equal(await phases('tab_switch', 1), 'start')
    await page.evaluate(hide(false))
    t.equal(await phases('tab_switch', 2), 'start,end')

    // Playwright pretends that every page has the focus.
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false })
    const other = await context.newPage()
    await other.bringToFront()
    t.equal(await phases('window_blur', 1), 'start')
    await other.close()
    await page.bringToFront()
    t.equal(await phases('window_blur', 2), 'start,end')

    await page.evaluate(ENTER)
    await page.evaluate(LEAVE)
    t.equal(await phases('fullscreen_exit', 1), 'start')
    await page.getByRole('button', { name: 'Pause' }).click()
    t.equal(await phases('fullscreen_exit', 2), 'start,end')
    await page.getByRole('button', { name: 'Resume' }).click()
    t.equal(await phases('fullscreen_exit', 3), 'start,end,start', 'what lasts after a pause is told again')

    await page.evaluate(unplug('video'))
    t.equal(await phases('camera_off', 1), 'start')

    isLost = true
    await drop()
    await page.getByText('connected', { exact: true }).waitFor({ state: 'detached' })
    await page.evaluate(ENTER)
    await page.evaluate(hide(true))
    isLost = false
    await page.getByText('connected', { exact: true }).waitFor()
    t.equal(
      await phases('fullscreen_exit', 4),
      'start,end,start,end',
      'what ended without a line is told when it is back'
    )
    t.equal(await phases('tab_switch', 3), 'start,end,start', 'and what began')
    await page.evaluate(hide(false))

    // Pictures would be missed after five seconds.
    await page.waitForTimeout(6500)
    await page.getByRole('button', { name: 'Turn the camera on' }).click()
    t.equal(await phases('camera_off', 2), 'start,end')
    t.equal(await phases('tab_switch', 4), 'start,end,start,end')
    t.notOk([...entries.values()].includes('no_frames start'), 'a camera that is off is the reason')

    await page.evaluate(unplug('audio'))
    t.equal(await phases('microphone_off', 1), 'start')
    await page.getByRole('button', { name: 'Turn the microphone on' }).click()
    t.equal(await phases('microphone_off', 2), 'start,end')
    t.same(problems, [], 'the page did not throw')
  }
)
