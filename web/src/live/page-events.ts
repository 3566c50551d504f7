/** What the page itself can see of the candidate's doings. The server decides what each is worth. */
import type { LastingEvent } from './lasting.ts'

/** What is over as soon as it is seen. */
export type MomentEvent = 'copy' | 'paste' | 'print' | 'context_menu'

/** As much of a browser's window as is looked at. */
export interface PageWindow extends EventTarget {
  readonly document: EventTarget & {
    readonly hidden: boolean
    readonly fullscreenElement: unknown
    hasFocus(): boolean
  }
  readonly screen: object
}

export interface PageListener {
  report (event: MomentEvent): void
  /** How it is from `atMs` (now, when left out) on; may say what is known already. */
  setLasting (event: LastingEvent, isOn: boolean, atMs?: number): void
}

/**
 * Whoever leaves a tab or comes back changes focus and visibility, one shortly after the other, in an order of the
 * browser's own.
 */
const SETTLE_MS = 300

/** Tells of each thing seen, until the returned function is called. */
export function watchPage (page: PageWindow, { report, setLasting }: PageListener): () => void {
  const { document } = page
  // Browsers without window management say nothing of further screens, and nothing of their coming and going.
  const screen = page.screen as Partial<EventTarget> & { readonly isExtended?: boolean }
  const watching = new AbortController()
  const on = (target: Partial<EventTarget>, name: string, look: () => void) =>
    target.addEventListener?.(name, look, { signal: watching.signal })
  const onMoment = (target: EventTarget, name: string, event: MomentEvent) => on(target, name, () => report(event))

  const lookAtTab = (): void => {
    const atMs = Date.now()
    setLasting('tab_switch', document.hidden, atMs)
    setTimeout(() => {
      // A hidden page has lost the focus as well: that is the tab switch, told once.
      if (!watching.signal.aborted) setLasting('window_blur', !document.hidden && !document.hasFocus(), atMs)
    }, SETTLE_MS)
  }
  const lookAtScreen = (): void => setLasting('second_screen', screen.isExtended === true)

  on(document, 'visibilitychange', lookAtTab)
  on(page, 'blur', lookAtTab)
  on(page, 'focus', lookAtTab)
  on(document, 'fullscreenchange', () => setLasting('fullscreen_exit', document.fullscreenElement === null))
  on(screen, 'change', lookAtScreen)
  onMoment(document, 'copy', 'copy')
  onMoment(document, 'paste', 'paste')
  onMoment(document, 'contextmenu', 'context_menu')
  onMoment(page, 'beforeprint', 'print')
  // A page that is reloaded or closed is hidden next; that is no other tab.
  on(page, 'pagehide', () => watching.abort())
  lookAtTab()
  lookAtScreen()
  // Nobody has left a full screen that this page has not been in.
  setLasting('fullscreen_exit', false)
  return () => watching.abort()
}
