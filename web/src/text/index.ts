/**
 * The words of the pages, in the reader's language. This folder holds what every role sees; a role's own words lie in
 * its folder (`candidate/text.en.ts`, `candidate/text.bn.ts`) and are loaded with its pages.
 */
import i18next from 'i18next'
import { useSyncExternalStore } from 'react'
import { bn } from './bn.ts'
import { en } from './en.ts'

export type Language = 'en' | 'bn'
type Values = Readonly<Record<string, string | number>>

const STORE = 'invigil.language'
const chosen = localStorage.getItem(STORE) ?? navigator.language

await i18next.init({
  lng: chosen.startsWith('bn') ? 'bn' : 'en',
  fallbackLng: 'en',
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  resources: { en: { translation: en }, bn: { translation: bn } }
})
document.documentElement.lang = i18next.language

export const language = (): Language => i18next.language === 'bn' ? 'bn' : 'en'

/**
 * The lookup for one set of texts: `t('key', { name })` replaces `{{name}}`. Each English key needs a Bangla text;
 * the compiler asks for it.
 */
export function makeText<Key extends string> (
  name: string,
  texts: { readonly en: Readonly<Record<Key, string>>, readonly bn: Readonly<Record<Key, string>> }
): (key: Key, values?: Values) => string {
  for (const lng of ['en', 'bn'] as const) i18next.addResourceBundle(lng, name, texts[lng])
  return (key, values = {}) => i18next.t(key as string, { ns: name, ...values })
}

export const t = makeText('translation', { en, bn })

/** Calls `listener` when the language has changed. Returns how to stop it. */
export function onLanguageChange (listener: () => void): () => void {
  i18next.on('languageChanged', listener)
  return () => i18next.off('languageChanged', listener)
}

/** The language of the page; the component renders again when it changes. */
export const useLanguage = (): Language => useSyncExternalStore(onLanguageChange, language)

/** Changes the language in place, and keeps the choice on this device. */
export async function chooseLanguage (next: Language): Promise<void> {
  localStorage.setItem(STORE, next)
  document.documentElement.lang = next
  await i18next.changeLanguage(next)
}

/** What to tell a person when the camera could not be opened, or the error's own words when it is something else. */
export function cameraProblem (error: Error): string {
  if ((navigator.mediaDevices as MediaDevices | undefined) === undefined) return t('cameraInsecure')
  if (error.name === 'NotAllowedError') return t('cameraRefused')
  if (error.name === 'NotFoundError') return t('cameraNone')
  if (error.name === 'NotReadableError' || error.name === 'AbortError') return t('cameraBusy')
  return error instanceof TypeError ? t('noConnection') : error.message
}
