import { authorizedFetch } from '../api/login.ts'

/** Saves an answer of the API as a file. A link alone would not send the login. */
export async function download (path: string, fileName: string): Promise<void> {
  const response = await authorizedFetch(new Request(`/api/v1${path}`))
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** A file's name from a title: letters and digits of every script, `-` between them. */
export const fileNameOf = (title: string): string =>
  title.replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 80) || 'exam'
