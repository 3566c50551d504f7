/**
 * Opens every page in every size, language and color scheme while the demo runs, takes a picture of each and lists what
 * axe finds. `npm run screenshots [-- PART_OF_A_NAME…]` takes only the screenshots whose names contain each part, such
 * as `-- candidate 390-dark`. The screenshots lie in `screenshots/`, which git ignores.
 */
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../test/support/chromium.ts'
import { logIn, startDemo, type DemoServer } from './demo-server.ts'
import { makeWorld, type World } from './screenshot-world.ts'

const FOLDER = 'screenshots'
const WIDTHS = [[1440, 900], [1280, 720], [390, 844]] as const
const SCHEMES = ['light', 'dark'] as const
const LANGUAGES = ['en', 'bn'] as const
/** A page has shown what it loads. */
const SETTLE_MS = 1200

/** A page of the teacher is opened by the account of the demo's proctor, who is one. */
type Role = keyof DemoServer['logins'] | 'visitor' | 'teacher' | 'reviewed'

/** A `:name` in an address stands for an id of the demo's data, or of what `makeWorld` adds to it. */
const PAGES: Readonly<Record<Role, readonly string[]>> = {
  visitor: ['/login', '/signup', '/login/face', '/first-run', '/reset', '/privacy', '/verify'],
  candidate: [
    '/exams', '/exams/:exam', '/exams/:exam/check', '/attempts/:attempt', '/attempts/:attempt/report', '/practice', '/me'
  ],
  reviewed: ['/exams/:recordedExam', '/attempts/:reviewedAttempt', '/attempts/:reviewedAttempt/report'],
  proctor: [
    '/live', '/live/none', '/live/none/:liveSession', '/live/none?view=table', '/review', '/review?show=appeals',
    '/review?show=decided', '/review/:waiting', '/review/:reviewed', '/review/rules', '/review/dismiss', '/recordings',
    '/recordings/:recording'
  ],
  teacher: [
    '/exams', '/exams/new', '/exams/:exam/questions', '/exams/:exam/preview', '/exams/:exam/times',
    '/exams/:exam/rules', '/exams/:exam/people', '/exams/:exam/attempts', '/exams/:exam/grading',
    '/exams/:exam/corrections', '/exams/:exam/results', '/me'
  ],
  admin: [
    '/admin', '/admin/people', '/admin/people/:user', '/admin/sessions', '/admin/events', '/admin/stats',
    '/admin/audit', '/admin/exports', '/admin/retention', '/admin/webhooks', '/admin/people/:heldUser', '/admin/system',
    '/review/:reviewed', '/me'
  ]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const wanted = process.argv.slice(2)
let findings = 0

await mkdir(FOLDER, { recursive: true })
const demo = await startDemo({ WEBHOOKS_TO_PRIVATE: '1' })
const browser = await launchChromium('/dev/null')
let world: World | undefined
try {
  // Before there are other exams.
  const demoIds = await idsOf(demo)
  world = await makeWorld(demo)
  const ids = { ...demoIds, ...world.ids }
  for (const [width, height] of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      for (const locale of LANGUAGES) {
        const variant = `${width}-${colorScheme}-${locale}`
        for (const [role, addresses] of Object.entries(PAGES) as Array<[Role, readonly string[]]>) {
          const chosen = addresses.filter(address =>
            wanted.every(part => nameOf(role, address, variant).includes(part)))
          if (chosen.length === 0) continue
          const context = await browser.newContext({ locale, colorScheme, viewport: { width, height } })
          await visit(context, role, chosen, { ids, logins: { ...demo.logins, ...world.logins } }, variant)
          await context.close()
        }
      }
    }
  }
} finally {
  await browser.close()
  await world?.stop()
  await demo.stop()
}
process.stdout.write(`axe findings: ${findings}\n`)
process.exitCode = findings === 0 ? 0 : 1

async function visit (
  context: BrowserContext,
  role: Role,
  addresses: readonly string[],
  { ids, logins }: Pick<World, 'ids'> & { readonly logins: DemoServer['logins'] & World['logins'] },
  variant: string
): Promise<void> {
  const page = await context.newPage()
  page.on('pageerror', error => { process.stdout.write(`${role}: ${error.message}\n`) })
  if (role !== 'visitor') await logIn(page, demo.url, logins[role === 'teacher' ? 'proctor' : role])
  for (const address of addresses) {
    const path = address.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? 'none')
    await page.goto(new URL(path, demo.url).href)
    await page.locator('h1').first().waitFor()
    await page.waitForTimeout(SETTLE_MS)
    const name = nameOf(role, address, variant)
    await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true })
    await report(page, name)
  }
}

function nameOf (role: Role, address: string, variant: string): string {
  return `${role}${address.replaceAll(/[^\w]+/g, '-')}-${variant}`
}

interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string }>
}

async function report (page: Page, name: string): Promise<void> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<{ readonly violations: readonly Violation[] }>('axe.run()')
  for (const { id, nodes } of violations) {
    findings += nodes.length
    process.stdout.write(`${name}: ${id}\n${nodes.map(({ html }) => `  ${html.slice(0, 200)}\n`).join('')}`)
  }
}

async function idsOf ({ url, logins }: DemoServer): Promise<World['ids']> {
  const call = async (path: string, token?: string, body?: object): Promise<Record<string, never>> =>
    await (await fetch(`${url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })).json() as Record<string, never>
  const tokenOf = async (login: object): Promise<string> =>
    (await call('/auth/login/password', undefined, login))['accessToken']!
  const [candidate, admin] = [await tokenOf(logins.candidate), await tokenOf(logins.admin)]
  const first = (answer: Record<string, never>, list: string): string =>
    ((answer[list] as unknown as Array<{ id: string }>)[0]?.id) ?? 'none'
  return {
    exam: first(await call('/exams', admin), 'exams'),
    attempt: first(await call('/attempts', candidate), 'attempts'),
    user: first(await call('/users', admin), 'users'),
    liveSession: first(await call('/sessions?state=active', admin), 'sessions')
  }
}
