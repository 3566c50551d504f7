import { useCallback, useEffect, useRef, useState } from 'react'
import { api, dataOf } from '../../api/client.ts'
import { authorizedFetch } from '../../api/login.ts'

interface Sheets {
  /** Addresses of the pictures that are loaded, by id. */
  readonly urls: ReadonlyMap<string, string>
  readonly error: Error | undefined
  /** Loads a sheet once. */
  load (sheetId: string): void
  /** Loads again what failed. */
  retry (): void
}

/**
 * Loads sheets as they are scrolled to. A sheet is kept in memory: its link is good for five minutes, and the page is
 * read for longer.
 */
export function useSheets (): Sheets {
  const [urls, setUrls] = useState<ReadonlyMap<string, string>>(new Map())
  const [error, setError] = useState<Error>()
  const asked = useRef(new Set<string>())
  const failed = useRef(new Set<string>())
  const made = useRef<string[]>([])

  useEffect(() => () => { for (const url of made.current) URL.revokeObjectURL(url) }, [])

  const load = useCallback((sheetId: string): void => {
    if (asked.current.has(sheetId)) return
    asked.current.add(sheetId)
    picture(sheetId)
      .then(blob => {
        const url = URL.createObjectURL(blob)
        made.current.push(url)
        setUrls(before => new Map([...before, [sheetId, url]]))
      })
      .catch((error: Error) => {
        failed.current.add(sheetId)
        setError(error)
      })
  }, [])

  const retry = useCallback((): void => {
    const again = [...failed.current]
    failed.current.clear()
    setError(undefined)
    for (const sheetId of again) {
      asked.current.delete(sheetId)
      load(sheetId)
    }
  }, [load])

  return { urls, error, load, retry }
}

async function picture (sheetId: string): Promise<Blob> {
  const { url } = await dataOf(api.POST('/api/v1/storyboards/{sheetId}/link', { params: { path: { sheetId } } }))
  return await (await authorizedFetch(new Request(url))).blob()
}
