import { t } from './index.ts'

const KNOWN = ['abandoned', 'submitted', 'risk', 'exam'] as const

/** Why a session ended: a reason of the system in the reader's language, or what a person wrote. */
export function endingWords (reason: string): string {
  const known = KNOWN.find(one => one === reason)
  return known === undefined ? reason : t(`ending.${known}`)
}
