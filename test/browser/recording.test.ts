/** An exam that is recorded, a gateway that is killed in the middle, and the player of the staff. */
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
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
const ADMIN = 'omar@example.org'
const STUDENT = 'rahim@example.org'

interface Played { readonly seconds: number, readonly width: number, readonly levels: number }

const options = { skip: skipWithoutChromium, timeout: 400_000 }

t.test('a recorded exam survives a killed gateway, and staff play what was recorded', options, async t => {
  const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
  t.teardown(camera.remove)
  const server = await startServer({}, { hasModels: false })
  t.teardown(server.stop)
  const browser = await launchChromium(camera.file)
  t.teardown(() => browser.close())
  const add = async (role: string, name: string, email: string) =>
    await server.invigil('user', 'add', '--role', role, '--name', name, '--password', PASSWORD, email)
  await add('teacher', 'Asha Teacher', TEACHER)
  await add('admin', 'Omar Admin', ADMIN)
  await signUpBy(server.url, 'Rahim Uddin', STUDENT)
  const teacher = await askingAs(server.url, TEACHER)
  const { id: examId } = await teacher('POST', '/exams', {
    title: 'Algebra', isOpenToAll: true, durationMs: 3_600_000
  })
  await teacher('PUT', `/exams/${examId}/policy`, { recording: 'full', keepsEvidence: true })
  await teacher('POST', `/exams/${examId}/questions`, {
    kind: 'short', text: 'a', points: 1, body: { accepted: ['x'] }
  })
  await teacher('POST', `/exams/${examId}/publish`)
  const student = await askingAs(server.url, STUDENT)
  const { noticeSha256, items } = await student('GET', `/exams/${examId}/consent`)
  await student('PUT', `/exams/${examId}/consent`, {
    noticeSha256, items: Object.fromEntries((items as Json[]).map(({ key }) => [key, true]))
  })
  const { attempt, session } = await student('POST', `/exams/${examId}/start`)
  const logIn = async (page: Page, email: string): Promise<void> => {
    page.setDefaultTimeout(60_000)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
  }
  const recordings = async (): Promise<Json[]> =>
    (await teacher('GET', `/recordings?sessionId=${session.id}`))['recordings'].reverse()
  const untilRecordings = async (are: (recordings: Json[]) => boolean): Promise<void> =>
    await until(async () => are(await recordings()) || (await setTimeout(300), false), 60_000)

  const room = await (await browser.newContext({ locale: 'en', permissions: ['camera', 'microphone'] })).newPage()
  await room.goto(`${server.url}/attempts/${attempt.id}/q/1`)
  await logIn(room, STUDENT)
  await room.getByText('REC', { exact: true }).waitFor()
  await room.getByText('a picture and a short clip of it are kept').waitFor()
  await untilRecordings(({ length }) => length === 1)
  await room.waitForTimeout(7000)
  await teacher('POST', '/events', {
    sessionId: session.id, kind: 'suspicious_activity', description: 'A second person enters the room'
  })
  await room.waitForTimeout(2000)

  const killedAtMs = Date.now()
  await server.crash()
  await untilRecordings(({ length }) => length === 2)
  await room.waitForTimeout(6000)
  const submittedAtMs = Date.now()
  await student('POST', `/attempts/${attempt.id}/submit`)
  await untilRecordings(recordings => recordings.every(({ state }) => state === 'ready'))
  const [first, second] = await recordings()

  await t.test('nothing but the last second is missing', async t => {
    const endOf = (recording: Json): number => recording['startedAtMs'] + recording['durationMs']
    t.ok(killedAtMs - endOf(first!) < 2000, `${killedAtMs - endOf(first!)} ms before the kill`)
    t.ok(submittedAtMs - endOf(second!) < 2000, `${submittedAtMs - endOf(second!)} ms before the hand-in`)
    t.same((await student('GET', `/attempts/${attempt.id}`))['state'], 'submitted')
  })

  const staff = await (await browser.newContext({ locale: 'en', reducedMotion: 'reduce' })).newPage()
  await t.test('each part plays, seeks and has its length', async t => {
    await staff.goto(`${server.url}/recordings`)
    await logIn(staff, TEACHER)
    await staff.getByRole('link', { name: 'Rahim Uddin' }).first().waitFor()
    t.same(await settled(staff), [])
    await shoot(staff, 'recordings')
    for (const recording of [second!, first!]) {
      await staff.goto(`${server.url}/recordings/${recording['id']}`)
      await staff.locator('video').waitFor()
      const seconds = recording['durationMs'] / 1000
      const { seconds: length, width, levels } = await seek(staff, seconds / 2)
      t.ok(Math.abs(length - seconds) < 0.1, `${length} s for ${seconds} s`)
      t.equal(width, 640)
      t.ok(levels > 20, `a picture of ${levels} shades`)
    }
  })

  await t.test('the moments and the keys move the video', async t => {
    const time = async () => await staff.evaluate<number>('document.querySelector(\'video\').currentTime')
    const moment = staff.getByRole('button', { name: /A second person enters|Suspicious activity/ })
    await moment.click()
    const noted = await time()
    t.ok(noted > 5 && noted < first!['durationMs'] / 1000, `${noted} s`)
    await staff.getByRole('heading', { level: 1 }).click()
    await staff.keyboard.press(',')
    t.ok(Math.abs(await time() - (noted - 0.5)) < 0.05)
    await staff.keyboard.press('j')
    t.ok(await time() < noted - 0.5)
    await staff.keyboard.press(']')
    t.ok(Math.abs(await time() - noted) < 0.05)
    await staff.keyboard.press('k')
    await until(async () => await time() > noted + 0.2, 20_000)
    await staff.keyboard.press('k')
    t.same(await settled(staff), [])
    await shoot(staff, 'recording')
    await staff.getByRole('link', { name: /^Part from/ }).waitFor()
    await staff.getByRole('link', { name: 'Review of this session' }).click()
    await staff.getByRole('region', { name: 'Recordings of this session' }).waitFor()
  })

  await t.test('the recording is analyzed once more, and the differences are shown', async t => {
    await staff.goto(`${server.url}/recordings/${first!['id']}`)
    await staff.getByRole('button', { name: 'Analyze the recording' }).click()
    await staff.getByText('Analyzed on').waitFor()
    await staff.getByText('Not compared, because no picture or sound shows them: 1').waitFor()
    t.same(await settled(staff), [])
    await shoot(staff, 'analysis')
  })

  await t.test('the reviewer plays the clip of the incident, and may confirm it then', async t => {
    const { events } = await teacher('GET', `/sessions/${session.id}/events?limit=100`)
    const { id } = (events as Json[]).find(({ kind }) => kind === 'suspicious_activity')!
    const path = `/sessions/${session.id}/evidence?eventId=${id}`
    await until(async () => ((await teacher('GET', path))['evidence'] as Json[]).some(({ kind }) => kind === 'clip'), 60_000)
    await staff.goto(`${server.url}/review/${session.id}`)
    await staff.getByRole('button', { name: 'Take this review' }).click()
    const incident = staff.getByRole('article', { name: /Suspicious activity/ })
    t.equal(await incident.getByRole('button', { name: 'Confirm' }).isDisabled(), true)
    await incident.getByRole('button', { name: 'Open: why was it noted?' }).click()
    await incident.locator('video').waitFor()
    const { seconds, width, levels } = await seek(staff, 3)
    t.ok(seconds > 6 && seconds < 15, `${seconds} s around the incident`)
    t.equal(width, 640)
    t.ok(levels > 20, `a picture of ${levels} shades`)
    await incident.getByRole('button', { name: 'Confirm' }).and(staff.locator(':enabled')).waitFor()
    t.same(await settled(staff), [])
    await shoot(staff, 'evidence')
  })

  await t.test('the link is of no use to others, and an administrator sees who looked and deletes', async t => {
    const { url } = await teacher('POST', `/recordings/${first!['id']}/link`)
    t.equal((await fetch(`${server.url}${url}`)).status, 401, 'a copied link')
    const admin = await askingAs(server.url, ADMIN)
    const { entries } = await admin('GET', '/admin/audit?limit=50')
    t.same(
      [...new Set((entries as Json[]).filter(({ action }) => action === 'recording.view')
        .map(({ targetId }) => targetId))].sort(),
      [first!['id'], second!['id']].sort()
    )
    const page = await (await browser.newContext({ locale: 'en', reducedMotion: 'reduce' })).newPage()
    await page.goto(`${server.url}/recordings/${first!['id']}`)
    await logIn(page, ADMIN)
    await page.getByRole('button', { name: 'Delete this recording' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('The retention period is over')
    t.same(await settled(page), [])
    await dialog.getByRole('button', { name: 'Delete this recording' }).click()
    await page.getByText('An administrator deleted this recording.').waitFor()
    t.equal((await recordings())[0]!['state'], 'deleted')
  })
})

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

async function shoot (page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true })
}
