import { Button, Progress, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { api, query } from '../../api/client.ts'
import type { paths } from '../../api/schema.d.ts'
import { Problem } from '../../shared/problem.tsx'
import { dateTime, duration, number } from '../../text/format.ts'
import { t } from './text.ts'

type Answer = paths['/api/v1/recordings/{recordingId}/analysis']['get']['responses'][200]['content']['application/json']
type Differences = NonNullable<Answer['differences']>

interface Props {
  readonly recordingId: string
  readonly startedAtMs: number
  readonly durationMs: number
  /** Moves the video. */
  onGoTo (seconds: number): void
}

/** How often a running analysis is asked for its progress. */
const AGAIN_MS = 2000

/** The recording once more through the detectors: the job, and how its result differs from what was noted live. */
export function Analysis ({ recordingId, startedAtMs, durationMs, onGoTo }: Props) {
  const path = { params: { path: { recordingId } } }
  const answer = query.useQuery('get', '/api/v1/recordings/{recordingId}/analysis', path, {
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => isPending(data?.analysis?.state) ? AGAIN_MS : false
  })
  const [error, setError] = useState<Error>()
  const { analysis = null, differences = null } = answer.data ?? {}
  const begin = () => {
    setError(undefined)
    api.POST('/api/v1/recordings/{recordingId}/analyze', path)
      .then(async () => { await answer.refetch() }, (error: Error) => setError(error))
  }
  const percent = durationMs === 0 ? 0 : Math.min(100, (analysis?.doneMs ?? 0) / durationMs * 100)
  return (
    <Stack component='section' aria-label={t('analysis')} gap='xs'>
      <Title order={2}>{t('analysis')}</Title>
      <Text size='sm' c='dimmed'>{t('analysisWhat')}</Text>
      {error !== undefined && <Problem error={error} />}
      {analysis !== null && isPending(analysis.state) && (
        <>
          <Text role='status'>
            {analysis.state === 'waiting' ? t('analysis.waiting') : t('analysis.running', { percent: number(percent) })}
          </Text>
          <Progress.Root>
            <Progress.Section value={percent} aria-label={t('analysis')} />
          </Progress.Root>
        </>
      )}
      {analysis?.state === 'failed' && <Text role='status'>{t('analysis.failed')}</Text>}
      {differences !== null && analysis !== null && (
        <>
          <Text role='status'>{t('analysis.done', { time: dateTime(analysis.updatedAtMs) })}</Text>
          <Found name='again' incidents={differences.again} startedAtMs={startedAtMs} onGoTo={onGoTo} />
          <Found name='missing' incidents={differences.missing} startedAtMs={startedAtMs} onGoTo={onGoTo} />
          <Found name='added' incidents={differences.added} startedAtMs={startedAtMs} onGoTo={onGoTo} />
          {differences.unseen > 0 && <Text size='sm'>{t('analysis.unseen', { n: number(differences.unseen) })}</Text>}
        </>
      )}
      {!isPending(analysis?.state) && answer.isSuccess && (
        <Button variant='default' style={{ alignSelf: 'flex-start' }} onClick={begin}>
          {t(analysis === null ? 'analyze' : 'analyzeAgain')}
        </Button>
      )}
    </Stack>
  )
}

const isPending = (state: string | undefined) => state === 'waiting' || state === 'running'

interface FoundProps extends Pick<Props, 'startedAtMs' | 'onGoTo'> {
  readonly name: 'again' | 'missing' | 'added'
  readonly incidents: ReadonlyArray<Pick<Differences['added'][number], 'title' | 'atMs'> & Partial<Differences['added'][number]>>
}

function Found ({ name, incidents, startedAtMs, onGoTo }: FoundProps) {
  const title = t(`analysis.${name}`, { n: number(incidents.length) })
  return (
    <Stack gap='xs' role='group' aria-label={title}>
      <Title order={3} size='h5'>{title}</Title>
      {incidents.map(({ title, atMs, because }) => {
        const mediaMs = Math.max(0, atMs - startedAtMs)
        return (
          <div key={`${atMs} ${title}`}>
            <Button
              variant='default' size='xs' onClick={() => onGoTo(mediaMs / 1000)}
              leftSection={<Text span ff='monospace' size='xs'>{duration(mediaMs)}</Text>}
            >
              {title}
            </Button>
            {because !== undefined && <Text size='sm' c='dimmed'>{t(`because.${because}`)}</Text>}
          </div>
        )
      })}
    </Stack>
  )
}
