/** An exam that records the screen: the teacher's rule, the candidate's check and room, a crash, and the player. */
import { setTimeout } from 'node:timers/promises'
import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { askingAs, type Json } from '../support/ask.ts'
import { axeFindings } from '../support/axe.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { startServer } from '../support/server.ts'
import { PASSWORD, signUpBy } from '../support/sign-up.ts'
import { until } from '../support/until.ts'

/** A folder for pictures of the pages, for people who look at them. */
const SHOTS = process.env['SHOTS']
const TEACHER = 'asha@example.org'
const STUDENT = 'rahim@example.org'
/** Keeps what the browser shares; lets the test choose a tab in its place, or end sharing as the browser's bar does. */
const WATCH = `
  const devices = navigator.mediaDevices
  const share = devices.getDisplayMedia.bind(devices)
  window.shared = []
  devices.getDisplayMedia = async options => {
    const stream = await share(options)
    const [track] = stream.getTracks()
    window.shared.push(track)
    if (window.chosen !== undefined) {
      track.getSettings = () => ({ displaySurface: window.chosen })
    }
    return stream
  }
  window.endSharing = () => {
    const track = window.shared.at(-1)
    track.stop()
    track.dispatchEvent(new Event('ended'))
  }`

const options = { skip: skipWithoutChromium, timeout: 400_000 }

t.test('a candidate shares the whole screen, and staff play its recording', options, async t => {
  const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
  t.teardown(camera.remove)
  const server = await startServer({}, { hasModels: false })
  t.teardown(server.stop)
  const browser = await launchChromium(camera.file)
  t.teardown(() => browser.close())
  await server.invigil('user', 'add', '--role', 'teacher', '--name', 'Asha Teacher', '--password', PASSWORD, TEACHER)
  await signUpBy(server.url, 'Rahim Uddin', STUDENT)
  const teacher = await askingAs(server.url, TEACHER)
  const { id: examId } = await teacher('POST', '/exams', { title: 'Algebra', isOpenToAll: true, durationMs: 3_600_000 })
  await teacher('POST', `/exams/${examId}/questions`, { kind: 'short', text: 'a', points: 1, body: { accepted: ['x'] } })

  const open = async (email: string, path: string): Promise<Page> => {
    const context = await browser.newContext({
      locale: 'en', permissions: ['camera', 'microphone'], reducedMotion: 'reduce', viewport: { width: 1280, height: 800 }
    })
    await context.addInitScript(WATCH)
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    page.on('pageerror', error => t.fail(error.message))
    await page.goto(`${server.url}${path}`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    return page
  }
  const press = async (place: Page | Locator, name: string): Promise<void> =>
    await place.getByRole('button', { name, exact: true }).click()

  const staff = await open(TEACHER, `/exams/${examId}/rules`)
  await t.test('the teacher turns it on where everything is recorded', async t => {
    const toggle = staff.getByRole('switch', { name: 'Record the whole screen, too' })
    await toggle.waitFor()
    t.equal(await toggle.isDisabled(), true)
    await staff.getByRole('textbox', { name: 'What is kept of camera and microphone?' })
      .or(staff.getByRole('combobox', { name: 'What is kept of camera and microphone?' })).first().click()
    await staff.getByRole('option', { name: 'Everything' }).click()
    await toggle.click({ force: true })
    t.same(await settled(staff), [])
    await shoot(staff, 'rules', toggle)
    await press(staff, 'Save the rules')
    await until(async () => (await teacher('GET', `/exams/${examId}/policy`))['policy'].recordsScreen === true)
  })
  await teacher('POST', `/exams/${examId}/publish`)

  const room = await open(STUDENT, `/exams/${examId}`)
  await t.test('the notice says it, and the check asks for the whole screen', async t => {
    await room.getByText('Your whole screen is recorded, from the start').waitFor()
    await room.getByText('My whole screen is recorded, with everything').waitFor()
    t.equal(await room.getByText('Other programs, files and browser tabs').count(), 0)
    t.same(await settled(room), [])
    await shoot(room, 'lobby')
    await press(room, 'I agree. Check my computer')
    await room.getByText('Step 1 of 8').waitFor()
    await room.goto(`${server.url}/exams/${examId}/check/screen`)
    await room.getByRole('heading', { name: 'Your screen', level: 1 }).waitFor()
    t.same(await settled(room), [])
    await shoot(room, 'check')
    await room.evaluate('window.chosen = "browser"')
    await press(room, 'Share my screen')
    await room.getByText('You chose a window or a tab.').waitFor()
    t.equal(await room.evaluate('window.shared.at(-1).readyState'), 'ended', 'what was chosen is let go')
    await shoot(room, 'check-window')
    await room.evaluate('window.chosen = undefined')
    await press(room, 'Share my screen')
    await room.getByText('Your whole screen is shared.').waitFor()
    t.same(await room.evaluate('window.shared.at(-1).getSettings().displaySurface'), 'monitor')
    t.same(await settled(room), [])
    await shoot(room, 'check-shared')
    await room.getByRole('link', { name: 'Next' }).click()
    await press(room, 'Start the exam')
  })

  await room.getByText('Camera, sound and screen are recorded').waitFor()
  t.equal(await room.evaluate('window.shared.length'), 2, 'the browser is not asked again')
  const { attempts } = await (await askingAs(server.url, STUDENT))('GET', '/attempts?limit=1')
  const attemptId = (attempts as Json[])[0]!['id'] as string
  const sessions = await teacher('GET', `/sessions?examId=${examId}&limit=1`)
  const sessionId = (sessions['sessions'] as Json[])[0]!['id'] as string
  const recordings = async (): Promise<Json[]> =>
    ((await teacher('GET', `/recordings?sessionId=${sessionId}&source=screen`))['recordings'] as Json[]).reverse()
  const untilRecordings = async (are: (recordings: Json[]) => boolean): Promise<void> =>
    await until(async () => are(await recordings()) || (await setTimeout(300), false), 60_000)
  const stopped = async (): Promise<string[]> =>
    ((await teacher('GET', `/sessions/${sessionId}/events?limit=200`))['events'] as Json[])
      .filter(({ kind }) => kind === 'screen_share_stopped').map(({ phase }) => phase)

  await t.test('sharing that is ended is said, reported, and asked for again; a reload needs a click', async t => {
    await untilRecordings(({ length }) => length === 1)
    await room.waitForTimeout(8000)
    t.same(await stopped(), [], 'the share of the check was taken over')
    await shoot(room, 'room')
    await room.evaluate('window.endSharing()')
    await room.getByText('Sharing has ended, so your screen is not recorded now').waitFor()
    await room.getByText(/Camera and sound are recorded$/).waitFor()
    await until(async () => (await stopped()).join() === 'start')
    t.same(await settled(room), [])
    await shoot(room, 'room-ended')
    await press(room, 'Share my screen')
    await room.getByText('Camera, sound and screen are recorded').waitFor()
    await until(async () => (await stopped()).join() === 'start,end')
    await room.reload()
    await room.getByText('Your screen is not shared').waitFor()
    await room.getByText('This exam records your whole screen. Press the button').waitFor()
    await until(async () => (await stopped()).join() === 'start,end,start')
    await press(room, 'Share my screen')
    await room.getByText('Camera, sound and screen are recorded').waitFor()
    await untilRecordings(({ length }) => length === 2)
  })

  await t.test('a killed gateway costs the last second, and sharing goes on without a click', async t => {
    await room.waitForTimeout(6000)
    const before = (await recordings()).length
    const killedAtMs = Date.now()
    await server.crash()
    await untilRecordings(({ length }) => length > before)
    await room.waitForTimeout(6000)
    t.equal(await room.evaluate('window.shared.length'), 1, 'since the reload')
    await (await askingAs(server.url, STUDENT))('POST', `/attempts/${attemptId}/submit`)
    await untilRecordings(recordings => recordings.every(({ state }) => state === 'ready'))
    const killed = (await recordings())[before - 1]!
    const lostMs = killedAtMs - killed['startedAtMs'] - killed['durationMs']
    t.ok(lostMs < 3000, `${lostMs} ms before the kill`)
    await until(async () => await room.evaluate('window.shared.at(-1).readyState') === 'ended', 60_000)
  })

  await t.test('the player shows the screen and seeks in it', async t => {
    await staff.goto(`${server.url}/recordings?source=screen`)
    await staff.getByRole('cell', { name: /^Rahim Uddin\s*Screen$/ }).first().waitFor()
    t.same(await settled(staff), [])
    await shoot(staff, 'list')
    for (const { id, durationMs } of await recordings()) {
      await staff.goto(`${server.url}/recordings/${id}`)
      await staff.getByLabel('Recording of the screen of Rahim Uddin').waitFor()
      const seconds = durationMs / 1000
      const played = await seek(staff, seconds / 2)
      t.ok(Math.abs(played.seconds - seconds) < 0.1, `${played.seconds} s for ${seconds} s`)
      t.ok(played.width <= 1280 && played.width > 300, `${played.width} wide`)
      t.ok(played.levels > 5, `a picture of ${played.levels} shades`)
    }
    t.equal(await staff.getByRole('button', { name: 'Analyze the recording' }).count(), 0)
    t.same(await settled(staff), [])
    await shoot(staff, 'player')
    await staff.goto(`${server.url}/review/${sessionId}`)
    await staff.getByRole('link', { name: /^Screen from/ }).first().waitFor()
  })
})

t.test('a device that cannot share its screen is told what to do, and may go on', options, async t => {
  const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 1)
  t.teardown(camera.remove)
  const server = await startServer({}, { hasModels: false })
  t.teardown(server.stop)
  const browser = await launchChromium(camera.file)
  t.teardown(() => browser.close())
  await server.invigil('user', 'add', '--role', 'teacher', '--name', 'Asha Teacher', '--password', PASSWORD, TEACHER)
  await signUpBy(server.url, 'Rahim Uddin', STUDENT)
  const teacher = await askingAs(server.url, TEACHER)
  const { id: examId } = await teacher('POST', '/exams', { title: 'Algebra', isOpenToAll: true, durationMs: 3_600_000 })
  await teacher('PUT', `/exams/${examId}/policy`, { recording: 'full', recordsScreen: true })
  await teacher('POST', `/exams/${examId}/questions`, { kind: 'short', text: 'a', points: 1, body: { accepted: ['x'] } })
  await teacher('POST', `/exams/${examId}/publish`)
  const context = await browser.newContext({
    locale: 'bn', permissions: ['camera', 'microphone'], reducedMotion: 'reduce', viewport: { width: 390, height: 780 }
  })
  await context.addInitScript('delete MediaDevices.prototype.getDisplayMedia')
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  await page.goto(`${server.url}/exams/${examId}`)
  await page.locator('input[type=email]').fill(STUDENT)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: 'আমি রাজি।' }).click()
  await page.getByRole('heading', { name: 'আপনার ব্রাউজার', level: 1 }).waitFor()
  await page.goto(`${server.url}/exams/${examId}/check/screen`)
  await page.getByText('ফোন ও ট্যাবলেট তা পারে না').first().waitFor()
  t.equal(await page.getByRole('button', { name: 'আমার পর্দা শেয়ার করুন' }).count(), 0)
  t.same(await settled(page), [])
  await shoot(page, 'phone-check')
  await page.getByRole('link', { name: 'এটি ছাড়াই এগিয়ে যান' }).click()
  await page.getByText('এটি ছাড়াও শুরু করতে পারেন').waitFor()
  await shoot(page, 'phone-ready')
  await page.getByRole('button', { name: 'পরীক্ষা শুরু করুন' }).click()
  await page.getByText('আপনার পর্দা শেয়ার করা নেই').waitFor()
  await page.getByText('এই যন্ত্র বা ব্রাউজার পর্দা শেয়ার করতে পারে না').waitFor()
  t.equal(await page.getByRole('button', { name: 'আমার পর্দা শেয়ার করুন' }).count(), 0)
  await page.getByText(/ক্যামেরা ও শব্দ রেকর্ড হচ্ছে$/).waitFor()
  t.same(await settled(page), [])
  await shoot(page, 'phone-room')
})

interface Played { readonly seconds: number, readonly width: number, readonly levels: number }

/** Seeks the page's video; its length, and how many shades the picture there has. */
async function seek (page: Page, seconds: number): Promise<Played> {
  return await page.evaluate(`(async () => {
    const video = document.querySelector('video')
    if (video.readyState < 1) await new Promise(resolve => video.addEventListener('loadedmetadata', resolve))
    const seeked = new Promise(resolve => video.addEventListener('seeked', resolve, { once: true }))
    video.currentTime = ${seconds}
    await seeked
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    const shades = new Set(data.filter((_, at) => at % 4 === 0))
    return { seconds: video.duration, width: video.videoWidth, levels: shades.size }
  })()`)
}

/** What axe finds when nothing fades any more. */
async function settled (page: Page): Promise<string[]> {
  await page.waitForTimeout(300)
  return await axeFindings(page)
}

/** Pictures at two widths, and in both languages where the page has a menu for that. */
async function shoot (page: Page, name: string, at?: Locator): Promise<void> {
  if (SHOTS === undefined) return
  const before = page.viewportSize()!
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await at?.scrollIntoViewIfNeeded()
    await page.screenshot({ path: `${SHOTS}/${name}-${width}.png`, fullPage: at === undefined })
  }
  await page.setViewportSize(before)
}
