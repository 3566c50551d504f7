/** Reads texts from outside: undefined where one is not what it should be. */
import { canonical } from './chain.ts'

export type Parsed = Readonly<Record<string, unknown>>

export function readText (bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export function parse (text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Parsed : undefined
  } catch {
    return undefined
  }
}

export function toBase64Url (bytes: Uint8Array): string {
  const text = Array.from(bytes, byte => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined for what `toBase64Url` would not have written: bits behind the last byte, for example. */
export function fromBase64Url (text: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0))
    return toBase64Url(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

/** What cannot be written in canonical form (half a surrogate pair, endless nesting) is not. */
export function isCanonical (value: unknown, text: string | undefined): boolean {
  try {
    return canonical(value) === text
  } catch {
    return false
  }
}
