import { Alert, Anchor, Button, Group, NativeSelect, Stack, Text, Title } from '@mantine/core'
import { useCallback, useRef, useState } from 'react'
import { Link, useParams } from 'wouter'
import { api, dataOf, query } from '../../api/client.ts'
import type { paths } from '../../api/schema.d.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { Problem } from '../../shared/problem.tsx'
import { useMediaLink } from '../../shared/use-media-link.ts'
import { dateTime, duration, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { ReasonDialog } from '../review/reason-dialog.tsx'
import { Analysis } from './analysis.tsx'
import { megabytes } from './list.tsx'
import { momentsOf } from './moments.ts'
import { SessionRecordings } from './session-recordings.tsx'
import { t } from './text.ts'
import { usePlayerKeys } from './use-player-keys.ts'

type Recording = paths['/api/v1/recordings/{recordingId}']['get']['responses'][200]['content']['application/json']

const SPEEDS = [0.5, 1, 1.5, 2, 4, 8] as const
const EVENTS_MAX = 500
/** How often an unfinished recording is asked for again. */
const AGAIN_MS = 3000

/** One recording: the video, what was noted at which moment, and the other parts of its session. */
export default function RecordingPage () {
  useLanguage()
  const { recordingId = '' } = useParams()
  const answer = query.useQuery('get', '/api/v1/recordings/{recordingId}', { params: { path: { recordingId } } }, {
    staleTime: 0,
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'writing' || data?.state === 'finalizing' ? AGAIN_MS : false
  })
  return (
    <Loaded query={answer}>
      {recording => (
        <Stack gap='lg' maw={960} mx='auto'>
          <Anchor component={Link} href='/recordings'>{t('back')}</Anchor>
          <div>
            <PageTitle trail={[recording.userName, t('title')]}>{recording.userName}</PageTitle>
            <Text c='dimmed'>
              {[
                t(`source.${recording.source}`),
                dateTime(recording.startedAtMs),
                recording.durationMs === null ? '' : duration(recording.durationMs),
                recording.bytes === null ? '' : megabytes(recording.bytes)
              ].filter(text => text !== '').join(' · ')}
            </Text>
            <Text c='dimmed'>{t(recording.source === 'screen' ? 'mode.screen' : `mode.${recording.mode}`)} {t('watched')}</Text>
          </div>
          {recording.state === 'ready'
            ? <Player key={recording.id} recording={recording} />
            : <Alert variant='outline' color='blue' role='status'>{t(`stateWhy.${recording.state}`)}</Alert>}
          <SessionRecordings sessionId={recording.sessionId} but={recording.id} />
          <Anchor component={Link} href={`/review/${recording.sessionId}`}>{t('session')}</Anchor>
          <Delete recording={recording} onDeleted={async () => { await answer.refetch() }} />
        </Stack>
      )}
    </Loaded>
  )
}

function Player ({ recording }: { readonly recording: Recording }) {
  const { id, sessionId, userName, source, startedAtMs, gaps } = recording
  const durationMs = recording.durationMs ?? 0
  const video = useRef<HTMLVideoElement>(null)
  const load = useCallback(async () =>
    await dataOf(api.POST('/api/v1/recordings/{recordingId}/link', { params: { path: { recordingId: id } } })), [id])
  const link = useMediaLink(load, video)
  const [speed, setSpeed] = useState(1)
  const events = query.useQuery('get', '/api/v1/sessions/{sessionId}/events', {
    params: { path: { sessionId }, query: { limit: EVENTS_MAX } }
  })
  const moments = momentsOf(events.data?.events ?? [], startedAtMs, durationMs)
  usePlayerKeys(video, moments)
  const goTo = (seconds: number) => { if (video.current !== null) video.current.currentTime = seconds }
  return (
    <>
      {link.error !== undefined && <Problem error={link.error} onRetry={() => link.renew()} />}
      {link.isRenewing && <Text role='status'>{t('renewing')}</Text>}
      <video
        ref={video} controls playsInline preload='metadata' aria-label={t(`video.${source}`, { name: userName })}
        style={{ width: '100%', maxHeight: '70vh', background: 'black' }}
        src={link.url} onError={link.handleError} onLoadedMetadata={link.handleLoaded}
      />
      <Group align='flex-end' justify='space-between'>
        <Text size='sm' c='dimmed' flex={1} miw={240}>{t('keys')}</Text>
        <NativeSelect
          label={t('speed')} value={String(speed)}
          data={SPEEDS.map(value => ({ value: String(value), label: t('speedOf', { n: number(value, 1) }) }))}
          onChange={({ currentTarget: { value } }) => {
            setSpeed(Number(value))
            if (video.current !== null) video.current.playbackRate = Number(value)
          }}
        />
      </Group>
      {gaps.length > 0 && (
        <Text size='sm'>
          {t('gaps', {
            list: gaps.map(({ fromMs, toMs }) => t('gap', { from: duration(fromMs), to: duration(toMs) })).join(', ')
          })}
        </Text>
      )}
      <Stack component='section' aria-label={t('moments')} gap='xs'>
        <Title order={2}>{t('moments')}</Title>
        {events.isSuccess && moments.length === 0 && <Text>{t('noMoments')}</Text>}
        {moments.map(({ id, text, atSeconds }) => (
          <Button
            key={id} variant='default' justify='flex-start' onClick={() => goTo(atSeconds)}
            leftSection={<Text span ff='monospace'>{duration(atSeconds * 1000)}</Text>}
          >
            {text}
          </Button>
        ))}
      </Stack>
      {source === 'camera' && <Analysis recordingId={id} startedAtMs={startedAtMs} durationMs={durationMs} onGoTo={goTo} />}
    </>
  )
}

interface DeleteProps {
  readonly recording: Recording
  onDeleted (): Promise<void>
}

function Delete ({ recording: { id, state }, onDeleted }: DeleteProps) {
  const me = query.useQuery('get', '/api/v1/auth/me')
  const [isAsked, setIsAsked] = useState(false)
  if (me.data?.role !== 'admin' || state === 'deleted') return null
  return (
    <>
      <Button variant='outline' color='red' style={{ alignSelf: 'flex-start' }} onClick={() => setIsAsked(true)}>
        {t('remove')}
      </Button>
      {isAsked && (
        <ReasonDialog
          title={t('remove')} what={t('removeWhat')} action={t('remove')} maxLength={200}
          onConfirm={async reason => {
            await api.DELETE('/api/v1/recordings/{recordingId}', {
              params: { path: { recordingId: id } }, body: { reason }
            })
            await onDeleted()
          }}
          onClose={() => setIsAsked(false)}
        />
      )}
    </>
  )
}
