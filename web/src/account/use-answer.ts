import { useCallback, useEffect, useState } from 'react'
import { useLanguage } from '../text/index.ts'

/** What `load` answers, asked again when the language changes: for pages that a visitor sees as well. */
export function useAnswer<T> (load: () => Promise<T>) {
  const language = useLanguage()
  const [data, setData] = useState<T>()
  const [error, setError] = useState<Error>()
  const read = useCallback(() => {
    setError(undefined)
    load().then(setData, (error: Error) => setError(error))
    // The language belongs to the request.
  }, [load, language])
  useEffect(read, [read])
  return { data, error, read }
}
