import type { Page } from 'playwright-core'

/** What is written in Latin letters in every language: names, the time of day as CLDR has it, a receipt. */
const NAMES = /\b[AP]M\b|\b[0-9a-f]{64}\b|Invigil|CSV|JSON|Aiken|GIFT|Moodle XML|Python|KB|Enter|Shift|English|UTC|[\w.+-]+@[\w.-]+|<[^>]*>/gi

/**
 * Texts with Latin words that a reader of Bangla would see or hear on the page now: the visible text, labels, hints and
 * the window's title, but for code, keys and what is marked as English.
 */
export async function untranslated (page: Page): Promise<string[]> {
  const texts = await page.evaluate(`(() => {
    const skipped = 'code, kbd, pre, script, style, [lang=en], .katex, .cm-editor, [data-untranslated]'
    const found = [document.title]
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode
      if (parentElement.closest(skipped) === null && parentElement.checkVisibility()) found.push(data)
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
      if (element.closest(skipped + ', [aria-hidden=true]') !== null) continue
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(element.getAttribute(name) ?? '')
    }
    return found
  })()`) as string[]
  return [...new Set(texts)].filter(text => /[a-z]{2,}/i.test(text.replace(NAMES, '')))
}
