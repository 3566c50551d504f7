import { language, t } from '../text/index.ts'
import { ApiError, errorOf } from './errors.ts'
import { freshToken } from './login.ts'

/**
 * Sends a file as the body of a request, and calls `onProgress` with the share that was sent, 0..1. `fetch` tells no
 * progress, and the client keeps every body for a second try, which a large file does not fit. Throws `ApiError`.
 */
export async function uploadFile<T> (
  path: string, file: File, onProgress: (share: number) => void
): Promise<T> {
  const token = await freshToken()
  const request = new XMLHttpRequest()
  request.open('POST', `/api/v1${path}`)
  request.setRequestHeader('content-type', file.type)
  request.setRequestHeader('accept-language', language())
  if (token !== undefined) request.setRequestHeader('authorization', `Bearer ${token}`)
  request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total))
  await new Promise<void>((resolve, reject) => {
    request.addEventListener('load', () => resolve())
    request.addEventListener('error', () => reject(new ApiError(0, 'UNKNOWN', t('noConnection'))))
    request.send(file)
  })
  if (request.status >= 200 && request.status < 300) return JSON.parse(request.responseText) as T
  throw await errorOf(new Response(request.responseText, { status: request.status }), t('noConnection'))
}
