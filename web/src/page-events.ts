/** What the page itself can see of the candidate's doings. The server decides what each is worth. */

export type PageEvent =
  | 'tab_switch' | 'window_blur' | 'fullscreen_exit' | 'copy' | 'paste' | 'print' | 'context_menu' | 'second_screen'

/** Calls `report` for each thing seen, until the returned function is called. */
export function watchPage (report: (event: PageEvent) => void): () => void {
  const watching = new AbortController()
  const on = (target: EventTarget, name: string, event: PageEvent, when: () => boolean = () => true) =>
    target.addEventListener(name, () => { if (when()) report(event) }, { signal: watching.signal })

  on(document, 'visibilitychange', 'tab_switch', () => document.hidden)
  // A hidden page has lost the focus as well: that is the tab switch, told once.
  on(window, 'blur', 'window_blur', () => !document.hidden)
  on(document, 'fullscreenchange', 'fullscreen_exit', () => document.fullscreenElement === null)
  on(document, 'copy', 'copy')
  on(document, 'paste', 'paste')
  on(document, 'contextmenu', 'context_menu')
  on(window, 'beforeprint', 'print')
  if ((screen as Screen & { isExtended?: boolean }).isExtended === true) report('second_screen')
  return () => watching.abort()
}
