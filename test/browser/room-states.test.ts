/** What a candidate reads in each state of a running exam, in English and in Bangla, and that each state passes. */
import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { askingAs, type Ask, type Json } from '../support/ask.ts'
import { axeFindings } from '../support/axe.ts'
import { launchChromium, skipWithoutChromium } from '../support/chromium.ts'
import { fakeCamera } from '../support/fake-camera.ts'
import { pageWords, pattern, type PageLanguage, type PageWords } from '../support/page-words.ts'
import { startServer } from '../support/server.ts'
import { PASSWORD, signUpBy } from '../support/sign-up.ts'
import { startStallableProxy } from '../support/stallable-proxy.ts'
import { untranslated } from '../support/untranslated.ts'

/** Keeps the tracks of camera and microphone at hand. */
const KEEP_TRACKS = `(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  window.tracks = []
  navigator.mediaDevices.getUserMedia = async wanted => {
    const stream = await open(wanted)
    window.tracks.push(...stream.getVideoTracks())
    return stream
  }
})()`
const tell = (event: 'mute' | 'unmute' | 'ended') =>
  `window.tracks.filter(track => track.readyState === 'live').forEach(track => {
    if ('${event}' === 'ended') track.stop()
    track.dispatchEvent(new Event('${event}'))
  })`
/** What a browser or a program says, and no page should. */
const RAW = /failed to fetch|networkerror|unexpected token|undefined|typeerror|aborted|timed out|bad gateway|<html/i

/** A candidate in the room of an exam that only this one takes. */
interface Seat {
  readonly words: PageWords
  readonly page: Page
  readonly context: BrowserContext
  readonly email: string
  readonly examId: string
  readonly ask: Ask
}

interface Names {
  readonly exam: string
  readonly candidate: string
}

const NAMES: Readonly<Record<PageLanguage, Names>> = {
  en: { exam: 'Algebra', candidate: 'Rahim Uddin' },
  bn: { exam: 'বীজগণিত', candidate: 'রহিম উদ্দিন' }
}
const QUESTION = { kind: 'short', text: '২ + ২', points: 1, body: { accepted: ['4'] } }

const options = { skip: skipWithoutChromium, timeout: 500_000 }

t.test('every state of a running exam has its words, and passes', options, async t => {
  const camera = await fakeCamera('../shared/testdata/video/gaze_center_focus.mp4', 4)
  t.teardown(camera.remove)
  const server = await startServer({ ACCESS_TOKEN_TTL: '30' }, { hasModels: false })
  t.teardown(server.stop)
  const proxy = await startStallableProxy(server.url)
  t.teardown(proxy.close)
  const browser = await launchChromium(camera.file)
  t.teardown(() => browser.close())
  const nadia = ['--role', 'teacher', '--name', 'Nadia', '--password', PASSWORD, 'nadia@example.org']
  await server.invigil('user', 'add', ...nadia)
  const problems: string[] = []
  const seats: Seat[] = []
  for (const language of ['en', 'bn'] as const) {
    const words = pageWords(language)
    const email = `${language}@example.org`
    const { exam, candidate } = NAMES[language]
    await signUpBy(server.url, candidate, email)
    const teacher = await askingAs(server.url, 'nadia@example.org')
    const { id: examId } = await teacher('POST', '/exams', { title: exam, isOpenToAll: true, durationMs: 3_600_000 })
    await teacher('POST', `/exams/${examId}/questions`, QUESTION)
    await teacher('POST', `/exams/${examId}/publish`)
    const ask = await askingAs(server.url, email)
    const { attempt } = await ask('POST', `/exams/${examId}/start`, {})
    const context = await browser.newContext({
      locale: language, permissions: ['camera', 'microphone'], reducedMotion: 'reduce'
    })
    await context.addInitScript(KEEP_TRACKS)
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', error => problems.push(error.message))
    await page.goto(`${proxy.url}/attempts/${attempt.id}/q/1`)
    await logIn(page, words, email)
    seats.push({ words, page, context, email, examId, ask })
  }
  const all = async (run: (seat: Seat) => Promise<void>) => {
    for (const seat of seats) {
      await run(seat).catch(async (error: unknown) => {
        t.comment(`${seat.page.url()}: ${await seat.page.locator('body').innerText()}`)
        throw error
      })
    }
  }
  const well = async ({ page, words: { candidate } }: Seat) =>
    await page.getByText(candidate('status.well'), { exact: true }).waitFor()
  const answer = async ({ page, words: { candidate } }: Seat, text: string) =>
    await page.getByLabel(candidate('yourAnswer')).fill(text)
  const saved = async ({ page, words: { candidate } }: Seat) =>
    await page.getByText(pattern(candidate('saved'))).waitFor()
  await all(well)

  await t.test('a camera that another program takes, and one that is unplugged', async t => {
    await all(async seat => {
      const { page, words: { candidate } } = seat
      const alert = page.getByRole('alert').filter({ hasText: candidate('cameraAway') })
      await page.evaluate(tell('mute'))
      await alert.getByText(candidate('camera.muted')).waitFor()
      await page.getByText(candidate('status.cameraGone')).waitFor()
      await check(t, seat, 'a camera that another program has')
      await page.evaluate(tell('unmute'))
      await alert.waitFor({ state: 'detached' })
      await well(seat)
      await page.evaluate(tell('ended'))
      await alert.getByText(candidate('camera.gone')).waitFor()
      await check(t, seat, 'a camera that is unplugged')
      await alert.getByRole('button', { name: candidate('cameraAgain') }).click()
      await alert.waitFor({ state: 'detached' })
      await well(seat)
    })
  })

  await t.test('a network that swallows both directions is noticed within 15 seconds', async t => {
    proxy.stall()
    const stalledAtMs = Date.now()
    await Promise.all(seats.map(async ({ page, words: { candidate } }) => {
      await page.getByText(candidate('status.lineLost')).waitFor()
      const seconds = (Date.now() - stalledAtMs) / 1000
      t.comment(`noticed after ${seconds.toFixed(1)} s`)
      t.ok(seconds < 15, 'within 15 seconds')
    }))
    await all(async seat => {
      await answer(seat, 'stalled')
      await seat.page.getByText(seat.words.candidate('keptHere'), { exact: true }).waitFor()
      await check(t, seat, 'a dead network')
    })
    proxy.recover()
    await all(async seat => {
      await well(seat)
      await saved(seat)
    })
  })

  await t.test('a restart of the server needs no login', async t => {
    await server.restart(async () => await all(async seat => {
      await seat.page.getByText(seat.words.candidate('status.lineLost')).waitFor()
      await answer(seat, 'restarted')
      await seat.page.getByText(seat.words.candidate('keptHere'), { exact: true }).waitFor()
      await check(t, seat, 'a server that is away')
    }))
    await all(async seat => {
      await well(seat)
      await saved(seat)
      t.match(seat.page.url(), /\/q\/1$/, 'the page stays')
    })
  })

  await t.test('an access token that has run out is renewed, also when the first renewals fail', async t => {
    await all(async seat => {
      const { page, words: { candidate } } = seat
      await page.route('**/auth/refresh', async route =>
        await route.fulfill({ status: 502, contentType: 'text/html', body: '<html>Bad Gateway</html>' }))
      // What a token that has run out is refused with.
      await page.route('**/answers/*', async route => await route.fulfill({
        status: 401, contentType: 'application/json', body: '{"code":"INVIGIL_ERR_UNAUTHENTICATED","message":"-"}'
      }))
      await answer(seat, 'renewed')
      await page.getByText(candidate('keptHere'), { exact: true }).waitFor()
      await check(t, seat, 'a token that cannot be renewed now')
      await page.unroute('**/auth/refresh')
      await page.unroute('**/answers/*')
      await saved(seat)
      await well(seat)
    })
  })

  await t.test('a proxy that answers with its own pages shows none of them', async t => {
    await all(async seat => {
      const { page, words: { candidate } } = seat
      for (const status of [200, 502]) {
        await page.route('**/answers/*', async route =>
          await route.fulfill({ status, contentType: 'text/html', body: '<html>Bad Gateway</html>' }))
        await answer(seat, `proxy ${status}`)
        await page.getByText(candidate('keptHere'), { exact: true }).waitFor()
        await check(t, seat, `a proxy with ${status}`)
        await page.unroute('**/answers/*')
        await saved(seat)
      }
    })
  })

  await t.test('a break that a proctor grants accuses nobody', async t => {
    const teacher = await askingAs(server.url, 'nadia@example.org')
    await all(async seat => {
      const { page, words: { candidate } } = seat
      const { sessions: [session] } = await teacher('GET', `/sessions?examId=${seat.examId}`)
      await teacher('POST', `/exam/pause/${session.userId}`, { reason: 'পানি' })
      await page.getByRole('heading', { name: candidate('paused.staff') }).waitFor()
      await page.getByText(candidate('pausedReason', { reason: 'পানি' })).waitFor()
      await page.getByText(candidate('pausedNow')).waitFor()
      await check(t, seat, 'a pause by staff')
      await teacher('POST', `/exam/resume/${session.userId}`, {})
      await well(seat)
      await answer(seat, 'after the pause')
      await saved(seat)
      t.equal(await page.getByRole('alert').count(), 0, 'nothing stays of the pause')
      const { events } = await teacher('GET', `/sessions/${session.id}/events`)
      // Without models the server sees no face in a small frame.
      const counting = events.filter((event: Json) => event['weight'] > 0 && event['kind'] !== 'face_missing')
      t.same(counting, [], 'nothing counts')
    })
  })

  await t.test('a logout elsewhere', async t => {
    await all(async seat => {
      const { page, words: { common, candidate }, email } = seat
      await (await askingAs(server.url, email))('POST', '/auth/logout', { everywhere: true })
      await answer(seat, 'logged out')
      await page.getByText(common('wasLoggedOut')).waitFor()
      await check(t, seat, 'a logout elsewhere')
      await logIn(page, seat.words, email)
      await well(seat)
      await saved(seat)
      t.equal(await page.getByLabel(candidate('yourAnswer')).inputValue(), 'logged out', 'what was typed is there')
    })
  })

  await t.test('the time is over', async t => {
    const teacher = await askingAs(server.url, 'nadia@example.org')
    await all(async seat => {
      const { page, words: { candidate } } = seat
      const { version } = await teacher('GET', `/exams/${seat.examId}`)
      const { attempts: [attempt] } = await teacher('GET', `/exams/${seat.examId}/attempts`)
      const closesAtMs = Date.now() + 3000
      await teacher('PATCH', `/exams/${seat.examId}`, { version, closesAtMs })
      await page.reload()
      await page.getByText(pattern(candidate('ended.time'))).waitFor()
      await page.getByText(candidate('timeOver')).waitFor()
      await page.getByText(/^[0-9a-f]{64}$/).waitFor()
      await check(t, seat, 'the time is over')
      t.match(await teacher('GET', `/attempts/${attempt.id}`), { state: 'submitted', submittedBy: 'time' })
    })
  })

  await t.test('a camera that cannot start, and lists that a proxy answers', async t => {
    await all(async seat => {
      const { page, context, words: { common, candidate, list } } = seat
      await context.addInitScript(`navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Could not start video source', 'NotReadableError'))`)
      await page.goto(`${proxy.url}/exams/${seat.examId}/check/camera`)
      await page.getByText(candidate('camera.busy')).waitFor()
      await check(t, seat, 'a camera that cannot start')
      for (const answer of ['none', 200, 502] as const) {
        await page.route(/\/api\/v1\/exams\?/, async route => answer === 'none'
          ? await route.abort()
          : await route.fulfill({ status: answer, contentType: 'text/html', body: '<html>Bad Gateway</html>' }))
        await page.goto(`${proxy.url}/exams`)
        await page.getByRole('alert').getByText(common('noConnection')).waitFor()
        await check(t, seat, `a list with ${answer}`)
        await page.unroute(/\/api\/v1\/exams\?/)
      }
      await page.getByRole('button', { name: common('tryAgain') }).click()
      await page.getByRole('heading', { name: list('past') }).waitFor()
      t.equal(await page.getByRole('alert').count(), 0, 'the words are gone when it is over')
    })
  })
  t.same(problems, [], 'no page threw')
})

async function logIn (page: Page, { common }: PageWords, email: string): Promise<void> {
  await page.getByLabel(common('email')).fill(email)
  await page.getByLabel(common('password'), { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: common('logIn'), exact: true }).click()
}

/** Nothing for axe to find, no text of the browser's own, and in Bangla nothing in Latin letters. */
async function check (t: Test, { page, words: { language } }: Seat, state: string): Promise<void> {
  t.same(await axeFindings(page), [], `axe: ${state}, ${language}`)
  t.notMatch(await page.locator('body').innerText(), RAW, `${state}, ${language}`)
  if (language === 'bn') t.same(await untranslated(page), [], `in Bangla: ${state}`)
}
