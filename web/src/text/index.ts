/** The words of the pages, in the reader's language. */
import i18next from 'i18next'
import { bn } from './bn.ts'
import { en, type TextKey } from './en.ts'

export type Language = 'en' | 'bn'

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

/** The text of `key`; `{{name}}` in it is replaced from `values`. */
export const t = (key: TextKey, values?: Record<string, string | number>): string => i18next.t(key, values ?? {})

/** Keeps the choice and loads the page again in it. */
export function chooseLanguage (next: Language): void {
  localStorage.setItem(STORE, next)
  location.reload()
}

/** What to tell a person when the camera could not be opened, or the error's own words when it is something else. */
export function cameraProblem (error: Error): string {
  if (error.name === 'NotAllowedError') return t('cameraRefused')
  return error.name === 'NotFoundError' ? t('cameraNone') : error.message
}
