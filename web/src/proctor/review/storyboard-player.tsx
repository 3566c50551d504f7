import { Anchor, Stack, Text } from '@mantine/core'
import { useCallback, useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { api, dataOf, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { Problem } from '../../shared/problem.tsx'
import { useMediaLink } from '../../shared/use-media-link.ts'
import { clockTime } from '../../text/format.ts'
import { t } from './text.ts'

interface Props {
  readonly recordingId: string
  /** The moment that is shown. */
  readonly atMs: number
  /** Another number moves there again. */
  readonly turn: number
}

/** The recording that a picture of the storyboard is of, at its moment. */
export function StoryboardPlayer ({ recordingId, atMs, turn }: Props) {
  const recording = query.useQuery('get', '/api/v1/recordings/{recordingId}', { params: { path: { recordingId } } })
  return (
    <Stack component='figure' m={0} gap='xs'>
      <Loaded query={recording}>
        {({ startedAtMs }) => (
          <Video
            key={recordingId} recordingId={recordingId} atMs={atMs} turn={turn} seconds={(atMs - startedAtMs) / 1000}
          />
        )}
      </Loaded>
      <Text component='figcaption' size='sm'>{t('storyboardPlayer', { time: clockTime(atMs) })}</Text>
      <Anchor component={Link} href={`/recordings/${recordingId}`} size='sm'>{t('storyboardPlayer.open')}</Anchor>
    </Stack>
  )
}

interface VideoProps extends Props {
  readonly seconds: number
}

function Video ({ recordingId, atMs, turn, seconds }: VideoProps) {
  const video = useRef<HTMLVideoElement>(null)
  const load = useCallback(async () =>
    await dataOf(api.POST('/api/v1/recordings/{recordingId}/link', { params: { path: { recordingId } } })), [recordingId])
  const link = useMediaLink(load, video)
  /** The moment that the video has not moved to yet. */
  const wanted = useRef<number>(undefined)

  const move = () => {
    const player = video.current
    if (player === null || player.readyState < HTMLMediaElement.HAVE_METADATA || wanted.current === undefined) return
    player.currentTime = wanted.current
    wanted.current = undefined
    player.play().catch(() => {})
  }
  useEffect(() => {
    wanted.current = Math.max(0, seconds)
    move()
  }, [seconds, turn])

  return (
    <>
      {link.error !== undefined && <Problem error={link.error} onRetry={() => link.renew()} />}
      <video
        ref={video} controls playsInline preload='metadata' src={link.url}
        aria-label={t('storyboardPlayer', { time: clockTime(atMs) })}
        style={{ width: '100%', maxWidth: 640, maxHeight: '70vh', background: 'black' }}
        onError={link.handleError}
        onLoadedMetadata={() => {
          link.handleLoaded()
          move()
        }}
      />
    </>
  )
}
