import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'
import { PageError } from '../api/errors.ts'
import { t } from '../text/index.ts'

/** A link this old that fails has run out; a younger one has another fault. */
const RENEW_AFTER_MS = 60_000

interface PlayableLink {
  readonly url: string | undefined
  readonly isRenewing: boolean
  readonly error: Error | undefined
  renew (): void
  /** For the element's events of these names. */
  handleError (): void
  handleLoaded (): void
}

/**
 * A signed link to media, which `load` gets; it must be the same function between renders. The link is good for five
 * minutes; the browser asks for more of the file later than that, so a link that fails then is renewed, and a video
 * goes on where it was.
 */
export function useMediaLink (
  load: () => Promise<{ readonly url: string }>, media: RefObject<HTMLMediaElement | null>
): PlayableLink {
  const [url, setUrl] = useState<string>()
  const [error, setError] = useState<Error>()
  const [isRenewing, setIsRenewing] = useState(false)
  const madeAtMs = useRef(0)
  const place = useRef({ seconds: 0, isPlaying: false, speed: 1 })

  const renew = useCallback(() => {
    setError(undefined)
    load()
      .then(link => {
        madeAtMs.current = Date.now()
        setUrl(link.url)
      })
      .catch((error: Error) => setError(error))
      .finally(() => setIsRenewing(false))
  }, [load])

  useEffect(renew, [renew])

  return {
    url,
    isRenewing,
    error,
    renew,
    handleError: () => {
      const player = media.current
      if (player === null || Date.now() - madeAtMs.current < RENEW_AFTER_MS) {
        setError(new PageError(t('cannotPlay')))
        return
      }
      place.current = { seconds: player.currentTime, isPlaying: !player.paused, speed: player.playbackRate }
      setIsRenewing(true)
      renew()
    },
    handleLoaded: () => {
      const player = media.current
      const { seconds, isPlaying, speed } = place.current
      if (player === null || seconds === 0) return
      player.currentTime = seconds
      player.playbackRate = speed
      if (isPlaying) player.play().catch(() => {})
    }
  }
}
