import { useEffect } from 'react'
import { holdBack } from '../shared/leaving.ts'
import { t } from './text.ts'

/**
 * Asks before something typed that is not stored is lost: the browser when the page is closed or loaded again, and this
 * page when a link or the back button leads elsewhere in the application.
 */
export function useUnsaved (isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return
    const here = location.href
    const mayLeave = (): boolean => window.confirm(t('leaveUnsaved'))
    const onClose = (event: BeforeUnloadEvent) => event.preventDefault()
    const onClick = (event: MouseEvent) => {
      const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null
      if (!isPlain || !(link instanceof HTMLAnchorElement) || link.target === '_blank' || link.download !== '') return
      if (link.origin !== location.origin || link.pathname === location.pathname || mayLeave()) return
      event.preventDefault()
      event.stopImmediatePropagation()
    }
    // The address has changed already: who stays gets it back, and the router never hears of it.
    const onBack = (): boolean => {
      if (new URL(here).pathname === location.pathname || mayLeave()) return false
      history.pushState(null, '', here)
      return true
    }
    addEventListener('beforeunload', onClose)
    const letBack = holdBack(onBack)
    document.addEventListener('click', onClick, true)
    return () => {
      removeEventListener('beforeunload', onClose)
      letBack()
      document.removeEventListener('click', onClick, true)
    }
  }, [isUnsaved])
}
