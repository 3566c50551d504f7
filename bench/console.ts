import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import sharp from 'sharp'
import { createApi } from '../src/cli/simulate/api.ts'
import { SimulatedCandidate } from '../src/cli/simulate/candidate.ts'
import { createTally } from '../src/cli/simulate/tally.ts'
import { launchChromium, skipWithoutChromium } from '../test/support/chromium.ts'
import { sleep } from './clock.ts'
import { quantile, round } from './numbers.ts'
import { part } from './part.ts'
import { startScriptedGateway } from './scripted-server.ts'

const CANDIDATES = 50
const FPS = 2
const WARM_UP_MS = 15_000
const MEASURED_MS = 60_000
const SAMPLE_MS = 1000
const LOGIN = { email: 'proctor@example.org', password: 'a password of the console bench' }
const CANDIDATE_PASSWORD = 'a password of a bench candidate'
/** So many candidates have an empty chair in turn, so that incidents begin and end meanwhile. */
const EMPTY_EVERY = 10
const REEL_FRAMES = 40

export interface Console {
  readonly candidates: number
  readonly seconds: number
  /** Share of a core that the page's main thread was at work, second by second. */
  readonly mainThread: { readonly p50: number, readonly p95: number, readonly max: number }
  /** Tasks of the main thread above 50 ms. */
  readonly longTasks: number
  readonly longestTaskMs: number
  readonly heapMb: number
  /** Tiles that moved to another place while the page was measured. */
  readonly movedTiles: number
  readonly tiles: number
}

/**
 * Measures the console page in Chromium while fifty candidates send pictures. The detectors of the server are scripted,
 * so that the browser has the processor to itself.
 */
async function measureConsole (): Promise<Console> {
  if (skipWithoutChromium !== false) throw new Error(skipWithoutChromium)
  const folder = await mkdtemp(join(tmpdir(), 'invigil-console-'))
  const closers: Array<() => Promise<unknown>> = [async () => await rm(folder, { recursive: true, force: true })]
  try {
    const server = await startScriptedGateway(folder, { ...LOGIN, name: 'Proctor', role: 'teacher' }, {
      SIGNUPS_PER_MINUTE: '1000', REQUESTS_PER_MINUTE: '100000'
    })
    closers.unshift(server.stop)
    const { url } = server
    const crowd = await enter(url)
    closers.unshift(async () => await Promise.all(crowd.map(async candidate => await candidate.close())))
    const browser = await launchChromium('/dev/null')
    closers.unshift(async () => await browser.close())
    const page = await (await browser.newContext({ locale: 'en', viewport: { width: 1440, height: 900 } })).newPage()
    await page.addInitScript(`
      window.longTasks = []
      new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) window.longTasks.push(duration)
      }).observe({ type: 'longtask' })`)
    await open(page, url)
    await sleep(WARM_UP_MS)
    return await measure(page, await page.context().newCDPSession(page))
  } finally {
    for (const close of closers) await close()
  }
}

/** Candidates with drawn pictures, a tenth of them with an empty chair for some seconds in turn. */
async function enter (url: string): Promise<readonly SimulatedCandidate[]> {
  const api = createApi(new URL(url))
  const tally = createTally()
  const candidates: SimulatedCandidate[] = []
  for (let index = 0; index < CANDIDATES; index++) {
    const name = `Candidate ${String(index + 1).padStart(2, '0')}`
    const login = await api.signUp({ email: `candidate-${index}@example.org`, name, password: CANDIDATE_PASSWORD })
    await api.startExam(login)
    const candidate = new SimulatedCandidate({
      url: new URL(`ws://${new URL(url).host}/ws/${login.user.id}`),
      token: login.accessToken,
      reel: await reel(index),
      offset: index,
      fps: FPS,
      followRate: false,
      tally
    })
    await candidate.open()
    candidate.stream(index / CANDIDATES * 1000 / FPS)
    candidates.push(candidate)
  }
  return candidates
}

async function reel (seed: number): Promise<readonly Uint8Array[]> {
  const empty = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#222' } })
    .jpeg({ quality: 10 }).toBuffer()
  const frames: Uint8Array[] = []
  for (let index = 0; index < REEL_FRAMES; index++) {
    const isAway = seed % EMPTY_EVERY === 0 && index >= REEL_FRAMES / 2
    frames.push(isAway ? empty : await drawing(seed, index))
  }
  return frames
}

/** A head before a wall, as large as a thumbnail; the head moves a little. */
async function drawing (seed: number, index: number): Promise<Uint8Array> {
  const hue = seed * 37 % 360
  const x = 120 + 6 * Math.sin(index / 3)
  return await sharp(Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="180"><rect width="240" height="180" fill="hsl(${hue} 30% 70%)"/><ellipse cx="${x}" cy="190" rx="70" ry="50" fill="hsl(${hue} 40% 35%)"/><ellipse cx="${x}" cy="95" rx="38" ry="48" fill="#c89070"/></svg>`
  )).jpeg({ quality: 60 }).toBuffer()
}

async function open (page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('input[type=email]').fill(LOGIN.email)
  await page.locator('input[type=password]').fill(LOGIN.password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL('**/live')
  await page.goto(new URL('/live/none', url).href)
  await page.getByText(`Candidate ${CANDIDATES}`).first().waitFor()
}

async function measure (page: Page, cdp: CDPSession): Promise<Console> {
  await cdp.send('Performance.enable', { timeDomain: 'timeTicks' })
  const read = async (): Promise<Map<string, number>> => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    return new Map(metrics.map(({ name, value }) => [name, value]))
  }
  const places = async (): Promise<string[]> => await page.evaluate(
    "[...document.querySelectorAll('[data-session]')].map(tile => tile.dataset.session + Math.round(tile.getBoundingClientRect().x) + ',' + Math.round(tile.getBoundingClientRect().y))"
  )
  const before = await places()
  await page.evaluate('window.longTasks.length = 0')
  const shares: number[] = []
  let last = await read()
  for (const startMs = performance.now(); performance.now() - startMs < MEASURED_MS;) {
    await sleep(SAMPLE_MS)
    const next = await read()
    const spent = (name: string): number => next.get(name)! - last.get(name)!
    shares.push(spent('TaskDuration') / spent('Timestamp'))
    last = next
  }
  const longTasks = await page.evaluate<number[]>('window.longTasks')
  const after = new Set(await places())
  return {
    candidates: CANDIDATES,
    seconds: MEASURED_MS / 1000,
    mainThread: {
      p50: round(quantile(shares, 0.5)),
      p95: round(quantile(shares, 0.95)),
      max: round(Math.max(...shares))
    },
    longTasks: longTasks.length,
    longestTaskMs: Math.round(Math.max(0, ...longTasks)),
    heapMb: round(last.get('JSHeapUsedSize')! / 1e6),
    tiles: before.length,
    movedTiles: before.filter(place => !after.has(place)).length
  }
}

function table ({ candidates, seconds, mainThread, longTasks, longestTaskMs, heapMb, ...page }: Console): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return [
    `the console with ${candidates} candidates at ${FPS} frames a second, ${seconds} s:`,
    `  the page's main thread at work: median ${percent(mainThread.p50)}, p95 ${percent(mainThread.p95)}, most ${percent(mainThread.max)} of a core`,
    `  tasks above 50 ms: ${longTasks}, the longest ${longestTaskMs} ms; heap ${heapMb} MB`,
    `  tiles that moved: ${page.movedTiles} of ${page.tiles}`
  ].join('\n')
}

export default part('console', measureConsole, table)
