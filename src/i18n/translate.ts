/** Texts in the reader's language. */
import { negotiate } from '@fastify/accept-negotiator'
import i18next from 'i18next'
import { bn } from './bn.ts'
import { en, type Texts } from './en.ts'
import type { EventKind } from '../../detection/types.ts'

const LANGUAGES = ['en', 'bn'] as const
export type Language = typeof LANGUAGES[number]

/** A group and a key of it, such as `errors.INVIGIL_ERR_VALIDATION`. */
export type TextKey = { [Group in keyof Texts]: `${Group}.${keyof Texts[Group] & string}` }[keyof Texts]

export type TextValues = Readonly<Record<string, string | number>>

// An own instance, because any module could change i18next's shared one. `initAsync` is off: the texts are in memory.
const texts = i18next.createInstance()
texts.init({
  resources: { en: { translation: en }, bn: { translation: bn } },
  lng: 'en',
  fallbackLng: 'en',
  supportedLngs: LANGUAGES,
  initAsync: false,
  // The texts go into JSON. Pages escape them.
  interpolation: { escapeValue: false }
}).catch(error => { throw error })

/** The text of `key`, with `values` filled in. */
export function translate (language: Language, key: TextKey, values: TextValues = {}): string {
  return texts.t(key, { ...values, lng: language })
}

/**
 * What an event says, such as "Face not detected"; an end says so. An integrator's own kind (`x_chat_opened`) says its
 * name.
 */
export function translateEvent (language: Language, kind: string, phase: 'start' | 'end' | 'instant' = 'start'): string {
  const event = Object.hasOwn(en.events, kind)
    ? translate(language, `events.${kind as EventKind}`)
    : translate(language, 'reports.own', { name: kind.replace(/^x_/, '').replaceAll('_', ' ') })
  return phase === 'end' ? translate(language, 'phases.end', { event }) : event
}

/**
 * The language asked for: `?lang=` first, then the one that the account chose, then `Accept-Language`, else English.
 * What is none of ours counts as absent, such as the `auto` of an account that chose none.
 */
export function pickLanguage (acceptLanguage: string | undefined, query?: unknown, chosen?: string): Language {
  for (const wanted of [query, chosen]) {
    const language = typeof wanted === 'string' ? LANGUAGES.find(language => language === base(wanted)) : undefined
    if (language !== undefined) return language
  }
  if (acceptLanguage === undefined || acceptLanguage.length > 1000) return 'en'
  const bases = acceptLanguage.split(',').map(part => {
    const [tag = '', ...weight] = part.split(';')
    return [base(tag), ...weight].join(';')
  })
  return negotiate(bases.join(','), [...LANGUAGES]) ?? 'en'
}

/** `bn-BD` is `bn`. */
function base (tag: string): string {
  return tag.trim().toLowerCase().split('-')[0] ?? ''
}
