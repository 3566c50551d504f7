/** The demo as a process of its own, for scripts that open its pages in a browser. Only drawn people are in it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Page } from 'playwright-core'

export interface DemoLogin {
  readonly email: string
  readonly password: string
}

export interface DemoServer {
  readonly url: string
  readonly logins: Readonly<Record<'proctor' | 'admin' | 'candidate', DemoLogin>>
  stop (): Promise<void>
}

export const MODELS = process.env['MODELS_DIR'] ?? (existsSync('../shared/models') ? '../shared/models' : 'models')

/** Starts `invigil demo` from `dist` on a free port, with these settings, and waits for its logins. */
export async function startDemo (settings: Readonly<Record<string, string>> = {}): Promise<DemoServer> {
  const demo = spawn(process.execPath, ['dist/src/cli/main.js', 'demo', '--port', '0'], {
    env: { ...process.env, ...settings, MODELS_DIR: MODELS },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(demo, 'close')
  const stop = async (): Promise<void> => {
    demo.kill('SIGINT')
    await ended
  }
  let output = ''
  for await (const text of demo.stdout.setEncoding('utf8')) {
    output += String(text)
    const [, url] = /(http:\/\/localhost:\d+)/.exec(output) ?? []
    const logins = Object.fromEntries(
      [...output.matchAll(/(proctor|admin|candidate) +(\S+@\S+) +(\S+)/g)]
        .map(([, role, email, password]) => [role, { email, password }])
    ) as DemoServer['logins']
    if (url !== undefined && Object.keys(logins).length === 3) return { url, logins, stop }
  }
  throw new Error('The demo ended before it printed its logins.')
}

export async function logIn (page: Page, url: string, { email, password }: DemoLogin): Promise<void> {
  await page.goto(url)
  await page.locator('input[type=email]').fill(email)
  await page.locator('input[type=password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL(address => address.pathname !== '/' && !address.pathname.startsWith('/login'))
}
