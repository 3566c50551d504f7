/** What all roles of one flow share: the server, the browser, the words of the language, and the people. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import { axeFindings } from '../../support/axe.ts'
import type { PageLanguage, PageWords } from '../../support/page-words.ts'
import type { StartedServer } from '../../support/server.ts'
import { PASSWORD, signUpBy } from '../../support/sign-up.ts'
import { untranslated } from '../../support/untranslated.ts'

export interface Person {
  readonly name: string
  readonly email: string
  readonly page: Page
  readonly context: BrowserContext
}

export interface Stage {
  readonly server: StartedServer
  readonly words: PageWords
  readonly texts: typeof TEXTS[PageLanguage]
  /** Adds an account and logs it in on a browser of its own. */
  enter (role: 'student' | 'teacher' | 'admin', who: 'teacher' | 'first' | 'second' | 'proctor' | 'admin'): Promise<Person>
  /** Nothing for axe to find, and in Bangla nothing in Latin letters; a state that is known is not looked at again. */
  check (t: Test, page: Page, state: string): Promise<void>
  /** One part of the flow: its time, and when it fails what every page shows. */
  step (t: Test, name: string, run: () => Promise<unknown>): Promise<void>
  /** What the pages threw. */
  readonly problems: readonly string[]
}

/** What the people of the flow write; the texts of the pages are not among it. */
export const TEXTS = {
  en: {
    names: {
      teacher: 'Nadia Rahman', first: 'Rahim Uddin', second: 'Nusrat Jahan', proctor: 'Farhana Akter', admin: 'Asha Roy'
    },
    exam: 'Number theory',
    questions: {
      single: 'What is $2 + 2$?',
      multiple: 'Which are primes?',
      boolean: 'One is a prime.',
      number: 'Pi to two places',
      short: 'The capital of Bangladesh',
      long: 'Why?',
      code: 'Print 1.'
    },
    guidance: 'Three reasons',
    capital: 'Dhaka',
    because: 'Because.',
    number: '3.142',
    warningAnswer: 'I was reading the question aloud.',
    breakReason: 'I need a glass of water.',
    breakWords: 'Two minutes.',
    comment: 'Well shown.'
  },
  bn: {
    names: {
      teacher: 'নাদিয়া রহমান', first: 'রহিম উদ্দিন', second: 'নুসরাত জাহান', proctor: 'ফারহানা আক্তার', admin: 'আশা রায়'
    },
    exam: 'সংখ্যাতত্ত্ব',
    questions: {
      single: '$2 + 2$ কত?',
      multiple: 'কোনগুলো মৌলিক সংখ্যা?',
      boolean: 'এক একটি মৌলিক সংখ্যা।',
      number: 'দুই দশমিক ঘর পর্যন্ত পাই',
      short: 'বাংলাদেশের রাজধানী',
      long: 'কেন?',
      code: '1 ছাপান।'
    },
    guidance: 'তিনটি কারণ',
    capital: 'ঢাকা',
    because: 'কারণ আছে।',
    number: '৩.১৪২',
    warningAnswer: 'আমি প্রশ্নটি জোরে পড়ছিলাম।',
    breakReason: 'এক গ্লাস পানি দরকার।',
    breakWords: 'দুই মিনিট।',
    comment: 'ভালো হয়েছে।'
  }
} as const

interface Options {
  readonly server: StartedServer
  readonly browser: Browser
  readonly words: PageWords
}

export function openStage ({ server, browser, words }: Options): Stage {
  const problems: string[] = []
  const checked = new Set<string>()
  const pages = new Map<string, Page>()
  const { language } = words
  const texts = TEXTS[language]
  return {
    server,
    words,
    texts,
    problems,
    async enter (role, who) {
      const name = texts.names[who]
      const email = `${who}-${language}@example.org`
      if (role === 'student') await signUpBy(server.url, name, email)
      else await server.invigil('user', 'add', '--role', role, '--name', name, '--password', PASSWORD, email)
      const context = await browser.newContext({
        locale: language, permissions: ['camera', 'microphone'], reducedMotion: 'reduce', viewport: { width: 1440, height: 900 }
      })
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      pages.set(who, page)
      page.on('pageerror', error => problems.push(`${who}: ${error.message}`))
      await logIn(page, words, server.url, email)
      return { name, email, page, context }
    },
    async step (t, name, run) {
      const startedAtMs = Date.now()
      try {
        await run()
      } catch (error) {
        for (const [who, page] of pages) t.comment(`${who} at ${page.url()}: ${await page.locator('body').innerText()}`)
        throw error
      }
      t.comment(`${name}: ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`)
    },
    async check (t, page, state) {
      if (checked.has(state)) return
      checked.add(state)
      // Colors are judged when nothing fades any more.
      await page.waitForTimeout(300)
      t.same(await axeFindings(page), [], `axe: ${state}`)
      if (language === 'bn') t.same(await untranslated(page), [], `in Bangla: ${state}`)
    }
  }
}

/** Logs in by the form and waits for the first page. */
export async function logIn (page: Page, { common }: PageWords, address: string, email: string): Promise<void> {
  await page.goto(address)
  await page.getByLabel(common('email')).fill(email)
  await page.getByLabel(common('password'), { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: common('logIn'), exact: true }).click()
  await page.getByRole('button', { name: common('logIn'), exact: true }).waitFor({ state: 'detached' })
}
