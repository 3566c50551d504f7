/**
 * Keeps the focus on the page. A button that is disabled or removed by its own press loses the focus to the body, and a
 * screen reader its place: the focus then goes to the nearest element that can have it. After a dialog it goes to the
 * element that had it before: Mantine does not return it from a dialog that was loaded as it opened.
 */
const FOCUSABLE =
  'a[href], button:enabled, input:enabled, textarea:enabled, select:enabled, summary, h1[tabindex], h2[tabindex], [tabindex="0"]'

/** The element that had the focus before each dialog. */
type Openers = WeakMap<Element, HTMLElement>

/** Returns how to stop it. */
export function keepFocus (): () => void {
  let last: HTMLElement | undefined
  /** Recorded while it is on the page: what is removed has no parents. */
  let parents: readonly HTMLElement[] = []
  const openers: Openers = new WeakMap()
  const onFocus = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement) || target === document.body) return
    const dialog = target.closest('[role="dialog"]')
    if (dialog !== null && last !== undefined && !openers.has(dialog)) openers.set(dialog, last)
    last = target
    parents = parentsOf(target)
  }
  const restore = (): void => {
    if (last === undefined || (document.activeElement ?? document.body) !== document.body) return
    const isLost = !last.isConnected || last.matches(':disabled')
    if (isLost) nearest(last, parents, openers)?.focus({ preventScroll: true })
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  // The page may move the focus itself.
  const look = (): void => {
    clearTimeout(timer)
    timer = setTimeout(restore, 100)
  }
  const observer = new MutationObserver(look)
  document.addEventListener('focusin', onFocus)
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] })
  return () => {
    clearTimeout(timer)
    observer.disconnect()
    document.removeEventListener('focusin', onFocus)
  }
}

function parentsOf (element: HTMLElement): readonly HTMLElement[] {
  const parents: HTMLElement[] = []
  for (let parent = element.parentElement; parent !== null; parent = parent.parentElement) parents.push(parent)
  return parents
}

/**
 * The opener of a dialog that is gone; else the one before `last` in the smallest part of the page that has one; else
 * the first of that part.
 */
function nearest (last: HTMLElement, parents: readonly HTMLElement[], openers: Openers): HTMLElement | undefined {
  for (const parent of parents) {
    if (!parent.isConnected) {
      const opener = openers.get(parent)
      if (opener?.matches(FOCUSABLE) === true && opener.checkVisibility()) return opener
      continue
    }
    const found = [...parent.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(element => element.checkVisibility())
    const isBefore = (element: HTMLElement): boolean =>
      (element.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
    const chosen = last.isConnected ? found.filter(isBefore).at(-1) ?? found[0] : found[0]
    if (chosen !== undefined) return chosen
  }
  return undefined
}
