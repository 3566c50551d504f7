import { useEffect, useRef, useState } from 'react'
import { number } from '../text/format.ts'
import type { ConsoleStore } from './store.ts'
import { t } from './text.ts'
import { causesOf } from './use-sound.ts'

const CHOICE = 'invigil.notify'
/** Shortest time between two notifications of the system. */
const BETWEEN_MS = 10_000

export type Notices = 'impossible' | 'off' | 'on' | 'denied'

/** Whether this browser notifies while the console is hidden, and the way to change that. */
export function useNoticeChoice (): readonly [Notices, () => void] {
  const [state, setState] = useState<Notices>(() => {
    if (typeof Notification === 'undefined') return 'impossible'
    return Notification.permission === 'granted' && localStorage.getItem(CHOICE) !== null ? 'on' : 'off'
  })
  const toggle = () => {
    if (state === 'on') {
      localStorage.removeItem(CHOICE)
      setState('off')
      return
    }
    Notification.requestPermission().then(answer => {
      if (answer === 'granted') localStorage.setItem(CHOICE, '1')
      setState(answer === 'granted' ? 'on' : 'denied')
    }, () => {})
  }
  return [state, toggle]
}

/** The page's icon with a dot, and without one. */
async function icons (): Promise<{ readonly plain: string, readonly dotted: string }> {
  const plain = '/icon.svg'
  const drawing = await (await fetch(plain)).text()
  const dot = '<circle cx="24" cy="8" r="7.5" fill="#e03131" stroke="#fff" stroke-width="2"/></svg>'
  return { plain, dotted: `data:image/svg+xml,${encodeURIComponent(drawing.replace('</svg>', dot))}` }
}

/**
 * Who needs a look, for a proctor who looks elsewhere: a dot on the page's icon, and while the page is hidden a
 * notification of the system. It names nobody: others may see the screen.
 */
export function useNotices (store: ConsoleStore, isNotifying: boolean): void {
  const told = useRef(new Set<string>())
  const toldAtMs = useRef(0)
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    let known: { readonly plain: string, readonly dotted: string } | undefined
    let isDotted = false
    icons().then(made => { known = made }, () => {})
    const look = () => {
      const causes = causesOf(store)
      if (link !== null && known !== undefined && isDotted !== (causes.size > 0)) {
        isDotted = causes.size > 0
        link.href = isDotted ? known.dotted : known.plain
      }
      if (!document.hidden) {
        told.current = new Set(causes.keys())
        return
      }
      const fresh = [...causes.keys()].some(key => !told.current.has(key))
      if (!isNotifying || !fresh || store.nowMs - toldAtMs.current < BETWEEN_MS) return
      told.current = new Set(causes.keys())
      toldAtMs.current = store.nowMs
      const notice = new Notification('Invigil', { body: t('noticeBody', { n: number(causes.size) }), tag: 'invigil' })
      notice.onclick = () => {
        window.focus()
        notice.close()
      }
    }
    const leave = store.subscribe('tick', look)
    return () => {
      leave()
      if (link !== null) link.href = '/icon.svg'
    }
  }, [store, isNotifying])
}
