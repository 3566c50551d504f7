/** Works a page by its keys alone. */
import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { until } from './until.ts'

const TABS_MAX = 80

interface FocusPlace {
  readonly ownerDocument: { readonly activeElement: unknown }
  contains (other: unknown): boolean
}

/** The focus is on the element or in it. */
export const isFocused = async (target: Locator): Promise<boolean> => await target.evaluate(element => {
  const place = element as unknown as FocusPlace
  return place.contains(place.ownerDocument.activeElement)
})

/** Presses Tab until `target` has the focus. */
export async function tabTo (page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let tabs = 0; tabs <= TABS_MAX; tabs++) {
    if (await isFocused(target)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no focus after ${TABS_MAX} times Tab: ${String(target)}`)
}

/** Goes to `target` by Tab and presses a key there. */
export async function pressOn (page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

/** The focus is on `target`, or anywhere on the page, so that a screen reader has a place to read from. */
export async function hasFocus (t: Test, page: Page, where: string, target?: Locator): Promise<void> {
  const isThere = async () =>
    target === undefined ? await page.evaluate<boolean>('document.activeElement !== document.body') : await isFocused(target)
  // It moves shortly after the element that had it is gone.
  const isFound = await until(isThere, 2000).then(() => true, () => false)
  t.ok(isFound, `the focus is not lost: ${where}`)
}
