import { Anchor, Stack, Title } from '@mantine/core'
import { Link } from 'wouter'
import { query } from '../../api/client.ts'
import { clockTime, duration } from '../../text/format.ts'
import { t } from './text.ts'
import { Upload } from './upload.tsx'

interface Props {
  readonly sessionId: string
  /** The one that is shown already. */
  readonly but?: string
}

/** Links to the recordings of a session, oldest first. */
export function SessionRecordings ({ sessionId, but }: Props) {
  const answer = query.useQuery('get', '/api/v1/recordings', { params: { query: { sessionId, limit: 100 } } })
  const recordings = (answer.data?.recordings ?? []).filter(({ id }) => id !== but).reverse()
  // Beside a recording they are only links; a session also takes uploads.
  if (recordings.length === 0 && but !== undefined) return null
  const title = t(but === undefined ? 'ofSession' : 'parts')
  return (
    <Stack component='section' aria-label={title} gap='xs' align='flex-start'>
      <Title order={2}>{title}</Title>
      {recordings.map(({ id, source, startedAtMs, durationMs, state }) => (
        <Anchor key={id} component={Link} href={`/recordings/${id}`}>
          {t(`part.${source}`, {
            time: clockTime(startedAtMs),
            length: durationMs === null ? t(`state.${state}`) : duration(durationMs)
          })}
        </Anchor>
      ))}
      {but === undefined && (
        <Upload sessionId={sessionId} onUploaded={async () => await answer.refetch()} />
      )}
    </Stack>
  )
}
