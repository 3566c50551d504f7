import { useCallback, useEffect, useRef, useState, type RefObject } from 'react'
import { api, dataOf } from '../../api/client.ts'
import { PageError } from '../../api/errors.ts'
import { t } from './text.ts'

/** A link this old that fails has run out; a younger one has another fault. */
const RENEW_AFTER_MS = 60_000

interface PlayableLink {
  readonly url: string | undefined
  readonly isRenewing: boolean
  readonly error: Error | undefined
  renew (): void
  /** For the video's events of these names. */
  handleError (): void
  handleLoaded (): void
}

/**
 * The signed link of a recording. It is good for five minutes; the browser asks for more of the file later than that,
 * so a link that fails then is renewed, and the video goes on where it was.
 */
export function useLink (recordingId: string, video: RefObject<HTMLVideoElement | null>): PlayableLink {
  const [url, setUrl] = useState<string>()
  const [error, setError] = useState<Error>()
  const [isRenewing, setIsRenewing] = useState(false)
  const madeAtMs = useRef(0)
  const place = useRef({ seconds: 0, isPlaying: false, speed: 1 })

  const renew = useCallback(() => {
    setError(undefined)
    dataOf(api.POST('/api/v1/recordings/{recordingId}/link', { params: { path: { recordingId } } }))
      .then(link => {
        madeAtMs.current = Date.now()
        setUrl(link.url)
      })
      .catch((error: Error) => setError(error))
      .finally(() => setIsRenewing(false))
  }, [recordingId])

  useEffect(renew, [renew])

  return {
    url,
    isRenewing,
    error,
    renew,
    handleError: () => {
      const player = video.current
      if (player === null || Date.now() - madeAtMs.current < RENEW_AFTER_MS) {
        setError(new PageError(t('cannotPlay')))
        return
      }
      place.current = { seconds: player.currentTime, isPlaying: !player.paused, speed: player.playbackRate }
      setIsRenewing(true)
      renew()
    },
    handleLoaded: () => {
      const player = video.current
      const { seconds, isPlaying, speed } = place.current
      if (player === null || seconds === 0) return
      player.currentTime = seconds
      player.playbackRate = speed
      if (isPlaying) player.play().catch(() => {})
    }
  }
}
