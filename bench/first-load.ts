import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchChromium, skipWithoutChromium } from '../test/support/chromium.ts'
import { quantile, round } from './numbers.ts'
import { part } from './part.ts'
import { startScriptedGateway } from './scripted-server.ts'

const KBIT_A_SECOND = 400
const LATENCY_MS = 400
const RUNS = 5
const TARGET_SECONDS = 4
const LOGIN = { email: 'candidate@example.org', password: 'a password of the first load' }

/** One page on a cold cache. */
interface Load {
  /** Until it can be used, in the median of the runs, and the slowest one. */
  readonly seconds: { readonly p50: number, readonly max: number }
  readonly requests: number
  readonly kilobytes: number
}

export interface FirstLoad {
  readonly kbitASecond: number
  readonly latencyMs: number
  readonly runs: number
  readonly login: Load
  /** From the click on the button of the login. */
  readonly exams: Load
  /** The address of the exams opened by a candidate who is logged in. */
  readonly direct: Load
}

interface Visit {
  readonly seconds: number
  readonly requests: number
  readonly bytes: number
}

/** Measures how long a candidate on a slow line waits for the first pages, each time on an empty cache. */
async function measureFirstLoad (): Promise<FirstLoad> {
  if (skipWithoutChromium !== false) throw new Error(skipWithoutChromium)
  const folder = await mkdtemp(join(tmpdir(), 'invigil-first-load-'))
  const closers: Array<() => Promise<unknown>> = [async () => await rm(folder, { recursive: true, force: true })]
  try {
    const server = await startScriptedGateway(folder, { ...LOGIN, name: 'Candidate', role: 'student' })
    closers.unshift(server.stop)
    const { url } = server
    const browser = await launchChromium('/dev/null')
    closers.unshift(async () => await browser.close())
    const visits: Array<Readonly<Record<'login' | 'exams' | 'direct', Visit>>> = []
    for (let run = 0; run < RUNS; run++) visits.push(await visit(browser, url))
    const load = (name: 'login' | 'exams' | 'direct'): Load => {
      const all = visits.map(visit => visit[name])
      return {
        seconds: {
          p50: round(quantile(all.map(({ seconds }) => seconds), 0.5)),
          max: round(Math.max(...all.map(({ seconds }) => seconds)))
        },
        requests: quantile(all.map(({ requests }) => requests), 0.5),
        kilobytes: Math.round(quantile(all.map(({ bytes }) => bytes), 0.5) / 1000)
      }
    }
    return {
      kbitASecond: KBIT_A_SECOND,
      latencyMs: LATENCY_MS,
      runs: RUNS,
      login: load('login'),
      exams: load('exams'),
      direct: load('direct')
    }
  } finally {
    for (const close of closers) await close()
  }
}

/** A first visit and a login; then the exams' own address, on an empty cache again. */
async function visit (browser: Browser, url: string): Promise<Readonly<Record<'login' | 'exams' | 'direct', Visit>>> {
  const context = await browser.newContext({ locale: 'en' })
  const page = await context.newPage()
  const line = await slow(page)
  const login = await line.time(async () => {
    await page.goto(url, { waitUntil: 'commit' })
    await shown(page, 'document.querySelector("button[type=submit]:enabled") !== null')
  })
  await page.locator('input[type=email]').fill(LOGIN.email)
  await page.locator('input[type=password]').fill(LOGIN.password)
  const ready = async (): Promise<void> =>
    await shown(page, 'document.body.innerText.includes("You have no exams yet.")')
  const exams = await line.time(async () => {
    await page.locator('button[type=submit]').click()
    await ready()
  })
  await line.forget()
  const direct = await line.time(async () => {
    await page.goto(`${url}/exams`, { waitUntil: 'commit' })
    await ready()
  })
  await context.close()
  return { login, exams, direct }
}

/** Waits for what a script says of the page. It is asked at each frame; a locator would be asked twice a second. */
async function shown (page: Page, condition: string): Promise<void> {
  await page.evaluate(`new Promise(resolve => {
    const look = () => ${condition} ? resolve() : requestAnimationFrame(look)
    look()
  })`)
}

/** Makes the page's line slow, and counts what goes over it. The processor is as fast as it is. */
async function slow (page: Page) {
  const devtools = await page.context().newCDPSession(page)
  let requests = 0
  let bytes = 0
  devtools.on('Network.requestWillBeSent', () => { requests++ })
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
  await devtools.send('Network.enable')
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: KBIT_A_SECOND * 1000 / 8,
    uploadThroughput: KBIT_A_SECOND * 1000 / 8
  })
  return {
    async time (load: () => Promise<void>): Promise<Visit> {
      requests = bytes = 0
      const startMs = performance.now()
      await load()
      return { seconds: (performance.now() - startMs) / 1000, requests, bytes }
    },
    async forget (): Promise<void> {
      await page.evaluate(`navigator.serviceWorker.getRegistrations()
        .then(all => Promise.all(all.map(one => one.unregister())))
        .then(() => caches.keys()).then(names => Promise.all(names.map(name => caches.delete(name))))`)
      await page.goto('about:blank')
      await devtools.send('Network.clearBrowserCache')
    }
  }
}

function table ({ kbitASecond, latencyMs, runs, ...pages }: FirstLoad): string {
  const row = (name: string, { seconds, requests, kilobytes }: Load): string =>
    `  ${name}: median ${seconds.p50} s, most ${seconds.max} s; ${requests} requests, ${kilobytes} KB`
  return [
    `first load at ${kbitASecond} kbit/s and ${latencyMs} ms latency, empty cache, ${runs} runs (target ${TARGET_SECONDS} s):`,
    row('the login form is usable', pages.login),
    row('the exams, from the click on the login', pages.exams),
    row('the address of the exams, logged in', pages.direct)
  ].join('\n')
}

export default part('first-load', measureFirstLoad, table)
