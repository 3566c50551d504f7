import { t } from '../text/index.ts'
import { ApiError, PageError } from './errors.ts'

/**
 * What to tell the reader about an error. The browser's own texts are in English and say nothing to do, so they go to
 * the browser's log only.
 */
export function errorText (error: Error): string {
  if (error instanceof ApiError || error instanceof PageError) return error.message
  console.error(error)
  return t(isOfTheLine(error) ? 'noConnection' : 'unexpected')
}

/** No answer (`TypeError` of fetch), none in time, or the page of a proxy where data was expected. */
const isOfTheLine = (error: Error): boolean =>
  error instanceof TypeError || error instanceof SyntaxError || ['AbortError', 'TimeoutError'].includes(error.name)
