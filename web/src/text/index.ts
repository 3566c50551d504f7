/**
 * The words of the pages, in the reader's language. This folder holds what every role sees; a role's own words lie in
 * its folder (`candidate/text.en.ts`, `candidate/text.bn.ts`) and are loaded with its pages.
 */
import { useSyncExternalStore } from 'react'
import { untilBanglaShows } from './bengali-font.ts'
import { bn } from './bn.ts'
import { en } from './en.ts'

export type Language = 'en' | 'bn'
type Values = Readonly<Record<string, string | number>>

const STORE = 'invigil.language'
const chosen = localStorage.getItem(STORE) ?? navigator.language

let current: Language = chosen.startsWith('bn') ? 'bn' : 'en'
document.documentElement.lang = current
const listeners = new Set<() => void>()

export const language = (): Language => current

/**
 * The lookup for one set of texts: `t('key', { name })` replaces `{{name}}`, as the server's i18next does. The pages
 * use no more of it, and it is 14 KB of every first load. Each English key needs a Bangla text; the compiler asks for
 * it.
 */
export function makeText<Key extends string> (
  texts: { readonly en: Readonly<Record<Key, string>>, readonly bn: Readonly<Record<Key, string>> }
): (key: Key, values?: Values) => string {
  return (key, values = {}) => fill(texts[current][key], values)
}

/** A value that is not given leaves its place empty. */
const fill = (text: string, values: Values): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''))

export const t = makeText({ en, bn })

/** Calls `listener` when the language has changed. Returns how to stop it. */
export function onLanguageChange (listener: () => void): () => void {
  listeners.add(listener)
  return () => { listeners.delete(listener) }
}

/** The language of the page; the component renders again when it changes. */
export const useLanguage = (): Language => useSyncExternalStore(onLanguageChange, language)

/** Changes the language in place as soon as the device can show it, and keeps the choice on this device. */
export async function chooseLanguage (next: Language): Promise<void> {
  if (next === 'bn') await untilBanglaShows()
  localStorage.setItem(STORE, next)
  document.documentElement.lang = next
  current = next
  for (const listener of [...listeners]) listener()
}

/** What to tell a person when the camera could not be opened; undefined when the error is about something else. */
export function cameraProblem (error: Error): string | undefined {
  if ((navigator.mediaDevices as MediaDevices | undefined) === undefined) return t('cameraInsecure')
  if (error.name === 'NotAllowedError' || error.name === 'SecurityError') return t('cameraRefused')
  if (error.name === 'NotFoundError' || error.name === 'OverconstrainedError') return t('cameraNone')
  return error.name === 'NotReadableError' || error.name === 'AbortError' ? t('cameraBusy') : undefined
}
